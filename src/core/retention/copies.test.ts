import { describe, expect, it } from 'vitest';
import { countVerified, missingCopies, type ReportedCopy } from './copies.ts';

function copy(location: string, change: Partial<ReportedCopy> = {}): ReportedCopy {
  return { location, state: 'verified', objects: 1, bytes: 1, copiedBytes: 1, ...change };
}

describe('copies of a recovery point', () => {
  it('of one group count once, and only those that were verified', () => {
    const copies = [copy('a', { group: 'eu' }), copy('b', { group: 'eu' }), copy('c'), copy('d', { state: 'failed' })];
    expect(countVerified(copies)).toBe(2);
    expect(missingCopies({ quorum: 2 }, copies)).toBeUndefined();
  });

  it('that are missing are named', () => {
    const copies = [copy('a'), copy('b', { state: 'failed' })];
    expect(missingCopies({ quorum: 2 }, copies)).toMatchObject({
      code: 'COPIES_INCOMPLETE',
      what: '1 of 2 copies of the recovery point were verified by reading back: not in b',
    });
    expect(missingCopies({ quorum: 2 }, [copy('a', { group: 'x' }), copy('b', { group: 'x' })])?.what).toContain(
      'copies of one group count once'
    );
  });
});
