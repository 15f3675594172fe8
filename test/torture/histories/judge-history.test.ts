import { describe, expect, it } from 'vitest';
import { judgeHistory, type Happened, type Objects, type SeenPoint } from './judge-history.ts';

const first: Objects = new Map([
  ['configmaps (shop)/config', '{"data":{"a":"1"}}'],
  ['secrets (shop)/login', '{"data":{"p":"x"}}'],
]);
const second: Objects = new Map([...first, ['configmaps (shop)/new', '{}']]);
const well = { outcome: 'succeeded', exitCode: 0 };
const base = { status: 'COMPLETED', code: '', stuck: '', isStruck: false, isBeside: false, damaged: [], traces: [] };
const whole = (id: string, objects: Objects): SeenPoint => ({ id, isMarked: false, objects, uses: [] });
const marked = (id: string): SeenPoint => ({ id, isMarked: true, uses: [] });
const verified = (...ids: string[]) => ({ ...well, points: ids.map((id) => ({ id, state: 'whole' })) });
const cancelled = {
  status: 'CANCELLED',
  code: 'RUN_CANCELLED',
  isStruck: true,
  report: { outcome: 'cancelled', exitCode: 130 },
};

/** Two backups, a verification, a restore of the first, its deletion, a pruning down to one and a cancelled restore. */
const history = {
  backup1: {
    ...base,
    operation: { do: 'backup' },
    run: 'a',
    report: well,
    captured: first,
    points: [whole('a', first)],
  },
  backup2: {
    ...{ ...base, operation: { do: 'backup' }, run: 'b', report: well, captured: second },
    points: [whole('a', first), whole('b', second)],
  },
  verify: {
    ...{ ...base, operation: { do: 'verify' }, run: 'v', report: verified('a', 'b') },
    points: [whole('a', first), whole('b', second)],
  },
  restore: {
    ...{ ...base, operation: { do: 'restore', point: 0 }, run: 'r', report: well, point: 'a', restored: first },
    points: [whole('a', first), whole('b', second)],
  },
  delete: {
    ...{ ...base, operation: { do: 'delete', point: 0 }, run: 'd', report: well, point: 'a' },
    points: [marked('a'), whole('b', second)],
  },
  prune: {
    ...{ ...base, operation: { do: 'prune', keepLast: 1 }, run: 'p', report: well },
    points: [marked('a'), whole('b', second)],
  },
  undone: {
    ...{ ...base, ...cancelled, operation: { do: 'restore', point: 1 }, run: 'u', point: 'b', restored: new Map() },
    points: [marked('a'), whole('b', second)],
  },
} satisfies Readonly<Record<string, Happened>>;
type Name = keyof typeof history;

function judged(changes: Partial<Record<Name, Partial<Happened>>> = {}, leftovers: readonly string[] = []): string[] {
  const happened = Object.entries(history).map(([name, one]) => ({ ...one, ...changes[name as Name] }));
  return judgeHistory({ happened, leftovers });
}

const short: Objects = new Map([['configmaps (shop)/config', '{"data":{"a":"1"}}']]);
const stale: Objects = new Map([...second, ['configmaps (shop)/old', '{}']]);

