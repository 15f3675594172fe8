import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { errorDetail } from '../core/errors.ts';
import type { RunEvent } from '../core/run/events.ts';
import { follow } from './follow.ts';

const beginMs = Date.parse('2026-01-01T00:00:00.000Z');
const result = { type: 'result', outcome: 'succeeded', exitCode: 0, seq: 1 } as RunEvent;

/** How a part of Temporal behaves from a moment on, in milliseconds since the beginning. */
type Course = readonly (readonly [fromMs: number, does: 'answers' | 'hangs' | 'refuses' | 'ended'])[];

/** How the server keeps a run that is over. */
interface Closed {
  readonly status: 'TERMINATED' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TIMED_OUT';
  readonly result: () => Promise<unknown>;
}

function closed(status: Closed['status'], outcome: object | Error = new Error('nothing is kept')): Closed {
  const failure = (cause: Error) => new WorkflowFailedError('failed', cause, 'IN_PROGRESS' as never);
  return {
    status,
    result: () => (outcome instanceof Error ? Promise.reject(failure(outcome)) : Promise.resolve(outcome)),
  };
}

/** A client on a clock of its own: what hangs takes its whole deadline, or until somebody answers again. */
function world(server: Course, worker: Course, end: Closed = closed('TERMINATED')) {
  let nowMs = beginMs;
  let deadlineMs = 0;
  const at = (course: Course) => course.findLast(([fromMs]) => nowMs - beginMs >= fromMs)?.[1] ?? 'answers';
  const fail = (code: number): Promise<never> => {
    const cause = Object.assign(new Error('grpc'), { code, details: '', metadata: {} });
    return Promise.reject(Object.assign(new Error('failed'), { cause }));
  };
  const ask = <T>(answer: () => Promise<T>, courses: readonly Course[]): Promise<T> => {
    if (at(server) === 'refuses') return fail(14);
    for (const course of courses) {
      if (at(course) !== 'hangs') continue;
      const backMs = beginMs + (course.find(([fromMs]) => beginMs + fromMs > nowMs)?.[0] ?? Infinity);
      nowMs = Math.max(nowMs, Math.min(deadlineMs, backMs));
      if (backMs > deadlineMs) return fail(4);
    }
    return answer();
  };
  const status = () => (at(server) === 'ended' ? end.status : 'RUNNING');
  const handle = {
    client: {
      withDeadline: <T>(ms: number, body: () => Promise<T>) => {
        deadlineMs = ms;
        return body();
      },
    },
    describe: () => ask(() => Promise.resolve({ status: { name: status() }, raw: {} }), [server]),
    result: end.result,
    query: () => ask(() => Promise.resolve(at(worker) === 'ended' ? [result] : []), [server, worker]),
  } as unknown as WorkflowHandle;
  const clock = {
    now: () => nowMs,
    sleep: (ms: number) => {
      nowMs += ms;
      return Promise.resolve();
    },
  };
  return { handle, clock, sinceMs: () => nowMs - beginMs };
}

interface Reported {
  readonly atMs: number;
  readonly message: string;
}

/** What a watcher says of a world until it ends or the time is over. */
async function said(
  { handle, clock, sinceMs }: ReturnType<typeof world>,
  more: { once?: boolean; revive?: () => Promise<string | undefined>; untilMs?: number } = {}
): Promise<{ reported: Reported[]; exitCode?: number; code?: string }> {
  const { untilMs = 60_000, ...options } = more;
  const stop = new AbortController();
  const sleep = (ms: number) => {
    if (sinceMs() > untilMs) stop.abort();
    return clock.sleep(ms);
  };
  const client = { workflow: { getHandle: () => handle } };
  const shown = { runId: 'shop-7f3k', address: '10.0.0.1:7233', since: 0, client, signal: stop.signal };
  const reported: Reported[] = [];
  for await (const event of follow(handle, { ...shown, ...options, clock: { now: clock.now, sleep } })) {
    if (event.type === 'result') {
      const { exitCode, error } = event;
      return { reported, exitCode, ...(error === undefined ? {} : { code: error.code }) };
    }
    if (event.type === 'log') reported.push({ atMs: sinceMs(), message: event.message });
  }
  return { reported };
}

const noWorker = 'waiting for a worker: nothing happens until one responds';
const noServer = /^the Temporal server at 10\.0\.0\.1:7233 has not responded since 2026-01-01T00:00:\d\d\.\d{3}Z: /;

