import { describe, expect, it } from 'vitest';
import { judgeAccess, type TriedSubject, type TriedWay } from './verdict.ts';

const now = '2026-12-01T00:00:00.000Z';
const sooner = '2026-12-02T00:00:00.000Z';
const later = '2027-01-01T00:00:00.000Z';

function way(name: string, change: Partial<TriedWay> = {}): TriedWay {
  return { name, identity: name, provider: name, place: name, read: 'the manifest', newest: 'p', ends: [], ...change };
}

function refused(name: string): TriedWay {
  const { read: _, newest: __, ...rest } = way(name);
  return { ...rest, problem: { code: 'LOCATION_CREDENTIALS', what: 'no', fix: 'renew' } };
}

function location(...ways: readonly TriedWay[]): TriedSubject {
  return { kind: 'Location', name: 'backups', ways };
}

describe('what ends first', () => {
  it.each([
    ['a Location by its last rung that works', [location(way('a', ends(sooner)), way('b', ends(later)))], later],
    ['nothing, where a rung has no end', [location(way('a', ends(sooner)), way('b'))], undefined],
    ['a rung by the first of its ends', [location(way('a', ends(later, sooner)))], sooner],
    [
      'the first of all that a restore needs',
      [location(way('a', ends(later))), { kind: 'Cluster', name: 'target', ways: [way('kubeconfig', ends(sooner))] }],
      sooner,
    ],
    ['a rung that does not work, by nothing', [location(way('a', ends(sooner)), refused('b'))], sooner],
  ] as const)('is %s', (_name, subjects, at) => {
    expect(judgeAccess(subjects, now)).toMatchObject({ restorable: true });
    expect(judgeAccess(subjects, now).until?.at).toBe(at);
  });

  it('is not restorable where no rung works, where its end has passed, and where there is nothing', () => {
    expect(judgeAccess([location(refused('a'), refused('b'))], now).restorable).toBe(false);
    expect(judgeAccess([location(way('a', ends(now)))], sooner).restorable).toBe(false);
    const { newest: _, ...empty } = way('a');
    expect(judgeAccess([location(empty)], now)).toMatchObject({
      restorable: false,
      subjects: [{ warnings: expect.arrayContaining([expect.stringContaining('shows no recovery point')]) as unknown }],
    });
    expect(judgeAccess([], now).restorable).toBe(false);
  });
});

describe('what depends on one thing', () => {
  it.each([
    ['one rung', [way('a')], /one rung/],
    ['one account', [way('a', { place: 'x' }), way('b', { place: 'x' })], /one account, x/],
    ['one identity provider', [way('a', { provider: 'STS' }), way('b', { provider: 'STS' })], /identity provider, STS/],
    ['one rung that works', [way('a'), refused('b')], /Only the rung a of 2 works/],
  ] as const)('is said of %s', (_name, ways, text) => {
    const warnings = judgeAccess([location(...ways)], now).subjects[0]?.warnings ?? [];
    expect(warnings.some((warning) => text.test(warning))).toBe(true);
  });

  it('is not said of rungs that share nothing', () => {
    expect(judgeAccess([location(way('a'), way('b'))], now).subjects[0]?.warnings).toEqual([]);
  });
});

function ends(...at: readonly string[]): Pick<TriedWay, 'ends'> {
  return { ends: at.map((instant) => ({ what: 'the token', at: instant })) };
}
