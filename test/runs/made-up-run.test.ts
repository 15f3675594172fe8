import { ApplicationFailure } from '@temporalio/workflow';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { madeUp } from '../support/made-up-kind.ts';
import { server } from '../support/workflow-runtime.ts';
import { frame } from '../../src/cli/render/frame.ts';
import { errorDetail } from '../../src/core/errors.ts';
import { applyEvent } from '../../src/core/run/apply-event.ts';
import { emptyView } from '../../src/core/run/view.ts';
import { drive } from '../../workflows/saga/drive.ts';
import type { RunEnding } from '../../src/saga/state.ts';
import {
  openRun,
  type ActionHandler,
  type CarriedArguments,
  type Run,
  type RunKind,
} from '../../workflows/saga/run.ts';

vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<object>()),
  ...(await import('../support/workflow-runtime.ts')).runtime,
}));

interface Found {
  readonly done: string[];
}

let fails: ReadonlySet<string>;

const effect =
  (name: string): ActionHandler<Found> =>
  async (run, { item }) => {
    run.found.done.push(name);
    server.historyLength += 10;
    if (fails.has(`${name} ${item}`))
      throw ApplicationFailure.create({ details: [errorDetail('OBJECT_CONFLICT', { what: `${name} failed` })] });
    return { summary: { counts: { objects: item } } };
  };

const kind: RunKind<string, Found> = {
  table: madeUp,
  actions: Object.fromEntries(Object.keys(madeUp.actions).map((name) => [name, effect(name)])),
  compensations: Object.fromEntries(
    Object.keys(madeUp.compensations).map((name) => [name, async (run) => void run.found.done.push(`undo ${name}`)])
  ),
  introduce: () => ({ name: 'thing', source: 'here', target: 'there' }),
  facts: () => 'made up',
  phaseSummary: () => ({ counts: {} }),
  writeReport: async (run) => void run.found.done.push('report'),
  keepEvents: () => undefined,
  result: () => ({}),
};

const input = { eventsMax: 3_500 };
const begin = (max = 3_500, carried: CarriedArguments<Found> = []) =>
  openRun({ id: 'thing-1', input: { ...input, eventsMax: max }, found: { done: [] } }, carried);

beforeEach(() => {
  fails = new Set();
  Object.assign(server, { historyLength: 0, continued: undefined });
});

function picture({ journal }: Run<Found>): string[] {
  const view = journal.since(0, Infinity).reduce(applyEvent, emptyView);
  return frame(view, { width: 90, rows: 40, now: Date.now(), ascii: false, color: false });
}

describe('a made-up kind of run', () => {
  it('is done, reported in events and drawn from its table alone', async () => {
    const run = begin();
    await expect(drive(kind, run)).resolves.toMatchObject({ outcome: 'succeeded', exitCode: 0 });
    expect(run.found.done).toEqual(['look', 'open', 'look', 'look', 'tidy', 'fence', 'start', 'look', 'report']);
    const [hello] = run.journal.since(0, 1);
    expect(hello).toMatchObject({ type: 'hello', kind: 'made-up', phases: ['look', 'move', 'end'] });
    const lines = picture(run);
    expect(lines[0]).toContain('landfall made-up thing');
    expect(lines.join('\n')).toMatch(/✓ look.*\n.*✓ move.*\n.*✓ end/s);
  });

  it('undoes what it did where a step that does not wait fails', async () => {
    fails = new Set(['fence 0']);
    const run = begin();
    await expect(drive(kind, run)).resolves.toMatchObject({ outcome: 'rolled-back', undo: 'complete', exitCode: 1 });
    expect(run.found.done.slice(-3)).toEqual(['fence', 'undo unfence', 'report']);
    const undone = run.journal.since(0, Infinity).filter(({ type }) => type.startsWith('undo.'));
    expect(undone.map((event) => `${event.type} ${'title' in event ? event.title : ''}`)).toEqual([
      'undo.started unfence',
      'undo.done unfence',
    ]);
  });

  it('skips what needs a step that failed, says why, and ends as partial', async () => {
    fails = new Set(['look 0']);
    const run = begin();
    await expect(drive(kind, run)).resolves.toMatchObject({ outcome: 'partial', exitCode: 3 });
    const skipped = run.journal.since(0, Infinity).flatMap((event) => (event.type === 'step.skipped' ? [event] : []));
    expect(skipped).toMatchObject([{ step: { id: 'look/b' }, reason: 'it needs look/a, which was not made' }]);
  });

  it('goes on in a new history, nothing done twice and nothing excluded', async () => {
    const whole = begin();
    await drive(kind, whole);
    let run = begin(15);
    let ending: RunEnding | undefined;
    let histories = 0;
    for (let carried: CarriedArguments<Found> = []; ending === undefined; histories += 1) {
      server.historyLength = 0;
      run = begin(15, carried);
      ending = await drive(kind, run, carried[0]).catch(() => undefined);
      carried = (server.continued?.slice(1) ?? []) as unknown as CarriedArguments<Found>;
    }
    expect(histories).toBeGreaterThan(2);
    expect(ending).toMatchObject({ outcome: 'succeeded', exitCode: 0 });
    const { done } = run.found;
    // What may run side by side may come in another order.
    expect(done.toSorted()).toEqual(whole.found.done.toSorted());
    const events = (one: Run<Found>) => one.journal.since(0, Infinity);
    expect(
      events(run)
        .map(({ type }) => type)
        .toSorted()
    ).toEqual(
      events(whole)
        .map(({ type }) => type)
        .toSorted()
    );
    expect(events(run).map(({ seq }) => seq)).toEqual(events(run).map((_, index) => index + 1));
  });
});
