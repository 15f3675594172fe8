import { LandfallError } from '../src/core/errors.ts';
import { fillingModes } from '../src/core/volumes/access-modes.ts';
import type { MoverPlacement } from '../src/core/volumes/mover-pods.ts';
import { volumeNames } from '../src/core/volumes/names.ts';
import { runFolder, storeJson } from '../src/archive/run-objects.ts';
import type { MoveProgress, MoveResult } from '../src/ports/volume-mover.ts';
import { describeFailure, runHooks as runHooksInPods } from '../src/movers/hooks/run-hooks.ts';
import { createSnapshot } from '../src/movers/snapshot/create-snapshot.ts';
import { assertQuiesced, exposeDirectly, removeDirectCopy } from '../src/movers/snapshot/direct-copy.ts';
import { exposeSnapshot } from '../src/movers/snapshot/expose-snapshot.ts';
import type { StoredClaim, StoredSnapshot } from '../src/movers/snapshot/kinds.ts';
import { read, type VolumeContext } from '../src/movers/snapshot/objects.ts';
import { claims as claimKind, snapshots } from '../src/movers/snapshot/resources.ts';
import { removeSnapshots } from '../src/movers/snapshot/remove-snapshots.ts';
import { createTargetClaim, removeTemporaryClaim } from '../src/movers/snapshot/temporary-claim.ts';
import { askWhileQuiet } from '../src/services/volumes/ask-while-quiet.ts';
import type { ClaimMove, HooksRun, MovedVolume, UploadedVolume } from '../src/core/volumes/contract.ts';
import type { Session, Side } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { volumeContext, eachClaim, subjectOf } from '../src/services/volumes/each-claim.ts';

/** Paths that differ which travel in a history. */
const differentMax = 10;
/** Paths excluded which travel in a history; all are stored. */
const excludedMax = 10;

/** Runs the hooks of a side of the freeze. Freezing twice and thawing twice must be harmless; hooks say so in the docs. */
export async function runHooks(
  session: Session<'source'>,
  progress: Progress,
  when: 'pre' | 'post'
): Promise<HooksRun> {
  progress.update({ note: `${when} hooks` });
  const ran = await runHooksInPods(session.source, session.spec.hooks[when], { when, signal: progress.signal });
  const failed = ran.filter(({ ok }) => !ok).map(describeFailure);
  return { failed: failed.slice(0, differentMax) };
}

/** Snapshots claims and waits until the storage has them. Idempotent by name; undone by `removeSourceVolumes`. */
export async function snapshotClaims(
  session: Session<'source'>,
  progress: Progress,
  claims: readonly ClaimMove[]
): Promise<void> {
  let done = 0;
  progress.update({ unit: 'claims', done, total: claims.length });
  await eachClaim(session, { progress, cluster: session.source, claims }, async (claim, context) => {
    await snapshotOf(session, context, claim);
    progress.update({ done: ++done });
  });
}

async function snapshotOf(session: Session<never>, context: VolumeContext, claim: ClaimMove) {
  if (claim.way !== 'snapshot') return undefined;
  const { namespace, name, snapshotClass } = claim;
  const names = volumeNames(session.runId, namespace, name);
  return createSnapshot({
    ...context,
    namespace,
    claim: name,
    snapshotClass,
    name: names.snapshot,
  });
}

/** Makes the data of a claim readable in Landfall's own namespace of the source. Idempotent. */
export async function exposeClaim(session: Session<'source'>, progress: Progress, claim: ClaimMove): Promise<void> {
  const { namespace, name } = claim;
  const { landfallNamespace } = session.spec;
  const names = volumeNames(session.runId, namespace, name);
  const context = volumeContext(session, progress, { cluster: session.source, claim });
  const snapshot = await snapshotOf(session, context, claim);
  if (snapshot === undefined) {
    const direct = { volumeName: names.directVolume, temporaryClaim: names.sourceClaim };
    await exposeDirectly({ ...context, landfallNamespace, namespace, claim: name, ...direct });
    return;
  }
  await exposeSnapshot({
    ...context,
    landfallNamespace,
    snapshot,
    name: names.exposedSnapshot,
    temporaryClaim: temporaryClaim(claim, names.sourceClaim, claim.readClass ?? claim.sourceClass),
  });
}

