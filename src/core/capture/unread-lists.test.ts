import { describe, expect, it } from 'vitest';
import { unreadFindings } from './unread-lists.ts';

const group = (rule: string, count: number) => ({ rule, reason: 'nobody may look', count, examples: ['Pod shop/a'] });

describe('what the capture could not read', () => {
  it('is reported for objects that were excluded unseen, in words that stay while objects come and go', () => {
    const unseen = [group('owned/unseen', 3), group('owned/controller', 9), group('derived/unseen', 1)];
    const found = unreadFindings('west', { excludedGroups: unseen });
    expect(found).toMatchObject([
      {
        code: 'CHECK_NOT_MADE',
        severity: 'warning',
        message: 'some excluded objects could not be listed: nobody may look',
      },
    ]);
    expect(unreadFindings('west', { excludedGroups: [group('owned/unseen', 4)] })).toEqual(found);
  });

  it('is reported for kinds that never travel as information, with each reason', () => {
    const kinds = ['leases', 'cronreports.example.com', 'leases'];
    const uncounted = [...kinds.map((kind) => ({ kind, why: 'no right' })), { kind: 'views', why: 'an error' }];
    expect(unreadFindings('west', { excludedGroups: [], uncounted })).toMatchObject([
      {
        ...{ severity: 'info', subject: 'west: excluded objects' },
        message:
          'kinds that are never moved and could not be listed are not counted: cronreports.example.com, leases (no right); views (an error)',
      },
    ]);
  });

  it('is nothing where everything was read', () => {
    expect(unreadFindings('west', { excludedGroups: [group('owned/controller', 1)] })).toEqual([]);
  });
});
