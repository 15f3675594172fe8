import { openContent } from '../src/archive/captured-content.ts';
import type { IndexEntry } from '../src/archive/entry.ts';
import { readIndexParts } from '../src/archive/index-file.ts';
import { readObjects } from '../src/archive/read-objects.ts';
import { loadJson, runFolder, storeJson, storeLines } from '../src/archive/run-objects.ts';
import type { PreparedDryRun } from '../src/assess/contract.ts';
import { applyPatch } from '../src/core/json/patch.ts';
import type { DesiredObject } from '../src/core/planning/desired-object.ts';
import type { DesiredState } from '../src/core/planning/desired-state.ts';
import type { ApiResource } from '../src/core/resource.ts';
import { readHead } from '../src/core/select/head.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { transformObject } from '../src/core/transform/transform-object.ts';
import { describeDeletion, isHeldByUnansweredApi } from '../src/core/undo/describe-deletion.ts';
import { runLabels, runSelector } from '../src/core/identity/names.ts';
import { sha256Of } from '../src/archive/stored.ts';
import { wholeList } from '../src/ports/whole-list.ts';
import { readTargetWebhooks } from '../src/services/admission/target-webhooks.ts';
import { refusalOf } from '../src/services/admission/webhook-reaches.ts';
import { resourceOf } from '../src/services/capture/stored-capture.ts';
import { textOf } from '../src/services/objects/text.ts';
import { transformContext } from '../src/services/planning/transform-context.ts';
import { translated } from '../src/services/planning/translation.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import type { DryRunPlaces } from '../src/services/apply/dry-run-questions.ts';

/** Temporary namespaces of one dry run; namespaces with other labels beyond are not asked about, and it is said. */
const temporaryMax = 20;
const appearsWithinMs = 60_000;
const goneWithinMs = 5 * 60_000;
/** An API that starts again answers within it; a dead one holds every namespace that is deleted for as long as it is dead. */
const heldWithinMs = 30_000;

const namespaces: ApiResource = coreKind('Namespace', 'namespaces', false);
const accounts: ApiResource = coreKind('ServiceAccount', 'serviceaccounts', true);

/** Names of temporary namespaces begin with it. */
export const temporaryPrefix = 'landfall-assess-';

/**
 * Makes temporary namespaces on the target, one for each set of labels, so that admission can be asked about objects
 * whose namespace is not there: policies and pod security select by labels. Idempotent: names come from the run.
 */
export async function prepareDryRun(
  session: Session<'target'>,
  progress: Progress,
  request: { readonly capture: StoredRef; readonly plan: StoredRef }
): Promise<PreparedDryRun> {
  const { location, target, fieldManager, runId } = session;
  const { signal } = progress;
  const { claims } = await loadJson<DesiredState<DesiredObject<IndexEntry>>>(location, request.plan);
  const { silent } = await readTargetWebhooks(target, signal);
  const places: Record<string, string> = {};
  const byLabels = new Map<string, string>();
  for (const { name, labels } of await desiredNamespaces(session, request.capture, signal)) {
    if ((await target.get({ resource: namespaces, namespace: '', name }, { signal })) !== undefined) {
      places[name] = name;
      continue;
    }
    const key = JSON.stringify(
      Object.keys(labels)
        .sort()
        .map((name) => [name, labels[name]])
    );
    const known = byLabels.get(key);
    if (known === undefined && byLabels.size >= temporaryMax) continue;
    const place = known ?? `${temporaryPrefix}${sha256Of(`${runId}\n${key}`).slice(0, 12)}`;
    if (known === undefined) {
      // Where a dead webhook would refuse the namespace nothing can be asked, and trying for minutes changes nothing.
      if (refusalOf(silent, namespaces, { namespace: '', labels, namespaceLabels: labels }) !== undefined) continue;
      const metadata = { name: place, labels: { ...labels, ...runLabels(runId) } };
      const body = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata });
      await target.create({ resource: namespaces, namespace: '', body }, { fieldManager, signal });
    }
    byLabels.set(key, place);
    places[name] = place;
  }
  for (const place of byLabels.values()) await awaitAccount(session, progress, place);
  return {
    places: await storeJson(runFolder(session, 'assess'), { places } satisfies DryRunPlaces),
    ...(claims.length === 0 ? {} : { claims: await storeLines(runFolder(session, 'batches'), claims) }),
    temporary: byLabels.size,
  };
}