/** Copies the exposed claim into the repository. Idempotent by the Job's name. */
export async function uploadVolume(
  session: Session<'source'>,
  progress: Progress,
  claim: ClaimMove
): Promise<UploadedVolume> {
  const { namespace, name } = claim;
  const names = volumeNames(session.runId, namespace, name);
  const { timeoutMs, rereadAll = false } = session.spec.volumes;
  const context = volumeContext(session, progress, { cluster: session.source, claim });
  const stored = await read<StoredClaim>(context, { resource: claimKind, namespace, name });
  const dataAsOf = await timeOfData(context, claim, names.snapshot);
  const task = { session, progress, ref: subjectOf(session.source, claim) };
  const result = await moving(task, (onProgress) =>
    session.mover.upload({
      cluster: 'source',
      jobName: names.uploadJob,
      runId: session.runId,
      claimName: names.sourceClaim,
      volumeId: `${namespace}/${name}`,
      ...(stored === undefined ? {} : { claimUid: stored.metadata.uid }),
      rereadAll,
      ...placedOn(claim, 'source'),
      onProgress,
      signal: progress.signal,
      timeoutMs,
    })
  );
  if (claim.way === 'copyWhileQuiesced') {
    await assertQuiesced(context, namespace, name);
  }
  const { snapshotId, metadataSnapshotId, treeSha256, files, sizeBytes, transferredBytes, excluded } = result;
  return {
    ...{ namespace, name, snapshotId, metadataSnapshotId, treeSha256, files, sizeBytes, transferredBytes },
    excluded: result.excludedTotal,
    ...(excluded.length === 0 ? {} : await storeExcluded(session, claim, excluded)),
    dataAsOf,
  };
}

/** Keeps the list of what was not carried with the run, and the first of it at hand. */
async function storeExcluded(
  session: Session<never>,
  { namespace, name }: ClaimMove,
  excluded: MoveResult['excluded']
): Promise<Pick<UploadedVolume, 'excludedFirst' | 'excludedList'>> {
  const folder = runFolder(session, `excluded/${namespace}/${name}`);
  return {
    excludedFirst: excluded.slice(0, excludedMax).map(({ path, reason }) => `${path.slice(0, 512)} (${reason})`),
    excludedList: await storeJson(folder, excluded),
  };
}

/** When the snapshot was cut, as the driver says; of a claim nobody uses meanwhile, and without a word of it: now. */
async function timeOfData(context: VolumeContext, { namespace, way }: ClaimMove, name: string): Promise<string> {
  const snapshot =
    way === 'snapshot' ? await read<StoredSnapshot>(context, { resource: snapshots, namespace, name }) : undefined;
  const said = snapshot?.status?.creationTime ?? snapshot?.metadata.creationTimestamp;
  const ms = said === undefined ? Number.NaN : Date.parse(said);
  return new Date(Number.isNaN(ms) ? Date.now() : ms).toISOString();
}

/** Makes the empty claim in Landfall's namespace of the target. Idempotent; undone by `removeTargetVolumes`. */
export async function createTargetVolume(
  session: Session<'target'>,
  progress: Progress,
  claim: ClaimMove
): Promise<void> {
  const names = volumeNames(session.runId, claim.namespace, claim.name);
  await createTargetClaim({
    ...volumeContext(session, progress, { cluster: session.target, claim }),
    landfallNamespace: session.spec.landfallNamespace,
    temporaryClaim: {
      ...temporaryClaim(claim, names.targetClaim, claim.targetClass),
      accessModes: fillingModes(claim.accessModes),
    },
  });
}