describe('a watcher whose query fails', () => {
  it.each([
    ['hangs', [[0, 'hangs']]],
    ['refuses', [[0, 'refuses']]],
    [
      'refuses for a while and hangs then',
      [
        [0, 'refuses'],
        [4_900, 'hangs'],
      ],
    ],
  ] as const)('names the server when it %s', async (_, server) => {
    const { reported } = await said(world(server, []));
    expect(reported).toEqual([
      { atMs: expect.any(Number) as number, message: expect.stringMatching(noServer) as string },
    ]);
    expect(reported[0]?.atMs).toBeLessThanOrEqual(10_000);
    expect(reported[0]?.message).toContain('since 2026-01-01T00:00:00.000Z: this command keeps trying');
  });

  it('waits for a worker where the server answers', async () => {
    const { reported } = await said(world([], [[0, 'hangs']]));
    expect(reported).toEqual([{ atMs: expect.any(Number) as number, message: noWorker }]);
    expect(reported[0]?.atMs).toBeLessThanOrEqual(10_000);
  });

  it('says nothing of a server or a worker that is back soon, and ends with the run', async () => {
    const server: Course = [
      [0, 'refuses'],
      [3_000, 'answers'],
    ];
    const worker: Course = [
      [0, 'hangs'],
      [6_000, 'answers'],
      [20_000, 'ended'],
    ];
    expect(await said(world(server, worker))).toEqual({ reported: [], exitCode: 0 });
  });

  it('says first the one and then the other, each within ten seconds, and each once', async () => {
    const server: Course = [
      [0, 'answers'],
      [20_000, 'hangs'],
      [50_000, 'answers'],
    ];
    const { reported } = await said(world(server, [[0, 'hangs']]), { untilMs: 90_000 });
    expect(reported.map(({ message }) => message)).toEqual([noWorker, expect.stringMatching(noServer), noWorker]);
    expect(reported[1]?.atMs).toBeLessThanOrEqual(30_000);
  });

  it('says no wait for a worker twice because one question to the server failed', async () => {
    const server: Course = [
      [0, 'answers'],
      [20_000, 'refuses'],
      [22_000, 'answers'],
    ];
    const { reported } = await said(world(server, [[0, 'hangs']]));
    expect(reported.map(({ message }) => message)).toEqual([noWorker]);
  });

  it('takes the end of a run from the server where no worker is there to report on it', async () => {
    expect(await said(world([[0, 'ended']], [[0, 'hangs']]))).toMatchObject({ reported: [], exitCode: 6 });
  });

  const detail = errorDetail('CLUSTER_UNREACHABLE', { what: 'gone' });
  const kept = { outcome: 'failed', exitCode: 5 };
  it.each<[string, Closed, number, string | undefined]>([
    ['completed', closed('COMPLETED', { outcome: 'partial', exitCode: 3 }), 3, undefined],
    [
      'failed, with its ending kept',
      closed('FAILED', ApplicationFailure.create({ details: [detail, kept] })),
      5,
      'CLUSTER_UNREACHABLE',
    ],
    [
      'failed, with the error alone kept',
      closed('FAILED', ApplicationFailure.create({ details: [detail] })),
      9,
      'CLUSTER_UNREACHABLE',
    ],
    ['failed, with nothing kept', closed('FAILED', ApplicationFailure.create({})), 9, 'WORKER_LOST'],
    ['timed out', closed('TIMED_OUT'), 9, 'WORKER_LOST'],
    [
      'cancelled, with its ending kept',
      closed('CANCELLED', new CancelledFailure('c', [{ exitCode: 4 }])),
      4,
      undefined,
    ],
    ['cancelled, with nothing kept', closed('CANCELLED', new CancelledFailure('c', [])), 9, undefined],
    ['terminated', closed('TERMINATED'), 6, 'RUN_TERMINATED'],
  ])('does not invent the end of a run that is %s', async (_, end, exitCode, code) => {
    const found = await said(world([[0, 'ended']], [[0, 'hangs']], end));
    expect(found).toEqual({ reported: [], exitCode, ...(code === undefined ? {} : { code }) });
  });

  it('ends after it has said so where it looks only once', async () => {
    const { reported } = await said(world([[0, 'hangs']], []), { once: true, untilMs: 1e9 });
    expect(reported.map(({ message }) => message)).toEqual([
      'the Temporal server at 10.0.0.1:7233 has not responded since 2026-01-01T00:00:00.000Z: the state of the run is unknown until it responds',
    ]);
  });

  it('says what it does about a local engine, and what came of it', async () => {
    const revive = () => Promise.resolve('the server of the local engine had stopped: restarted');
    const { reported } = await said(world([[0, 'refuses']], []), { revive });
    expect(reported.map(({ message }) => message)).toEqual([
      expect.stringContaining('restarts the local engine if it has stopped'),
      'the server of the local engine had stopped: restarted',
    ]);
  });
});
