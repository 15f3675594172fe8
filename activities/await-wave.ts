import pMap from 'p-map';
import { loadLines } from '../src/archive/run-objects.ts';
import { LandfallError } from '../src/core/errors.ts';
import { isReady, readiness } from '../src/core/graph/readiness.ts';
import { limits } from '../src/core/limits.ts';
import type { PlanEntry } from '../src/core/migration/plan-entry.ts';
import { describeRef } from '../src/core/resource.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { RawObject } from '../src/ports/cluster.ts';
import type { Progress } from './lib/progress.ts';
import type { Session } from './lib/session.ts';
import { textOf } from './lib/text.ts';

/** Objects watched at the same time: each holds a connection. */
const watchedAtOnce = 8;
const availableMs = limits.availableSeconds * 1000;
const establishMs = limits.establishSeconds * 1000;

/**
 * Waits until everything of a wave is in the state the next wave needs. What was not in that state on the source is not
 * waited for. Throws WAIT_TIMED_OUT with the last observed state. Changes nothing.
 */
export async function awaitWave(session: Session, progress: Progress, batches: readonly StoredRef[]): Promise<void> {
  const awaited: PlanEntry[] = [];
  for (const batch of batches) {
    for await (const entry of loadLines<PlanEntry>(session.location, batch, { signal: progress.signal })) {
      if (entry.awaited) awaited.push(entry);
    }
  }
  let done = 0;
  progress.update({ unit: 'objects', done, total: awaited.length, note: 'ready' });
  await pMap(
    awaited,
    async (entry) => {
      await awaitObject(session, progress, entry);
      progress.arrived(subjectOf(session, entry));
      progress.update({ done: ++done });
    },
    { concurrency: watchedAtOnce, signal: progress.signal }
  );
}

async function awaitObject(session: Session, progress: Progress, entry: PlanEntry): Promise<void> {
  const { ref, resource } = entry;
  const { target } = session;
  const { condition, also } = readiness(ref);
  const stateOf = (object: RawObject | undefined) =>
    object === undefined ? { ready: false, state: 'missing' } : isReady(ref, textOf(object.bytes));
  const subject = subjectOf(session, entry);
  await target.waitFor(resource, ref.namespace, ref.name, {
    until: (object) => {
      const state = stateOf(object);
      if ('failed' in state && state.failed) throw hopeless(subject, condition, state.state);
      return state.ready;
    },
    describe: (object) => stateOf(object).state,
    timeoutMs: availableMs,
    onTick: (state) =>
      progress.waiting({ kind: 'object', ref: subject, condition: `${condition} (now ${state})` }, availableMs),
    signal: progress.signal,
  });
  if (also === undefined) return;
  const { resources } = await target.discover({ signal: progress.signal });
  const kind = resources.find(({ group, kind: name }) => group === also.kind.group && name === also.kind.kind);
  if (kind === undefined) return;
  await target.waitFor(kind, ref.kind === 'Namespace' ? ref.name : ref.namespace, also.name, {
    until: (object) => object !== undefined,
    describe: () => `${also.kind.kind} ${also.name} is missing`,
    timeoutMs: establishMs,
    onTick: (state) => progress.waiting({ kind: 'object', ref: subject, condition: state }, establishMs),
    signal: progress.signal,
  });
}

function subjectOf(session: Session, { ref }: PlanEntry): string {
  return `${session.target.name}: ${describeRef(ref)}`;
}

function hopeless(subject: string, condition: string, state: string): LandfallError {
  return new LandfallError('WAIT_TIMED_OUT', {
    what: `${subject} does not become ${condition}`,
    why: `it is ${state}, which does not pass by itself`,
    ref: subject,
  });
}
