import type { StoredCapture } from '../src/archive/captured-content.ts';
import { mergeIndexes } from '../src/archive/index-file.ts';
import { loadJson, runFolder, storeJson } from '../src/archive/run-objects.ts';
import { isLandfallError } from '../src/core/errors.ts';
import { placeholdersFor } from '../src/core/capture/placeholders.ts';
import type { CaptureKind, CaptureSelection } from '../src/core/capture/capture-kinds.ts';
import { emptyPart, mergeParts } from '../src/core/capture/capture-part.ts';
import type { CapturePart } from '../src/core/capture/capture-part.ts';
import { groupResource } from '../src/core/resource.ts';
import type { ApiResource } from '../src/core/resource.ts';
import { clusterDependencies } from '../src/core/select/dependencies.ts';
import type { DependencyRequest, SelectedObject } from '../src/core/select/dependencies.ts';
import { readHead } from '../src/core/select/head.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { createCapturePending } from '../src/services/capture/capture-pending.ts';
import type { ListFound } from '../src/services/capture/capture-pending.ts';
import { createRelatives } from '../src/services/capture/relatives.ts';
import { textOf } from '../src/services/objects/text.ts';
import type { CaptureResult, CapturedScope } from '../src/core/capture/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { captureKind, selectionOf, summariseParts } from '../src/services/capture/capture-kind.ts';
import type { CaptureTask } from '../src/services/capture/capture-kind.ts';
import { wholeList } from '../src/ports/whole-list.ts';

/** Kinds in which cluster-wide grants to, and webhooks of, the scope are looked for. */
const candidateKinds: ReadonlySet<string> = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
]);

export interface DependenciesRequest {
  readonly parts: readonly StoredRef[];
  readonly kinds: StoredRef;
}

/**
 * Captures the cluster-scoped objects that the captured ones need: definitions of their kinds, roles they are bound
 * to, cluster-wide bindings of their accounts, priority classes. What belongs to the platform is written down only.
 */
export async function captureDependencies(
  session: Session<'source'>,
  progress: Progress,
  request: DependenciesRequest
): Promise<CaptureResult> {
  const plan = await loadJson<CaptureSelection>(session.location, request.kinds);
  const part = await mergeStored(session, request.parts);
  const requests =
    session.spec.scope.clusterScoped === 'none' ? [] : await findRequests(session, progress, { plan, part });
  const wanted = new Map<string, Set<string>>();
  for (const { ref, mode } of requests) {
    if (mode !== 'capture') continue;
    const key = `${ref.group}/${ref.kind}`;
    wanted.set(key, (wanted.get(key) ?? new Set()).add(ref.name));
  }
  const { signal } = progress;
  const pending = createCapturePending(session, signal);
  const selection = selectionOf(session, plan);
  const relatives = createRelatives({ session, plan, selection, signal });
  let objects = 0;
  for (const kind of plan.clusterKinds) {
    const only = wanted.get(`${kind.resource.group}/${kind.resource.kind}`);
    if (only === undefined) continue;
    const onObjects = (count: number) => progress.update({ note: kind.resource.plural, done: (objects += count) });
    const task = { session, progress, selection, relatives, onObjects, only };
    for (const list of await captureKind(task, kind)) pending.add(list);
  }
  pending.add({ part: { ...emptyPart, dependencies: requests }, held: [], excluded: [] });
  for (const kind of plan.countedKinds ?? []) {
    const onObjects = (count: number) => progress.update({ note: kind.resource.plural, done: (objects += count) });
    pending.add(await countKind({ session, progress, selection, relatives, onObjects }, kind));
  }
  const stored = await pending.flush();
  return summariseParts(session, stored === undefined ? [] : [stored]);
}

/**
 * Objects of a kind that is never taken, each excluded by its rule. The same objects move where the list is refused, so the run
 * goes on; what is in no count is reported by the plan.
 */
export async function countKind(task: CaptureTask, kind: CaptureKind): Promise<ListFound> {
  try {
    const lists = await captureKind(task, kind);
    return { part: emptyPart, held: [], excluded: lists.flatMap(({ excluded }) => excluded) };
  } catch (error) {
    if (!isLandfallError(error, 'CLUSTER_FORBIDDEN', 'CLUSTER_SERVER_ERROR', 'KIND_NOT_SERVED')) throw error;
    // In words of its own: the finding is part of what is approved, and what a server answers may change by itself.
    const forbidden = isLandfallError(error, 'CLUSTER_FORBIDDEN');
    const why = forbidden ? 'this user is not allowed to list them' : 'the source returns an error';
    const uncounted = [{ kind: groupResource(kind.resource), why }];
    return { part: { ...emptyPart, uncounted }, held: [], excluded: [] };
  }
}

/** Merges the parts of all activities into the capture of the run. */
export async function mergeCapture(session: Session<never>, parts: readonly StoredRef[]): Promise<CapturedScope> {
  const merged = await mergeStored(session, parts);
  const stored: StoredCapture = { part: merged, index: await mergeIndexes(session.location, merged.indexes) };
  return {
    capture: await storeJson(runFolder(session, 'capture'), stored),
    objects: merged.objects,
    excluded: merged.excludedCount,
    storedBytes: merged.storedBytes,
  };
}

async function mergeStored(session: Session<never>, parts: readonly StoredRef[]): Promise<CapturePart> {
  const loaded = await Promise.all(parts.map((ref) => loadJson<CapturePart>(session.location, ref)));
  return loaded.reduce(mergeParts, emptyPart);
}

async function findRequests(
  session: Session<'source'>,
  progress: Progress,
  { plan, part }: { readonly plan: CaptureSelection; readonly part: CapturePart }
): Promise<readonly DependencyRequest[]> {
  const candidates: SelectedObject[] = [];
  for (const { resource } of plan.clusterKinds) {
    if (!candidateKinds.has(resource.kind)) continue;
    progress.update({ note: resource.plural });
    candidates.push(...(await listAll(session, progress, resource)));
  }
  const bound = part.dependencies.filter(({ ref }) => ref.kind === 'ClusterRole');
  const others = part.dependencies.filter(({ ref }) => ref.kind !== 'ClusterRole');
  const placeholders = placeholdersFor(part.accounts, plan.namespaces, bound);
  return [...others, ...clusterDependencies(placeholders, candidates, plan.sourceResources)];
}

function listAll(session: Session<'source'>, progress: Progress, resource: ApiResource): Promise<SelectedObject[]> {
  return wholeList(session.source.list(resource, { signal: progress.signal }), (item) => {
    const text = textOf(item);
    return { head: readHead(text, resource), text, resource };
  });
}
