import pMap from 'p-map';
import { loadJson, runFolder, storeJson } from '../../archive/run-objects.ts';
import { createSegmentWriter } from '../../archive/segment-writer.ts';
import type { SegmentWriter } from '../../archive/segment-writer.ts';
import { isLandfallError } from '../../core/errors.ts';
import type { CaptureKind, CaptureSelection } from '../../core/capture/capture-kinds.ts';
import { distinct, emptyPart, mergeParts } from '../../core/capture/capture-part.ts';
import type { CapturePart, ExcludedObject } from '../../core/capture/capture-part.ts';
import { decideObject } from '../../core/select/decide-object.ts';
import type { SelectionContext } from '../../core/select/decide-object.ts';
import { clusterDependencies } from '../../core/select/dependencies.ts';
import type { DependencyRequest } from '../../core/select/dependencies.ts';
import { readListedHead } from '../../core/select/head.ts';
import type { StoredRef } from '../../core/stored-ref.ts';
import type { ListPage } from '../../ports/cluster.ts';
import { foldPages } from '../../ports/whole-list.ts';
import type { HeldObject, ListFound } from './capture-pending.ts';
import { listServed } from '../objects/list-served.ts';
import type { Relatives } from './relatives.ts';
import { textOf } from '../objects/text.ts';
import type { CaptureResult } from '../../core/capture/contract.ts';
import type { Session } from '../session.ts';
import type { Progress } from '../progress.ts';

/** Lists of one kind read at the same time. */
const listsInParallel = 4;
/** A list smaller than this is stored together with others. */
const heldBytesMax = 1024 * 1024;

/** From so many namespaces on it pays to ask first whether there is any object of a kind at all. */
const namespacesToAskAtOnce = 4;

/** What capturing one kind needs beyond the session. */
export interface CaptureTask {
  readonly session: Session<'source'>;
  readonly progress: Progress;
  readonly selection: SelectionContext;
  readonly relatives: Relatives;
  readonly onObjects: (count: number) => void;
  /** Names to take, for cluster-scoped dependencies; absent = all. */
  readonly only?: ReadonlySet<string>;
}

/** Puts the parts of one activity behind one reference. */
export async function summariseParts(session: Session<never>, parts: readonly StoredRef[]): Promise<CaptureResult> {
  const loaded = await Promise.all(parts.map((ref) => loadJson<CapturePart>(session.location, ref)));
  const merged = loaded.reduce(mergeParts, emptyPart);
  return {
    part: await storeJson(runFolder(session, 'capture'), merged),
    objects: merged.objects,
    excluded: merged.excludedCount,
    rawBytes: merged.rawBytes,
    storedBytes: merged.storedBytes,
  };
}

/** What selection needs to know of the source as a whole. */
export function selectionOf(session: Session<never>, plan: CaptureSelection): SelectionContext {
  return {
    resources: plan.sourceResources,
    landfallNamespace: session.spec.landfallNamespace,
    excludedNamespaces: plan.excludedNamespaces,
  };
}

/** Captures all objects of one kind that the scope takes: what each of its lists gave, in the order of namespaces. */
export async function captureKind(task: CaptureTask, kind: CaptureKind): Promise<readonly ListFound[]> {
  const empty = kind.namespaces.length < namespacesToAskAtOnce ? undefined : await findNone(task, kind);
  if (empty !== undefined) return empty;
  return pMap(kind.namespaces, (namespace) => captureList(task, kind, namespace), {
    concurrency: listsInParallel,
    signal: task.progress.signal,
  });
}

/**
 * What the lists of a kind give of which the whole cluster has no object, asked with one request. Most kinds are like
 * that. Undefined when there is one, or when this account may not list beyond its namespaces.
 */
