import type { DocumentKind } from '../../config/kind.ts';
import type { WaveSpec } from '../../core/wave/wave.ts';
import { migrationKind } from '../migration/kind.ts';
import { resolveWave } from './resolve.ts';
import { waveRules } from './rules.ts';
import { MigrationWave } from './schema.ts';

/** Many migrations in an order. */
export const migrationWaveKind: DocumentKind<MigrationWave, WaveSpec, 'waves'> = {
  schema: MigrationWave,
  plural: 'waves',
  introduction: 'Many namespaces, each moved as a Migration describes, in order, with limits, at allowed times.',
  rules: waveRules,
  open: () => ({
    violations: [],
    resolve: ({ value }, resolved) => resolveWave(value, resolved.of(migrationKind)),
  }),
};
