import { ApplicationFailure } from '@temporalio/workflow';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import type {
  PruneInput,
  PruneReportRequest,
  SweptPart,
  VerifiedPart,
  VerifyInput,
} from '../../src/core/retention/contract.ts';
import type { Finding } from '../../src/core/run/events.ts';
import { verify } from '../verify/verify.ts';
import { prune } from './prune.ts';

/** What the activities answer, what fails, and what was called: the workflow's own order, without a server. */
const world = vi.hoisted(() => ({
  calls: [] as string[],
  fails: new Map<string, unknown>(),
  answers: {} as Record<string, readonly unknown[]>,
  report: undefined as unknown,
}));

vi.mock('@temporalio/workflow', async (original) => ({
  ...(await original<object>()),
  ...(await import('../../test/support/workflow-runtime.ts')).runtime,
}));

vi.mock('../saga/activities.ts', () => {
  const call = (name: string) => async (request: { readonly request?: unknown }) => {
    world.calls.push(name);
    const failure = world.fails.get(name);
    if (failure !== undefined) throw failure;
    if (name.startsWith('write')) {
      world.report = request.request;
      return { key: 'report' };
    }
    const answers = world.answers[name] ?? [];
    const [next, ...others] = answers;
    world.answers[name] = others;
    return next;
  };
  const activities = new Proxy({}, { get: (_, name) => call(String(name)) });
  return { activities, activitiesAt: () => activities };
});

const failure = (code: ErrorCode): ApplicationFailure =>
  ApplicationFailure.create({ type: code, message: code, details: [errorDetail(code, { what: `${code} happened` })] });

const chosen = { choice: { key: 'choice' }, chosen: 2, others: 1 };
const base = { runId: 'store-1', location: { name: 'store' }, asked: { user: 'bo', host: 'desk' } };
const input = (wish: PruneInput['wish']): PruneInput => ({ ...base, wish, graceMs: 0 }) as PruneInput;
const byPolicy = input({ by: 'policy', policy: { keepLast: 1 } });
const part = (change: Partial<SweptPart> = {}): SweptPart =>
  ({ ...{ result: { key: 'part' }, points: 1, objects: 5, bytes: 10, isDone: true }, ...change }) as SweptPart;

beforeEach(() => {
  world.calls = [];
  world.fails.clear();
  world.report = undefined;
  world.answers = {
    chooseDeletedPoints: [chosen],
    markPoints: [{ ...chosen, others: 0 }],
    sweepPart: [part({ isDone: false }), part()],
  };
});

describe('a run that deletes recovery points', () => {
  it('stores who asked, chooses, marks, and sweeps in parts until nothing is left to do', async () => {
    await expect(prune(byPolicy)).resolves.toEqual({ outcome: 'succeeded', exitCode: 0 });
    const opening = ['openPointRun', 'chooseDeletedPoints'];
    expect(world.calls).toEqual([...opening, 'markPoints', 'sweepPart', 'sweepPart', 'writePruneReport']);
    expect(world.report).toMatchObject({ asked: base.asked, objects: 10, bytes: 20, parts: [{}, {}] });
  });

  it('marks nothing where only marked points are swept', async () => {
    await prune(input({ by: 'mark' }));
    expect(world.calls).toEqual(['openPointRun', 'chooseDeletedPoints', 'sweepPart', 'sweepPart', 'writePruneReport']);
  });

  it.each([
    ['RECOVERY_POINT_NOT_FOUND', 2],
    ['RECOVERY_POINT_IN_USE', 1],
    ['LOCATION_UNREACHABLE', 12],
  ] as const)('ends before anything is changed with %s, exit code %i', async (code, exitCode) => {
    world.fails.set('chooseDeletedPoints', failure(code));
    await expect(prune(byPolicy)).rejects.toMatchObject({
      type: code,
      details: [expect.anything(), { outcome: 'failed', exitCode }],
    });
    expect(world.calls).toEqual(['openPointRun', 'chooseDeletedPoints', 'writePruneReport']);
  });

  it('is partial once points are marked and the sweep fails, with the reason in its report', async () => {
    world.fails.set('sweepPart', failure('LOCATION_LIST_INCOMPLETE'));
    await expect(prune(byPolicy)).resolves.toEqual({ outcome: 'partial', exitCode: 3 });
    expect(world.report as PruneReportRequest).toMatchObject({ error: { code: 'LOCATION_LIST_INCOMPLETE' } });
  });

  it('is partial when content stays since it is not known what is needed, or a point that was named stays', async () => {
    const problem = errorDetail('STORED_OBJECT_CORRUPT', { what: 'a manifest is damaged' });
    world.answers['sweepPart'] = [part({ problem })];
    await expect(prune(byPolicy)).resolves.toEqual({ outcome: 'partial', exitCode: 3 });
    world.answers = { chooseDeletedPoints: [chosen], markPoints: [chosen], sweepPart: [part()] };
    await expect(prune(input({ by: 'name', names: ['a'] }))).resolves.toEqual({ outcome: 'partial', exitCode: 3 });
    expect(world.report).toMatchObject({ error: { code: 'RECOVERY_POINT_IN_USE' } });
  });
});

describe('a run that verifies recovery points', () => {
  const read = (change: Partial<VerifiedPart>): VerifiedPart => ({
    ...{ next: 2, whole: 2, damaged: 0, deleted: 0, objects: 4, bytes: 9, volumes: 0, findings: [] },
    ...change,
  });
  const verifying = async (points: readonly string[], ...parts: readonly VerifiedPart[]) => {
    world.answers = { chooseVerifiedPoints: [chosen], verifyPoints: parts };
    return verify({ ...base, points } as unknown as VerifyInput);
  };
  const damage: Finding = {
    code: 'STORED_OBJECT_MISSING',
    severity: 'blocker',
    subject: 'recovery point b',
    message: 'objects/x is gone',
    remedy: 'restore it',
  };

  it('reads part after part', async () => {
    const parts = [read({ next: 1, whole: 1 }), read({ whole: 1 })];
    await expect(verifying([], ...parts)).resolves.toEqual({ outcome: 'succeeded', exitCode: 0 });
    expect(world.calls.filter((name) => name === 'verifyPoints')).toHaveLength(2);
  });

  it('fails for damage, and names it', async () => {
    await expect(verifying([], read({ damaged: 1, findings: [damage], volumes: 3 }))).rejects.toMatchObject({
      message: 'recovery point b: objects/x is gone',
      details: [expect.objectContaining({ fix: 'restore it' }), { outcome: 'failed', exitCode: 1 }],
    });
  });

  it.each([
    ['volumes were not read', [], { volumes: 1 }, 'RECOVERY_POINT_VOLUMES_UNREAD'],
    ['a point that was named is gone', ['a'], { deleted: 1 }, 'RECOVERY_POINT_DELETED'],
  ] as const)('is partial when %s', async (_what, points, change, code) => {
    await expect(verifying(points, read(change))).resolves.toEqual({ outcome: 'partial', exitCode: 3 });
    expect(world.report).toMatchObject({ error: { code } });
  });

  it('is whole when a point that nobody named was deleted meanwhile', async () => {
    await expect(verifying([], read({ deleted: 1, whole: 1 }))).resolves.toMatchObject({ exitCode: 0 });
  });
});
