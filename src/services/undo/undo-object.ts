import { isLandfallError } from '../../core/errors.ts';
import { undoFieldManagerOf } from '../../core/identity/names.ts';
import type { DesiredObject } from '../../core/planning/desired-object.ts';
import type { ApiResource } from '../../core/resource.ts';
import { readHead } from '../../core/select/head.ts';
import type { PatchOperation } from '../../core/spec/spec.ts';
import { decideUndo } from '../../core/undo/decide-undo.ts';
import { undoIncomplete, type LiveObject } from '../objects/live-object.ts';
import { servedVersions } from '../objects/served-versions.ts';
import { readPrior } from '../objects/ownership.ts';
import { stillUsed } from './still-used.ts';
import { textOf } from '../objects/text.ts';
import { giveBack } from './undo-prior.ts';
import { waitGone } from '../objects/wait-gone.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../progress.ts';

/** Somebody may write between a read and a write: so often it is read again. */
const attemptsMax = 8;

/**
 * Undoes what the run did to one object: gives back what was there before, deletes what it made. Throws UNDO_INCOMPLETE for what
 * stays because somebody relies on it by now, DELETION_HELD for what does not go.
 */
export async function undoObject(session: Session<'target'>, progress: Progress, entry: DesiredObject): Promise<void> {
  const { signal } = progress;
  // First of all: an update that only took fields away leaves no manager of ours behind.
  const prior = await readPrior(session, entry.ref, signal);
  for (let attempts = 1; ; attempts += 1) {
    try {
      const found = await findLive(session, entry, signal);
      if (prior !== undefined) return await giveBack(session, progress, { entry, prior: textOf(prior), found });
      return found === undefined ? undefined : await remove(session, progress, { entry, ...found });
    } catch (error) {
      if (!isLandfallError(error, 'OBJECT_CHANGED') || attempts === attemptsMax) throw error;
    }
  }
}

async function remove(
  session: Session<'target'>,
  progress: Progress,
  { entry, live, resource }: LiveObject & { readonly entry: DesiredObject }
): Promise<void> {
  const { ref } = entry;
  const { target, fieldManager } = session;
  const { signal } = progress;
  const text = textOf(live.bytes);
  const head = readHead(text, resource);
  const decision = decideUndo({ ref, text, fieldManager, absent: entry.absent === true });
  if (decision.do === 'nothing') return;
  const leaving = { cluster: target, resource, namespace: ref.namespace, name: ref.name, uid: head.uid };
  if (decision.do === 'leave') {
    await change(session, progress, { entry, resource, head, operations: decision.first });
    throw undoIncomplete(session, entry, decision.why);
  }
  if (head.deletionTimestamp === '') {
    const why = await stillUsed(session, { ref, text }, signal);
    if (why !== '') throw undoIncomplete(session, entry, why);
  }
  const version = await change(session, progress, { entry, resource, head, operations: decision.first });
  const { uid } = head;
  const exactly = decision.exactly ? { resourceVersion: version } : {};
  await target.delete({ ...ref, resource }, { uid, ...exactly, propagation: 'Background', signal });
  await waitGone(progress, leaving);
}

interface ChangeBefore {
  readonly entry: DesiredObject;
  readonly resource: ApiResource;
  readonly head: { readonly resourceVersion: string };
  readonly operations: readonly PatchOperation[];
}

/** Changes the version that was looked at, or throws OBJECT_CHANGED; gives the version it has then. */
async function change(
  session: Session<'target'>,
  { signal }: Progress,
  { entry, resource, head, operations }: ChangeBefore
): Promise<string> {
  if (operations.length === 0) return head.resourceVersion;
  const { target, fieldManager } = session;
  const { ref } = entry;
  // The server compares a version that a patch sets with the one it has, and answers a conflict (409).
  const version = { op: 'replace', path: '/metadata/resourceVersion', value: head.resourceVersion };
  const written = await target.patch(
    { ...ref, resource, patch: JSON.stringify([version, ...operations]) },
    { fieldManager: undoFieldManagerOf(fieldManager), contentType: 'application/json-patch+json', signal }
  );
  return written.object === undefined
    ? head.resourceVersion
    : readHead(textOf(written.object.bytes), resource).resourceVersion;
}

/**
 * The object as it is now, in a version that is served. Somebody may have changed the definition of its kind since, or
 * removed it: then its objects went with it. Throws KIND_NOT_SERVED when its group cannot be asked.
 */
async function findLive(
  { target }: Session<'target'>,
  { ref, resource }: DesiredObject,
  signal: AbortSignal
): Promise<LiveObject | undefined> {
  const probe = async (version: ApiResource) => {
    const live = await target.get({ ...ref, resource: version }, { signal });
    return live === undefined ? undefined : { live, resource: version };
  };
  try {
    return await probe(resource);
  } catch (error) {
    const versions = isLandfallError(error, 'KIND_NOT_SERVED')
      ? await servedVersions(target, resource, signal)
      : undefined;
    if (versions === undefined || versions.some(({ version }) => version === resource.version)) throw error;
    const [other] = versions;
    return other === undefined ? undefined : probe(other);
  }
}