async function findNone({ session, progress }: CaptureTask, kind: CaptureKind): Promise<ListFound[] | undefined> {
  const { resource } = kind;
  try {
    for await (const page of listServed(session.source, resource, { limit: 1, signal: progress.signal })) {
      if (page.items.length > 0) return undefined;
      const { resourceVersion, restarted } = page;
      return kind.namespaces.map((namespace) => ({
        part: { ...emptyPart, lists: [{ resource, namespace, resourceVersion, restarted }] },
        held: [],
        excluded: [],
      }));
    }
    return [];
  } catch (error) {
    // Nothing is lost by this: every namespace is listed then, and a list that is refused there ends the capture.
    if (isLandfallError(error, 'CLUSTER_FORBIDDEN')) return undefined;
    throw error;
  }
}

interface ListState {
  /** Once the list is too large to be held. */
  writer: SegmentWriter | undefined;
  held: HeldObject[];
  heldBytes: number;
  excluded: ExcludedObject[];
  dependencies: DependencyRequest[];
  accounts: string[];
  restarted: number;
  resourceVersion: string;
}

/** One list at one resourceVersion. When it has to start again (410), what was captured of it is thrown away. */
async function captureList(task: CaptureTask, kind: CaptureKind, namespace: string): Promise<ListFound> {
  const { session, progress } = task;
  const { signal } = progress;
  const { resource } = kind;
  const fresh = (restarted: number): ListState => ({
    writer: undefined,
    held: [],
    heldBytes: 0,
    excluded: [],
    dependencies: [],
    accounts: [],
    restarted,
    resourceVersion: '',
  });
  const state = await foldPages(listServed(session.source, resource, { namespace, signal }), {
    fresh,
    async take(captured, page) {
      captured.resourceVersion = page.resourceVersion;
      await capturePage(task, kind, { page, state: captured });
      task.onObjects(page.items.length);
    },
  });
  const written = await state.writer?.finish();
  const { excluded, held, resourceVersion, restarted } = state;
  const part: CapturePart = {
    ...emptyPart,
    indexes: written?.index === undefined ? [] : [written.index],
    objects: written?.stats.objects ?? 0,
    rawBytes: written?.stats.rawBytes ?? 0,
    storedBytes: written?.stats.storedBytes ?? 0,
    lists: resourceVersion === '' ? [] : [{ resource, namespace, resourceVersion, restarted }],
    dependencies: state.dependencies,
    accounts: state.accounts,
  };
  return { part, held, excluded };
}

async function capturePage(
  task: CaptureTask,
  kind: CaptureKind,
  { page, state }: { readonly page: ListPage; readonly state: ListState }
): Promise<void> {
  const { resource } = kind;
  const dependencies: DependencyRequest[] = [];
  for (const bytes of page.items) {
    const text = textOf(bytes);
    const head = readListedHead(text, resource);
    if (task.only !== undefined && !task.only.has(head.ref.name)) continue;
    const object = { head, text, resource };
    const alone = decideObject(object, task.session.spec.scope, task.selection);
    const decision = await task.relatives.decide(object, alone);
    if (!decision.in) {
      state.excluded.push({ ref: head.ref, rule: decision.rule, reason: decision.reason });
      continue;
    }
    dependencies.push(...clusterDependencies([object]));
    if (head.resource === 'serviceaccounts') state.accounts.push(`${head.ref.namespace}/${head.ref.name}`);
    await take(task, state, { object: { resource, ref: head.ref, uid: head.uid }, bytes });
  }
  state.dependencies = [...distinct([...state.dependencies, ...dependencies])];
  // Held objects are copied out of their page, which they would keep in memory.
  state.held = state.held.map(({ object, bytes }) => ({ object, bytes: new Uint8Array(bytes) }));
}

/** Holds an object back while the list is small; a large one gets segments of its own. */
async function take(task: CaptureTask, state: ListState, held: HeldObject): Promise<void> {
  if (state.writer !== undefined) return state.writer.add(held.object, held.bytes);
  state.held.push(held);
  state.heldBytes += held.bytes.byteLength;
  if (state.heldBytes < heldBytesMax) return;
  const { held: waiting } = state;
  const writer = createSegmentWriter(task.session.location, { signal: task.progress.signal });
  state.writer = writer;
  state.held = [];
  for (const { object, bytes } of waiting) await writer.add(object, bytes);
}