/**
 * Removes what `prepareDryRun` made, also what an attempt made whose answer was lost. Idempotent. A namespace whose deletion waits for
 * an API that does not answer is not waited for: it goes by itself, and is returned with what holds it.
 */
export async function removeDryRunNamespaces(
  session: Session<'target'>,
  progress: Progress
): Promise<readonly string[]> {
  const { target, runId } = session;
  const { signal } = progress;
  const pages = target.list(namespaces, { labelSelector: runSelector(runId), signal });
  const made = await wholeList(pages, (item) => {
    const head = readHead(textOf(item), namespaces);
    return head.ref.name.startsWith(temporaryPrefix) ? head : undefined;
  });
  const remaining: string[] = [];
  for (const { ref, uid } of made) {
    await target.delete({ resource: namespaces, namespace: '', name: ref.name }, { uid, signal });
    const held = await untilGone(session, progress, { name: ref.name, uid });
    if (held !== undefined) remaining.push(`Namespace ${ref.name} of ${session.spec.target.name}: ${held}`);
    progress.arrived(`Namespace ${ref.name}`);
  }
  return remaining;
}

/** Waits until a namespace is gone; what holds it, where that is an API nobody waits for. */
async function untilGone(
  { target }: Session<'target'>,
  progress: Progress,
  { name, uid }: { readonly name: string; readonly uid: string }
): Promise<string | undefined> {
  const startedAtMs = performance.now();
  const last = await target.waitFor({
    resource: namespaces,
    namespace: '',
    name,
    until: (object) =>
      object === undefined ||
      readHead(textOf(object.bytes), namespaces).uid !== uid ||
      (performance.now() - startedAtMs >= heldWithinMs && isHeldByUnansweredApi(textOf(object.bytes))),
    describe: (object) => (object === undefined ? 'gone' : describeDeletion(textOf(object.bytes), namespaces)),
    timeoutMs: goneWithinMs,
    onTick: (state) => progress.waiting({ kind: 'object', ref: `Namespace ${name}`, condition: state }, goneWithinMs),
    signal: progress.signal,
  });
  if (last === undefined || readHead(textOf(last.bytes), namespaces).uid !== uid) return undefined;
  return describeDeletion(textOf(last.bytes), namespaces);
}

/** The namespaces of the scope as the target is to have them, with all their labels in the end. */
async function desiredNamespaces(
  session: Session<never>,
  capture: StoredRef,
  signal: AbortSignal
): Promise<readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[]> {
  const { location, spec } = session;
  const { index } = await openContent(location, capture, { signal });
  const entries: IndexEntry[] = [];
  for await (const entry of readIndexParts(location, index.parts, { signal })) {
    if (entry.group === '' && entry.plural === 'namespaces') entries.push(entry);
  }
  const found = new Map<string, Readonly<Record<string, string>>>();
  const context = await translated(session, transformContext(spec, []));
  for await (const { entry, bytes } of readObjects(location, entries, { signal })) {
    const resource = resourceOf(entry);
    const text = textOf(bytes);
    const outcome = transformObject({ head: readHead(text, resource), text, resource }, context);
    if (outcome.excluded !== undefined) continue;
    const desired = outcome.deferred.reduce((whole, change) => applyPatch(whole, change.patch), outcome.text);
    const { labels } = readHead(desired, resource);
    const { 'kubernetes.io/metadata.name': _, ...own } = labels;
    found.set(outcome.ref.name, own);
  }
  return [...found].map(([name, labels]) => ({ name, labels }));
}

/** Pods are refused for lack of an account until the controller of the target has made it. */
async function awaitAccount({ target }: Session<'target'>, progress: Progress, namespace: string): Promise<void> {
  const ref = `ServiceAccount ${namespace}/default`;
  await target.waitFor({
    resource: accounts,
    namespace,
    name: 'default',
    until: (object) => object !== undefined,
    describe: (object) => (object === undefined ? 'not there yet' : 'there'),
    timeoutMs: appearsWithinMs,
    onTick: (state) => progress.waiting({ kind: 'object', ref, condition: state }, appearsWithinMs),
    signal: progress.signal,
  });
  progress.arrived(ref);
}

function coreKind(kind: string, plural: string, namespaced: boolean): ApiResource {
  return { group: '', version: 'v1', kind, plural, namespaced, verbs: ['create', 'delete', 'get'], subresources: [] };
}
