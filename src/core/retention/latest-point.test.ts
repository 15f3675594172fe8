import { expect, it } from 'vitest';
import { errorDetail } from '../errors.ts';
import { latestPoint } from './latest-point.ts';

type Point = Parameters<typeof latestPoint>[0][number];

function point(id: string, committedAtMs: number, more: Partial<Point> = {}): Point {
  return { id, committedAtMs, uses: [], manifest: { name: 'shop' }, ...more };
}
const location = { location: 'store' };

it('is the newest that is complete, whatever the order of the list', () => {
  expect(latestPoint([point('b', 2), point('c', 3), point('a', 1)], location).id).toBe('c');
});

it('is none that is being written, or that is marked for deletion', () => {
  const { committedAtMs: _, ...open } = point('open', 9);
  expect(latestPoint([point('a', 1), open, point('gone', 8, { markedAtMs: 8 })], location).id).toBe('a');
});

it('has the name that is asked for', () => {
  const other = point('other', 5, { manifest: { name: 'tools' } });
  expect(latestPoint([point('a', 1), other], { ...location, name: 'shop' }).id).toBe('a');
  expect(() => latestPoint([other], { ...location, name: 'shop' })).toThrow(
    'RECOVERY_POINT_NOT_FOUND: Location store has no complete recovery point named shop'
  );
});

it('is never an older one in place of a newer one that cannot be read', () => {
  const { manifest: _, ...unread } = point('torn', 5, {
    problem: errorDetail('STORED_OBJECT_CORRUPT', { what: 'it is torn' }),
  });
  expect(() => latestPoint([point('a', 1), unread], location)).toThrow(
    'the newest recovery point in Location store is torn'
  );
  // Its name is not known: it may be one of those that are asked for.
  expect(() => latestPoint([point('a', 1), unread], { ...location, name: 'shop' })).toThrow('STORED_OBJECT_CORRUPT');
  expect(latestPoint([point('a', 9), unread], location).id).toBe('a');
});
