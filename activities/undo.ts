import pMap from 'p-map';
import { loadLines } from '../src/archive/run-objects.ts';
import { applyPatch } from '../src/core/json/patch.ts';
import { limits } from '../src/core/limits.ts';
import type { PlanEntry } from '../src/core/migration/plan-entry.ts';
import { isLandfallError } from '../src/core/errors.ts';
import { describeRef } from '../src/core/resource.ts';
import type { ApiResource } from '../src/core/resource.ts';
import { readHead } from '../src/core/select/head.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { RawObject } from '../src/ports/cluster.ts';
import { isOurs, readPrior } from './lib/ownership.ts';
import type { Progress } from './lib/progress.ts';
import { servedVersions } from './lib/served-versions.ts';
import type { Session } from './lib/session.ts';
import { textOf } from './lib/text.ts';

/** A namespace takes its content with it; finalizers of what is inside may take their time. */
const goneWithinMs = 10 * 60_000;

/**
 * Undoes what a batch did to the target: removes what the run created, brings back what it changed, leaves everything
 * else alone. Goes by the field manager in the live object, so an effect whose outcome nobody learned is undone, too.
 * Waits until what it removed is gone. Idempotent.
 */
export async function undoBatch(session: Session, progress: Progress, batch: StoredRef): Promise<void> {
  const entries: PlanEntry[] = [];
  for await (const entry of loadLines<PlanEntry>(session.location, batch, { signal: progress.signal })) {
    entries.push(entry);
  }
  let done = 0;
  progress.update({ unit: 'objects', total: entries.length });
  await pMap(
    entries,
    async (entry) => {
      await undoObject(session, progress, entry);
      progress.update({ done: ++done });
    },
    { concurrency: limits.parallelApply, signal: progress.signal }
  );
}

async function undoObject(session: Session, progress: Progress, entry: PlanEntry): Promise<void> {
  const { ref } = entry;
  const { target, fieldManager } = session;
  const { signal } = progress;
  const found = await findLive(session, entry, signal);
  if (found === undefined) return;
  const { live, resource } = found;
  const text = textOf(live.bytes);
  const head = readHead(text, resource);
  // First of all: an update that only took fields away leaves no manager of ours behind.
  const prior = await readPrior(session, ref, signal);
  if (prior !== undefined) {
    if (readHead(textOf(prior), resource).resourceVersion === head.resourceVersion) return;
    // The version of the object as it is now: what somebody else writes meanwhile is seen as a conflict and retried.
    const version = { op: 'replace', path: '/metadata/resourceVersion', value: head.resourceVersion } as const;
    await target.replace(resource, ref.namespace, ref.name, applyPatch(textOf(prior), [version]), {
      fieldManager: `${fieldManager}-undo`,
      signal,
    });
    return;
  }
  const subject = `${target.name}: ${describeRef(ref)}`;
  if (!isOurs(text, entry, fieldManager)) return;
  await target.delete(resource, ref.namespace, ref.name, { uid: head.uid, propagation: 'Background', signal });
  await target.waitFor(resource, ref.namespace, ref.name, {
    until: (object) => object === undefined || readHead(textOf(object.bytes), resource).uid !== head.uid,
    describe: (object) =>
      describeRemoval(object === undefined ? [] : readHead(textOf(object.bytes), resource).finalizers),
    timeoutMs: goneWithinMs,
    onTick: (state) =>
      progress.waiting({ kind: 'object', ref: subject, condition: `gone (now ${state})` }, goneWithinMs),
    signal,
  });
  progress.arrived(subject);
}

/**
 * The object as it is now, in a version that is served. Somebody may have changed the definition of its kind since, or
 * removed it: then its objects went with it. Throws KIND_NOT_SERVED when its group cannot be asked.
 */
async function findLive(
  { target }: Session,
  { ref, resource }: PlanEntry,
  signal: AbortSignal
): Promise<{ readonly live: RawObject; readonly resource: ApiResource } | undefined> {
  const look = async (version: ApiResource) => {
    const live = await target.get(version, ref.namespace, ref.name, { signal });
    return live === undefined ? undefined : { live, resource: version };
  };
  try {
    return await look(resource);
  } catch (error) {
    const versions = isLandfallError(error, 'KIND_NOT_SERVED')
      ? await servedVersions(target, resource, signal)
      : undefined;
    if (versions === undefined || versions.some(({ version }) => version === resource.version)) throw error;
    const [other] = versions;
    return other === undefined ? undefined : look(other);
  }
}

function describeRemoval(finalizers: readonly string[]): string {
  return finalizers.length === 0 ? 'being deleted' : `held by ${finalizers.join(', ')}`;
}
