import type { LocationSpec } from '../../src/core/spec/spec.ts';
import { fillingModes } from '../../src/core/volumes/access-modes.ts';
import { volumeNames } from '../../src/core/volumes/names.ts';
import { exposeDirectly, removeDirectCopy } from '../../src/movers/snapshot/direct-copy.ts';
import { createTargetClaim } from '../../src/movers/snapshot/temporary-claim.ts';
import type { MoveResult, VolumeMover } from '../../src/ports/volume-mover.ts';
import type { MoverLab } from './lab.ts';

/** A claim of the application, without a pod that uses it, and the Location it goes through; absent: the one of the lab's S3. */
export interface DirectMove {
  readonly runId: string;
  readonly claim: string;
  readonly location?: LocationSpec;
}

function moverOf(place: MoverLab, { runId, location }: DirectMove): VolumeMover {
  return place.mover(runId, location === undefined ? {} : { location });
}

/** Uploads the volume of a claim itself, without a snapshot, and removes what that took. */
export async function uploadDirectly(place: MoverLab, move: DirectMove): Promise<MoveResult> {
  const { application: namespace, landfallNamespace } = place;
  const { runId, claim } = move;
  const names = volumeNames(runId, namespace, claim);
  const request = {
    ...{ ...place.context('source', runId), landfallNamespace, namespace, claim },
    ...{ volumeName: names.directVolume, temporaryClaim: names.sourceClaim },
  };
  await exposeDirectly(request);
  const mover = moverOf(place, move);
  await mover.prepareRepository({});
  const uploaded = await mover.upload({
    ...{ cluster: 'source', jobName: names.uploadJob, runId, claimName: names.sourceClaim, timeoutMs: 120_000 },
    ...{ volumeId: `${namespace}/${claim}`, onProgress: () => undefined },
  });
  await mover.remove({ cluster: 'source', jobName: names.uploadJob });
  await removeDirectCopy(request);
  return uploaded;
}

/** Fills a temporary claim of the target with what was uploaded, and leaves it there to be bound. */
export async function downloadDirectly(
  place: MoverLab,
  move: DirectMove & { readonly accessModes: readonly string[] },
  { snapshotId, metadataSnapshotId }: MoveResult
): Promise<MoveResult> {
  const { application: namespace, landfallNamespace, lab } = place;
  const { runId, claim, accessModes } = move;
  const names = volumeNames(runId, namespace, claim);
  const temporaryClaim = { standsFor: `${namespace}/${claim}`, size: '1Gi', accessModes: fillingModes(accessModes) };
  await createTargetClaim({
    ...{ ...place.context('target', runId), landfallNamespace },
    temporaryClaim: { ...temporaryClaim, name: names.targetClaim, storageClass: lab.clusters.target.storageClass },
  });
  const mover = moverOf(place, move);
  const filled = await mover.download({
    ...{ cluster: 'target', jobName: names.downloadJob, runId, claimName: names.targetClaim, timeoutMs: 120_000 },
    ...{ volumeId: `${namespace}/${claim}`, onProgress: () => undefined, snapshotId, metadataSnapshotId },
  });
  await mover.remove({ cluster: 'target', jobName: names.downloadJob });
  return filled;
}
