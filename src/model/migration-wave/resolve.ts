import type { MigrationSpec } from '../../core/spec/spec.ts';
import type { WaveSpec } from '../../core/wave/wave.ts';
import type { MigrationWave } from './schema.ts';

/** A wave with the migrations it names; each stands in it once, however many groups take it as their pattern. */
export function resolveWave({ metadata, spec }: MigrationWave, all: readonly MigrationSpec[]): WaveSpec {
  const names = [...new Set(spec.groups.map(({ migration }) => migration))];
  const migrations = names.flatMap((name) => all.find((one) => one.name === name) ?? []);
  const { calendar } = spec;
  return {
    name: metadata.name,
    migrations,
    groups: spec.groups.map(({ migration, ...group }) => ({
      ...group,
      migration: migrations.findIndex(({ name }) => name === migration),
    })),
    concurrency: spec.concurrency,
    stopOn: spec.stopOn,
    ...(calendar === undefined ? {} : { calendar }),
  };
}
