import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { chooseCapacity } from './capabilities.ts';
import { paginate } from './paging.ts';

const GIB = 1024 ** 3;

describe('lab/csi-driver/capabilities', () => {
  test.each([
    { required: 0, limit: 0, source: 0, chosen: GIB },
    { required: 5, limit: 0, source: 0, chosen: 5 },
    { required: 5, limit: 5, source: 0, chosen: 5 },
    { required: 0, limit: 7, source: 0, chosen: 7 },
    { required: 0, limit: 0, source: 9, chosen: 9 },
    { required: 9, limit: 0, source: 9, chosen: 9 },
  ])('chooses $chosen for required $required, limit $limit, source $source', ({ required, limit, source, chosen }) => {
    expect(chooseCapacity({ requiredBytes: required, limitBytes: limit }, source)).toBe(chosen);
  });

  test.each([
    { required: 6, limit: 5, source: 0 },
    { required: 5, limit: 0, source: 9 },
    { required: 0, limit: 5, source: 9 },
  ])('finds required $required, limit $limit, source $source out of range', ({ required, limit, source }) => {
    const choose = (): number => chooseCapacity({ requiredBytes: required, limitBytes: limit }, source);

    expect(choose).toThrow(expect.objectContaining({ code: status.OUT_OF_RANGE }));
  });
});

describe('lab/csi-driver/paging', () => {
  const record = (sequence: number) => ({ id: String(sequence), name: '', createdAtMs: 0, sequence });

  test('goes on after a page whose last entry was deleted and sees what was added', () => {
    const first = paginate([1, 2, 3].map(record), { maxEntries: 2, startingToken: '' });

    const second = paginate([1, 3, 4].map(record), { maxEntries: 2, startingToken: first.nextToken });

    expect(second).toEqual({ entries: [record(3), record(4)], nextToken: '' });
  });
});