describe('the judge of histories', () => {
  it('finds nothing in one that is as it should be', () => {
    expect(judged()).toEqual([]);
    // What the server puts in every namespace is nobody's mistake.
    const served = new Map([...first, ['configmaps (shop)/kube-root-ca.crt', '{}'], ['namespaces /(shop)', '{}']]);
    expect(judged({ restore: { restored: served } })).toEqual([]);
  });

  it.each<[string, Partial<Record<Name, Partial<Happened>>>, RegExp]>([
    [
      'a restore that lacks an object and says it succeeded',
      { restore: { restored: short } },
      /it succeeded: missing secrets/,
    ],
    [
      'a restore that brought what was not captured',
      { restore: { restored: stale } },
      /it succeeded: extra configmaps/,
    ],
    [
      'a restore that failed, and left a part',
      { undone: { restored: short } },
      /ended CANCELLED RUN_CANCELLED, and the target holds 1 objects/,
    ],
    [
      'a restore that was cancelled, and whose report says that it succeeded',
      { undone: { report: well } },
      /its report says that it succeeded/,
    ],
    [
      'a point that holds less than there was',
      { verify: { points: [whole('a', first), whole('b', first)] } },
      /b: missing/,
    ],
    [
      'a point that holds what was deleted before',
      { verify: { points: [whole('a', first), whole('b', stale)] } },
      /b: extra/,
    ],
    [
      'a point whose content is gone while it looks restorable',
      { prune: { points: [marked('a'), { ...whole('b', second), problem: 'ENOENT' }] } },
      /b looks restorable: ENOENT/,
    ],
    [
      'a point that nobody made',
      { verify: { points: [whole('a', first), whole('b', second), whole('x', first)] } },
      /nobody made/,
    ],
    ['a backup without a point', { backup1: { points: [] } }, /it succeeded, and there is no recovery point/],
    [
      'a point that goes though nobody deleted it',
      { verify: { points: [whole('b', second)] } },
      /nobody deleted a, and it is gone/,
    ],
    [
      'a pruning that takes the newest',
      { prune: { points: [marked('a'), marked('b')] } },
      /nobody deleted b, and it is gone/,
    ],
    ['a deletion without a mark', { delete: { points: [whole('a', first), whole('b', second)] } }, /a is not marked/],
    ['a verification that leaves a point out', { verify: { report: verified('a') } }, /did not read b/],
    [
      'a verification that does not see a damage',
      { verify: { damaged: ['a'] } },
      /says that a is whole, which is damaged/,
    ],
    [
      'a run that ends for nothing',
      { restore: { report: { outcome: 'failed', exitCode: 1 } } },
      /nothing kept it from/,
    ],
    [
      'a run that says a point is gone which is there',
      { undone: { isStruck: false, status: 'REFUSED', code: 'RECOVERY_POINT_DELETED' } },
      /nothing kept it from doing its work/,
    ],
    ['a run that does not end', { restore: { stuck: 'an activity' } }, /it did not end; it waited for an activity/],
    ['a run that ends with INTERNAL', { undone: { code: 'INTERNAL' } }, /ended with INTERNAL/],
    ['a run that has ended without a code', { undone: { code: '' } }, /ended without a code/],
    [
      'a run that keeps its hold of a point',
      { restore: { points: [{ ...whole('a', first), uses: ['r'] }, whole('b', second)] } },
      /still uses a/,
    ],
    ['a trace on a cluster', { undone: { traces: ['a trace of the run on namespaces /x'] } }, /a trace of the run on/],
  ])('catches %s', (_what, changes, expected) => {
    const problems = judged(changes);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).toMatch(expected);
  });

  it('catches what is left in the store', () => {
    expect(judged({}, ['objects/segments/ab/abcd'])).toEqual(['the store still holds objects/segments/ab/abcd']);
  });

  it('accepts a refusal that is true', () => {
    const gone = { ...cancelled, isStruck: false, status: 'REFUSED', code: 'RECOVERY_POINT_DELETED', point: 'a' };
    const { report: _, ...undone } = history.undone;
    const happened = [...Object.values(history), { ...undone, ...gone, report: undefined }].map(
      ({ report, ...one }) => (report === undefined ? one : { ...one, report }) as Happened
    );
    expect(judgeHistory({ happened, leftovers: [] })).toEqual([]);
  });

  it('accepts what another run did meanwhile, and nothing else', () => {
    const deletion = { ...history.delete, points: [marked('a'), whole('b', second)], isBeside: true, step: 7 };
    const held = { ...history.backup2, points: [marked('a'), whole('b', second)], isBeside: true, step: 7 };
    expect(judgeHistory({ happened: [history.backup1, held, deletion], leftovers: [] })).toEqual([]);
    const apart = { ...deletion, step: 8 };
    expect(judgeHistory({ happened: [history.backup1, held, apart], leftovers: [] })).toContainEqual(
      expect.stringContaining('nobody deleted a, and it is gone')
    );
  });

  it('accepts in a backup that was held either of what the source held, object by object', () => {
    const beside = { ...history.backup2, run: 'c', isBeside: true, step: 7 };
    const other = { ...history.backup1, isBeside: true, step: 7 };
    const judge = (objects: Objects): string[] => {
      const points = [whole('a', objects), whole('c', second)];
      return judgeHistory({
        happened: [
          { ...other, points },
          { ...beside, points },
        ],
        leftovers: [],
      });
    };
    expect([judge(first), judge(second)]).toEqual([[], []]);
    expect(judge(short)).toContainEqual(expect.stringContaining('a: missing secrets'));
    expect(judge(stale)).toContainEqual(expect.stringContaining('a: extra configmaps'));
  });

  it('accepts a verification that fails by what was damaged', () => {
    const failed = { status: 'FAILED', code: 'STORED_OBJECT_CORRUPT', report: { outcome: 'failed', exitCode: 1 } };
    expect(judged({ verify: { ...failed, damaged: ['a'] } })).toEqual([]);
    expect(judged({ verify: failed })).toContainEqual(expect.stringContaining('nothing kept it from'));
  });
});
