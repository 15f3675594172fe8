import { describe, expect, it } from 'vitest';
import { parseInstant } from '../run/instant.ts';
import { instantText } from './dates.ts';
import { firesAfter, parseCron } from './cron.ts';

function next(cron: string, timeZone: string, [after, count]: readonly [string, number]): readonly string[] {
  const line = parseCron(cron);
  if (typeof line === 'string') throw new Error(line);
  return [...firesAfter(line, timeZone, parseInstant(after) ?? 0).take(count)].map(instantText);
}

describe('a cron line', () => {
  it.each([
    ['0 3 * * *', 'UTC', '2026-12-01T03:00:00Z', ['2026-12-02T03:00:00Z', '2026-12-03T03:00:00Z']],
    ['*/30 6 * * mon-fri', 'UTC', '2026-12-04T06:00:00Z', ['2026-12-04T06:30:00Z', '2026-12-07T06:00:00Z']],
    ['0 0 1 jan *', 'UTC', '2026-12-01T00:00:00Z', ['2027-01-01T00:00:00Z']],
    ['0 4 29 2 *', 'UTC', '2026-12-01T00:00:00Z', ['2028-02-29T04:00:00Z', '2032-02-29T04:00:00Z']],
    ['15 0 * * 7', 'UTC', '2026-12-01T00:00:00Z', ['2026-12-06T00:15:00Z']],
    ['0 3 * * *', 'Asia/Tokyo', '2026-12-01T00:00:00Z', ['2026-12-01T18:00:00Z']],
    // 02:30 is skipped on 28 March and is twice on 31 October.
    ['30 2 * * *', 'Europe/Berlin', '2027-03-27T00:00:00Z', ['2027-03-27T01:30:00Z', '2027-03-29T00:30:00Z']],
    ['30 2 * * *', 'Europe/Berlin', '2027-10-30T12:00:00Z', ['2027-10-31T00:30:00Z', '2027-11-01T01:30:00Z']],
  ])('%s in %s fires after %s', (cron, zone, after, expected) => {
    expect(next(cron, zone, [after, expected.length])).toEqual(expected);
  });

  it.each([
    '',
    '* * * *',
    '60 * * * *',
    '* 24 * * *',
    '5-1 * * * *',
    '@daily',
    'a * * * *',
    '*/0 * * * *',
    '0 0 1 * mon',
  ])('is refused as %o', (cron) => {
    expect(parseCron(cron)).toEqual(expect.any(String));
  });

  it('ends where it never fires', () => {
    expect(next('0 0 31 2 *', 'UTC', ['2026-12-01T00:00:00Z', 1])).toEqual([]);
  });
});
