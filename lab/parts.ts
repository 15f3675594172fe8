import { availableParallelism } from 'node:os';
import * as catalogue from './binaries/catalogue.ts';
import { temporalSpec } from '../src/binaries/temporal.ts';
import { resolveBinary } from '../src/binaries/resolve.ts';
import type { BinarySpec, ResolvedBinary } from '../src/binaries/spec.ts';
import type { Progress } from './progress.ts';
import type { LabMode } from './registry.ts';

const light: readonly BinarySpec[] = [catalogue.etcd, catalogue.versitygw, catalogue.fakeGcsServer, temporalSpec];

const whole: readonly BinarySpec[] = [
  ...light,
  catalogue.kubeScheduler,
  catalogue.kubelet,
  catalogue.kubeProxy,
  catalogue.kubectl,
  catalogue.csiProvisioner,
  catalogue.csiSnapshotter,
  catalogue.snapshotController,
  catalogue.kopia,
];

/** Resolves every executable a lab of this mode needs beside its control planes, and more on request; says how many came from where. */
export async function resolveBinaries(
  mode: LabMode,
  progress: Progress,
  more: readonly BinarySpec[]
): Promise<ResolvedBinary[]> {
  const resolved: ResolvedBinary[] = [];
  await progress.part('executables', 1, async () => {
    // One after the other: a build takes all processors for itself.
    for (const spec of [...(mode === 'light' ? light : whole), ...more]) {
      resolved.push(
        await resolveBinary(spec, {
          onProgress: (message) => progress.note(`${message} (${availableParallelism()} processors)`),
        })
      );
    }
    const origins = new Map<string, number>();
    for (const { origin } of resolved) origins.set(origin, (origins.get(origin) ?? 0) + 1);
    return `${resolved.length} found (${[...origins].map(([origin, count]) => `${origin}: ${count}`).join(', ')})`;
  });
  return resolved;
}
