import type { CopyCounts } from '../../src/archive/copy-point.ts';
import { LandfallError } from '../../src/core/errors.ts';
import { pointOfRun } from '../../src/core/identity/names.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import type { Location } from '../../src/ports/location.ts';
import type { Progress } from '../../src/services/progress.ts';
import type { Session } from '../../src/services/session.ts';
import { copyUsed } from './copy.ts';

interface OwnPoint {
  readonly session: Session<never>;
  readonly open: (spec: LocationSpec) => Promise<Location>;
}

/**
 * Copies the recovery point that the run has committed to one of the Locations its specification names, and reads it back there.
 * Idempotent: a repeated attempt sends what is missing.
 */
export async function copyOwnPoint({ session, open }: OwnPoint, progress: Progress, copy: number): Promise<CopyCounts> {
  const { spec, runId, location: from } = session;
  const asked = spec.copies?.to[copy];
  if (asked === undefined) throw new LandfallError('INTERNAL', { what: `run ${runId} has no copy ${copy}` });
  const to = await open(asked.location);
  try {
    const onProgress = ({ objects, total }: { readonly objects: number; readonly total: number }): void =>
      progress.update({ done: objects, total });
    return await copyUsed({ from, to }, progress, { id: pointOfRun(runId), run: runId, isOwn: true, onProgress });
  } finally {
    await to.close();
  }
}
