import { setTimeout as sleep } from 'node:timers/promises';
import pMap from 'p-map';
import { loadLines } from '../src/archive/run-objects.ts';
import { LandfallError } from '../src/core/errors.ts';
import { isReady, readiness } from '../src/core/graph/readiness.ts';
import { limits } from '../src/core/limits.ts';
import type { DesiredObject } from '../src/core/planning/desired-object.ts';
import { describeRef, objectKey } from '../src/core/resource.ts';
import { readHead } from '../src/core/select/head.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { Discovery, RawObject } from '../src/ports/cluster.ts';
import { readRefused, withoutRefused } from '../src/services/apply/refused.ts';
import { textOf } from '../src/services/objects/text.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

/** Objects watched at the same time: each holds a connection. */
const watchedAtOnce = 8;
/** From this many objects of one kind in one namespace on, lists find out together what watches would one by one. */
const listedFrom = 8;
const listEveryMs = 1_000;
const availableMs = limits.availableSeconds * 1000;
const establishMs = limits.establishSeconds * 1000;

/** What waiting for the objects of a group shares. */
interface GroupWait {
  readonly session: Session<'target'>;
  readonly progress: Progress;
  /** Asks the target once, however often it is called. */
  discover(): Promise<Discovery>;
  /** Counts an object as ready. */
  arrive(entry: DesiredObject): void;
}

/**
 * Waits until everything of an apply group is in the state the next one needs. What was not in that state on the source is not
 * waited for, nor what needs an object that was refused. Throws WAIT_TIMED_OUT with the last observed state. Changes nothing.
 */
export async function awaitApplyGroup(
  session: Session<'target'>,
  progress: Progress,
  batches: readonly StoredRef[]
): Promise<void> {
  const awaited: DesiredObject[] = [];
  const refused = await readRefused(session, progress.signal);
  for (const batch of batches) {
    const remaining = await withoutRefused(session, { batch, refused }, progress.signal);
    for await (const entry of loadLines<DesiredObject>(session.location, batch, { signal: progress.signal })) {
      if (entry.awaited && !remaining.has(objectKey(entry.ref))) awaited.push(entry);
    }
  }
  let done = 0;
  progress.update({ unit: 'objects', done, total: awaited.length, note: 'ready' });
  let discovery: Promise<Discovery> | undefined;
  const discover = (): Promise<Discovery> => (discovery ??= session.target.discover({ signal: progress.signal }));
  const arrive = (entry: DesiredObject): void => {
    progress.arrived(subjectOf(session, entry));
    progress.update({ done: ++done });
  };
  const wait: GroupWait = { session, progress, discover, arrive };
  const { also, alone, together } = groupAwaited(awaited);
  await pMap(together, (group) => awaitGroup(wait, group), {
    concurrency: watchedAtOnce,
    signal: progress.signal,
  });
  await pMap(
    [...also, ...alone],
    async (entry) => {
      await awaitObject(wait, entry);
      await awaitCompanion(wait, entry);
      arrive(entry);
    },
    { concurrency: watchedAtOnce, signal: progress.signal }
  );
}

/** Sorts what is waited for by how it is found out: one by one, or a kind of a namespace together. */
function groupAwaited(awaited: readonly DesiredObject[]): {
  /** Those for which a second object has to be there as well. */
  readonly also: readonly DesiredObject[];
  readonly alone: readonly DesiredObject[];
  readonly together: readonly (readonly DesiredObject[])[];
} {
  const also = awaited.filter(({ ref }) => readiness(ref).also !== undefined);
  const others = awaited.filter(({ ref }) => readiness(ref).also === undefined);
  const groups = [...Map.groupBy(others, ({ ref }) => `${ref.group}/${ref.kind}/${ref.namespace}`).values()];
  return {
    also,
    alone: groups.filter((group) => group.length < listedFrom).flat(),
    together: groups.filter((group) => group.length >= listedFrom),
  };
}

/**
 * Lists a kind of a namespace again and again until all of the group but a few are ready; these are watched, also where
 * the time is over, so that the last state is looked at and reported in one way.
 */
