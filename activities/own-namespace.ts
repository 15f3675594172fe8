import { LandfallError, isLandfallError } from '../src/core/errors.ts';
import { describeRef, namespaceResource } from '../src/core/resource.ts';
import type { WaitingFor } from '../src/core/run/events.ts';
import { readHead } from '../src/core/select/head.ts';
import type { ObjectHead } from '../src/core/select/head.ts';
import { describeDeletion } from '../src/core/undo/describe-deletion.ts';
import { memberAnnotationOf, memberPrefix, prepareJobName, runSelector } from '../src/core/identity/names.ts';
import { findLeftovers } from '../src/movers/snapshot/leftovers.ts';
import type { Cluster, RawObject } from '../src/ports/cluster.ts';
import { prepareTimeoutMs } from '../src/ports/volume-mover.ts';
import type { TolerationSpec } from '../src/core/spec/spec.ts';
import { waitGone } from '../src/services/objects/wait-gone.ts';
import { textOf } from '../src/services/objects/text.ts';
import type { EitherSession, Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { madeByLandfall, ownNamespaceLabels } from '../src/services/volumes/own-namespace-labels.ts';

const goneWithinMs = 5 * 60_000;

/**
 * Makes Landfall's own namespace on the clusters of the run, unless it is there, and the volume repository. Several runs may work
 * in it at the same time: each writes itself down in an annotation of it, and the last to leave removes it.
 */
export async function prepareVolumes(
  session: EitherSession,
  progress: Progress,
  tolerations: readonly TolerationSpec[] = []
): Promise<void> {
  for (const cluster of clustersOf(session)) await enterNamespace(session, progress, cluster);
  // A recovery point has its repository already.
  if (session.source === undefined) return;
  progress.update({ note: 'repository' });
  const ref = `${session.source.name}: repository of volumes`;
  await session.mover.prepareRepository({
    ...(tolerations.length === 0 ? {} : { placement: { tolerations } }),
    onProgress({ state, message }) {
      if (state !== 'pending' || message === '') progress.arrived(ref);
      else progress.waiting({ kind: 'pod', ref, condition: message }, prepareTimeoutMs);
    },
    signal: progress.signal,
  });
  progress.arrived(ref);
}

/** Leaves Landfall's namespace on the clusters of the run, and removes it where no other run is in it. Idempotent. */
export async function removeNamespaces(session: EitherSession, progress: Progress): Promise<void> {
  if (session.source !== undefined) {
    await session.mover.remove({ cluster: 'source', jobName: prepareJobName(session.runId) });
  }
  for (const cluster of clustersOf(session)) await leaveNamespace(session, progress, cluster);
}

function clustersOf({ source, target }: EitherSession): readonly Cluster[] {
  return [source, target].filter((cluster) => cluster !== undefined);
}

/** A run as the namespace knows it. */
function memberKey(runId: string): string {
  return memberAnnotationOf(runId);
}

async function enterNamespace(session: Session<never>, progress: Progress, cluster: Cluster): Promise<void> {
  const { signal } = progress;
  const name = session.spec.landfallNamespace;
  const annotations = { [memberKey(session.runId)]: '' };
  const metadata = { name, labels: ownNamespaceLabels, annotations };
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata });
  const write = { fieldManager: session.fieldManager, signal };
  for (;;) {
    const written = await cluster.create({ resource: namespaceResource, namespace: '', body }, write);
    if (written.outcome === 'created') return;
    const live = await cluster.waitFor({
      resource: namespaceResource,
      namespace: '',
      name,
      // One that a run before is just leaving: once it is gone, it is made anew.
      until: (object) => object === undefined || headOf(object).deletionTimestamp === '',
      describe: (object) => (object === undefined ? 'gone' : describeDeletion(textOf(object.bytes), namespaceResource)),
      timeoutMs: goneWithinMs,
      onTick: (state) => progress.waiting(waitingFor(cluster.name, name, state), goneWithinMs),
      signal,
    });
    progress.arrived(subjectOf(cluster.name, name));
    if (live === undefined) continue;
    if (headOf(live).labels[madeByLandfall] === undefined) return;
    if (await writeDown(session, cluster, { metadata: { annotations }, signal })) return;
  }
}

/** Changes the namespace's metadata; false when it was gone by then, or on its way out. */
async function writeDown(
  session: Session<never>,
  cluster: Cluster,
  { metadata, signal }: { readonly metadata: object; readonly signal: AbortSignal }
): Promise<boolean> {
  const patch = JSON.stringify({ metadata });
  try {
    const { object } = await cluster.patch(
      { resource: namespaceResource, namespace: '', name: session.spec.landfallNamespace, patch },
      { fieldManager: session.fieldManager, contentType: 'application/merge-patch+json', signal }
    );
    return object !== undefined && headOf(object).deletionTimestamp === '';
  } catch (error) {
    if (!isLandfallError(error, 'OBJECT_NOT_FOUND')) throw error;
    return false;
  }
}

async function leaveNamespace(session: Session<never>, progress: Progress, cluster: Cluster): Promise<void> {
  const { signal } = progress;
  const name = session.spec.landfallNamespace;
  const live = await cluster.get({ resource: namespaceResource, namespace: '', name }, { signal });
  if (live === undefined) return;
  const { uid, resourceVersion, labels, annotations, deletionTimestamp } = headOf(live);
  const own = memberKey(session.runId);
  if (labels[madeByLandfall] === undefined || !(own in annotations)) return;
  const remaining = await findLeftovers({ cluster, runId: session.runId, namespaces: [name], signal });
  const first = remaining[0];
  if (first !== undefined) {
    throw new LandfallError('OBJECT_CONFLICT', {
      what: `${cluster.name} still holds ${remaining.length} objects of run ${session.runId}, the first is ${describeRef(first)}`,
      fix: `delete what is labelled ${runSelector(session.runId)}`,
    });
  }
  // Both with the version that was looked at: who has entered or left since makes it a conflict, and the next attempt
  // looks again. Else two that leave together would each leave the removal to the other.
  if (Object.keys(annotations).some((key) => key.startsWith(memberPrefix) && key !== own)) {
    await writeDown(session, cluster, { metadata: { resourceVersion, annotations: { [own]: null } }, signal });
    return;
  }
  if (deletionTimestamp === '')
    await cluster.delete({ resource: namespaceResource, namespace: '', name }, { uid, resourceVersion, signal });
  await waitGone(progress, { cluster, resource: namespaceResource, namespace: '', name, uid });
}

function headOf(object: RawObject): ObjectHead {
  return readHead(textOf(object.bytes), namespaceResource);
}

function subjectOf(cluster: string, name: string): string {
  return `${cluster}: Namespace ${name}`;
}

function waitingFor(cluster: string, name: string, state: string): WaitingFor {
  return { kind: 'object', ref: subjectOf(cluster, name), condition: `gone (now ${state})` };
}