/** Fills the claim on the target and compares the whole tree. Throws VOLUME_DIFFERENT when it is not equal. */
export async function downloadVolume(
  session: Session<'target'>,
  progress: Progress,
  { claim, uploaded }: { readonly claim: ClaimMove; readonly uploaded: UploadedVolume }
): Promise<MovedVolume> {
  const { namespace, name } = claim;
  const names = volumeNames(session.runId, namespace, name);
  const { timeoutMs } = session.spec.volumes;
  const task = { session, progress, ref: subjectOf(session.target, claim) };
  const result = await moving(task, (onProgress) =>
    session.mover.download({
      cluster: 'target',
      jobName: names.downloadJob,
      runId: session.runId,
      claimName: names.targetClaim,
      volumeId: `${namespace}/${name}`,
      snapshotId: uploaded.snapshotId,
      metadataSnapshotId: uploaded.metadataSnapshotId,
      ...placedOn(claim, 'target'),
      onProgress,
      signal: progress.signal,
      timeoutMs,
    })
  );
  const different = result.different.slice(0, differentMax);
  if (different.length > 0 || result.treeSha256 !== uploaded.treeSha256) {
    throw new LandfallError('VOLUME_DIFFERENT', {
      what: `the volume of ${namespace}/${name} differs on ${session.target.name}`,
      why: different.length === 0 ? 'the hashes of the trees differ' : `the first paths: ${different.join(', ')}`,
      ref: `${namespace}/${name}`,
    });
  }
  return { ...uploaded, targetTreeSha256: result.treeSha256, different };
}

/** Removes everything the run made for claims on the source, the snapshots in the storage included. Idempotent. */
export async function removeSourceVolumes(
  session: Session<'source'>,
  progress: Progress,
  claims: readonly ClaimMove[]
): Promise<void> {
  const { landfallNamespace } = session.spec;
  await eachClaim(session, { progress, cluster: session.source, claims }, async ({ namespace, name, way }, context) => {
    const names = volumeNames(session.runId, namespace, name);
    await session.mover.remove({ cluster: 'source', jobName: names.uploadJob });
    if (way === 'copyWhileQuiesced') {
      const direct = { volumeName: names.directVolume, temporaryClaim: names.sourceClaim };
      await removeDirectCopy({ ...context, landfallNamespace, ...direct });
      return;
    }
    await removeTemporaryClaim({ ...context, landfallNamespace, claimName: names.sourceClaim });
    const exposedName = names.exposedSnapshot;
    await removeSnapshots({ ...context, landfallNamespace, namespace, name: names.snapshot, exposedName });
  });
}

/** Removes the volumes made on the target, unless an application's claim has them by now. Idempotent. */
export async function removeTargetVolumes(
  session: Session<'target'>,
  progress: Progress,
  claims: readonly ClaimMove[]
): Promise<void> {
  await eachClaim(session, { progress, cluster: session.target, claims }, async ({ namespace, name }, context) => {
    const names = volumeNames(session.runId, namespace, name);
    await session.mover.remove({ cluster: 'target', jobName: names.downloadJob });
    const { landfallNamespace } = session.spec;
    await removeTemporaryClaim({ ...context, landfallNamespace, claimName: names.targetClaim });
  });
}

function placedOn({ placement }: ClaimMove, side: Side): { readonly placement?: MoverPlacement } {
  const there = placement?.[side];
  return there === undefined ? {} : { placement: there };
}

function temporaryClaim(claim: ClaimMove, name: string, storageClass: string) {
  const { size, accessModes } = claim;
  return { name, standsFor: `${claim.namespace}/${claim.name}`, storageClass, size, accessModes };
}

interface Move {
  readonly session: Session<never>;
  readonly progress: Progress;
  /** What it is reported as. */
  readonly ref: string;
}

/** Runs a mover and reports what it does; while it does nothing, the store is asked whether it answers. */
function moving<T>(
  { session, progress, ref }: Move,
  move: (onProgress: (state: MoveProgress) => void) => Promise<T>
): Promise<T> {
  const { timeoutMs } = session.spec.volumes;
  const asked = { key: `runs/${session.runId}/spec`, signal: progress.signal };
  return askWhileQuiet(session.location, asked, (moved) =>
    move((state) => {
      moved(state);
      report(progress, state, { ref, timeoutMs });
    })
  );
}

function report(
  progress: Progress,
  { state, doneBytes, totalBytes, files, message }: MoveProgress,
  { ref, timeoutMs }: { readonly ref: string; readonly timeoutMs: number }
): void {
  if (state === 'pending' && message !== '') {
    progress.waiting({ kind: 'pod', ref, condition: message }, timeoutMs);
  } else progress.arrived(ref);
  // A pod that has not begun has moved nothing; what an earlier one has moved stays reported.
  if (state === 'pending') progress.update({ note: state });
  else progress.update({ done: doneBytes, total: totalBytes, unit: 'bytes', note: state, ...(files && { files }) });
}