async function awaitGroup(wait: GroupWait, group: readonly DesiredObject[]): Promise<void> {
  const { session, progress, arrive } = wait;
  const { signal } = progress;
  const deadlineMs = performance.now() + availableMs;
  const waiting = new Map(group.map((entry) => [entry.ref.name, entry]));
  while (waiting.size >= listedFrom && performance.now() < deadlineMs) {
    const first = await listReady(wait, waiting);
    if (waiting.size < listedFrom || first === undefined) break;
    const { condition } = readiness(first.entry.ref);
    const ref = subjectOf(session, first.entry);
    const others = waiting.size === 1 ? '' : ` and ${waiting.size - 1} more of its kind`;
    progress.waiting({ kind: 'object', ref, condition: `${condition} (now ${first.state})${others}` }, availableMs);
    await sleep(listEveryMs, undefined, { signal });
  }
  await pMap(
    waiting.values(),
    async (entry) => {
      await awaitObject(wait, entry, Math.max(1_000, deadlineMs - performance.now()));
      arrive(entry);
    },
    { concurrency: watchedAtOnce, signal }
  );
}

/** One list: takes what is ready out of `waiting`; answers the first one listed that is not. */
async function listReady(
  { session, progress, arrive }: GroupWait,
  waiting: Map<string, DesiredObject>
): Promise<{ readonly entry: DesiredObject; readonly state: string } | undefined> {
  const [sample] = waiting.values();
  if (sample === undefined) return undefined;
  const { resource, ref } = sample;
  const { signal } = progress;
  let first: { entry: DesiredObject; state: string } | undefined;
  for await (const page of session.target.list(resource, { namespace: ref.namespace, signal })) {
    for (const bytes of page.items) {
      const text = textOf(bytes);
      const entry = waiting.get(readHead(text, resource).ref.name);
      if (entry === undefined) continue;
      const state = isReady(entry.ref, text);
      if (state.failed === true) throw unrecoverable(subjectOf(session, entry), readiness(ref).condition, state.state);
      if (state.ready) {
        waiting.delete(entry.ref.name);
        arrive(entry);
      } else first ??= { entry, state: state.state };
    }
  }
  return first ?? [...waiting.values()].map((entry) => ({ entry, state: 'missing' })).at(0);
}

async function awaitObject(
  { session, progress }: GroupWait,
  entry: DesiredObject,
  timeoutMs = availableMs
): Promise<void> {
  const { ref, resource } = entry;
  const { target } = session;
  const { condition } = readiness(ref);
  const stateOf = (object: RawObject | undefined) =>
    object === undefined ? { ready: false, state: 'missing' } : isReady(ref, textOf(object.bytes));
  const subject = subjectOf(session, entry);
  await target.waitFor({
    ...ref,
    resource,
    until: (object) => {
      const state = stateOf(object);
      if ('failed' in state && state.failed) throw unrecoverable(subject, condition, state.state);
      return state.ready;
    },
    describe: (object) => stateOf(object).state,
    timeoutMs,
    onTick: (state) =>
      progress.waiting({ kind: 'object', ref: subject, condition: `${condition} (now ${state})` }, timeoutMs),
    signal: progress.signal,
  });
}

/** Waits for the other object that has to be there as well, such as the account of a namespace. */
async function awaitCompanion({ session, progress, discover }: GroupWait, entry: DesiredObject): Promise<void> {
  const { ref } = entry;
  const { also } = readiness(ref);
  if (also === undefined) return;
  const { resources } = await discover();
  const kind = resources.find(({ group, kind: name }) => group === also.kind.group && name === also.kind.kind);
  if (kind === undefined) return;
  const subject = subjectOf(session, entry);
  await session.target.waitFor({
    resource: kind,
    namespace: ref.kind === 'Namespace' ? ref.name : ref.namespace,
    name: also.name,
    until: (object) => object !== undefined,
    describe: () => `${also.kind.kind} ${also.name} is missing`,
    timeoutMs: establishMs,
    onTick: (state) => progress.waiting({ kind: 'object', ref: subject, condition: state }, establishMs),
    signal: progress.signal,
  });
}

function subjectOf(session: Session<'target'>, { ref }: DesiredObject): string {
  return `${session.target.name}: ${describeRef(ref)}`;
}

function unrecoverable(subject: string, condition: string, state: string): LandfallError {
  return new LandfallError('WAIT_TIMED_OUT', {
    what: `${subject} does not become ${condition}`,
    why: `it is ${state}, which does not resolve by itself`,
    ref: subject,
  });
}
