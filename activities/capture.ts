import pMap from 'p-map';
import { loadJson, storeJson, storeLines } from '../src/archive/run-objects.ts';
import { createSegmentWriter } from '../src/archive/segment-writer.ts';
import type { SegmentWriter } from '../src/archive/segment-writer.ts';
import type { CaptureBatch, CaptureResult } from '../src/core/migration/contract.ts';
import type { CaptureKind, CapturePlan } from '../src/core/migration/capture-kinds.ts';
import { emptyPart, groupLeftOut, mergeParts } from '../src/core/migration/capture-part.ts';
import type { CapturePart, LeftOutObject } from '../src/core/migration/capture-part.ts';
import { groupResource } from '../src/core/resource.ts';
import { decideObject } from '../src/core/select/decide-object.ts';
import type { SelectionContext } from '../src/core/select/decide-object.ts';
import { clusterDependencies } from '../src/core/select/dependencies.ts';
import type { DependencyRequest } from '../src/core/select/dependencies.ts';
import { readHead } from '../src/core/select/head.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { ListPage } from '../src/ports/cluster.ts';
import { listServed } from './lib/list-served.ts';
import type { Progress } from './lib/progress.ts';
import type { Session } from './lib/session.ts';
import { textOf } from './lib/text.ts';

/** Lists of one kind read at the same time. */
const listsInParallel = 4;

/** What capturing one kind needs beyond the session. */
interface CaptureTask {
  readonly session: Session;
  readonly progress: Progress;
  readonly selection: SelectionContext;
  readonly onObjects: (count: number) => void;
  /** Names to take, for cluster-scoped dependencies; absent = all. */
  readonly only?: ReadonlySet<string>;
}

/**
 * Captures kinds [from, to) of the stored plan. Kind by kind: a finished kind is a stored part and the cursor of the
 * heartbeat, so a lost attempt repeats one kind at most, and a repeat stores nothing that is there already.
 */
export async function captureKinds(session: Session, progress: Progress, batch: CaptureBatch): Promise<CaptureResult> {
  const plan = await loadJson<CapturePlan>(session.location, batch.kinds);
  const parts = [...((progress.cursor as StoredRef[] | undefined) ?? [])];
  let objects = 0;
  for (const kind of plan.kinds.slice(batch.from + parts.length, batch.to)) {
    progress.update({ note: groupResource(kind.resource), unit: 'objects', done: objects });
    const onObjects = (count: number) => progress.update({ done: (objects += count) });
    const part = await captureKind({ session, progress, selection: selectionOf(session, plan), onObjects }, kind);
    parts.push(await storeJson(session.location, `runs/${session.runId}/capture`, part));
    progress.checkpoint(parts);
  }
  return summariseParts(session, parts);
}

/** Puts the parts of one activity behind one reference. */
export async function summariseParts(session: Session, parts: readonly StoredRef[]): Promise<CaptureResult> {
  const loaded = await Promise.all(parts.map((ref) => loadJson<CapturePart>(session.location, ref)));
  const merged = loaded.reduce(mergeParts, emptyPart);
  return {
    part: await storeJson(session.location, `runs/${session.runId}/capture`, merged),
    objects: merged.objects,
    leftOut: merged.leftOutCount,
    rawBytes: merged.rawBytes,
    storedBytes: merged.storedBytes,
  };
}

/** What selection needs to know of the source as a whole. */
export function selectionOf(session: Session, plan: CapturePlan): SelectionContext {
  return {
    resources: plan.sourceResources,
    landfallNamespace: session.spec.landfallNamespace,
    excludedNamespaces: plan.excludedNamespaces,
  };
}

/** Captures all objects of one kind that the scope takes. */
export async function captureKind(task: CaptureTask, kind: CaptureKind): Promise<CapturePart> {
  const lists = await pMap(kind.namespaces, (namespace) => captureList(task, kind, namespace), {
    concurrency: listsInParallel,
    signal: task.progress.signal,
  });
  return lists.reduce(mergeParts, emptyPart);
}

interface ListState {
  writer: SegmentWriter;
  leftOut: LeftOutObject[];
  dependencies: DependencyRequest[];
  accounts: string[];
  restarted: number;
  resourceVersion: string;
}

/** One list at one resourceVersion. When it has to start again (410), what was captured of it is thrown away. */
async function captureList(task: CaptureTask, kind: CaptureKind, namespace: string): Promise<CapturePart> {
  const { session, progress } = task;
  const { signal } = progress;
  const { resource } = kind;
  const fresh = (restarted: number): ListState => ({
    writer: createSegmentWriter(session.location, { signal }),
    leftOut: [],
    dependencies: [],
    accounts: [],
    restarted,
    resourceVersion: '',
  });
  let state = fresh(0);
  for await (const page of listServed(session.source, resource, { namespace, signal })) {
    if (page.restarted > state.restarted) state = fresh(page.restarted);
    state.resourceVersion = page.resourceVersion;
    await capturePage(task, kind, page, state);
    task.onObjects(page.items.length);
  }
  const written = await state.writer.finish();
  const { leftOut, resourceVersion, restarted } = state;
  return {
    indexes: written.index === undefined ? [] : [written.index],
    objects: written.stats.objects,
    rawBytes: written.stats.rawBytes,
    storedBytes: written.stats.storedBytes,
    lists: resourceVersion === '' ? [] : [{ resource, namespace, resourceVersion, restarted }],
    dependencies: state.dependencies,
    accounts: state.accounts,
    leftOutCount: leftOut.length,
    leftOutGroups: groupLeftOut(leftOut),
    leftOutRefs:
      leftOut.length === 0 ? [] : [await storeLines(session.location, `runs/${session.runId}/left-out`, leftOut)],
  };
}

async function capturePage(task: CaptureTask, kind: CaptureKind, page: ListPage, state: ListState): Promise<void> {
  const { resource } = kind;
  for (const bytes of page.items) {
    const text = textOf(bytes);
    const head = readHead(text, resource);
    if (task.only !== undefined && !task.only.has(head.ref.name)) continue;
    const decision = decideObject(head, text, resource, task.session.spec.scope, task.selection);
    if (!decision.in) {
      state.leftOut.push({ ref: head.ref, rule: decision.rule, reason: decision.reason });
      continue;
    }
    state.dependencies.push(...clusterDependencies([{ head, text, resource }]));
    if (head.resource === 'serviceaccounts') state.accounts.push(`${head.ref.namespace}/${head.ref.name}`);
    await state.writer.add({ resource, ref: head.ref, uid: head.uid }, bytes);
  }
}
