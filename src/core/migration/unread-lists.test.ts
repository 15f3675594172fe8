import { describe, expect, it } from 'vitest';
import { unreadFindings } from './unread-lists.ts';

const group = (rule: string, count: number) => ({ rule, reason: 'nobody may look', count, examples: ['Pod shop/a'] });

describe('what the capture could not read', () => {
  it('is reported for objects that were left out unseen, with the whole number', () => {
    const leftOutGroups = [group('owned/unseen', 3), group('owned/controller', 9), group('derived/unseen', 1)];
    expect(unreadFindings('west', { leftOutGroups })).toMatchObject([
      { code: 'CHECK_NOT_MADE', severity: 'warning', message: 'left out: Pod shop/a and 2 more: nobody may look' },
      { code: 'CHECK_NOT_MADE', severity: 'warning', message: 'left out: Pod shop/a: nobody may look' },
    ]);
  });

  it('is reported for kinds that never travel as information, all in one', () => {
    const uncounted = ['leases', 'cronreports.example.com', 'leases'].map((kind) => ({ kind, why: '403' }));
    expect(unreadFindings('west', { leftOutGroups: [], uncounted })).toMatchObject([
      {
        severity: 'info',
        message: expect.stringMatching(/^objects of cronreports.example.com, leases never/) as string,
      },
    ]);
  });

  it('is nothing where everything was read', () => {
    expect(unreadFindings('west', { leftOutGroups: [group('owned/controller', 1)] })).toEqual([]);
  });
});
