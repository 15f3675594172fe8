import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffOperations } from './diff.ts';
import { applyPatch } from './patch.ts';

describe('differences as a patch', () => {
  it('names only what differs', () => {
    expect(diffOperations({ a: 1, b: { c: 2, 'd/e': 3 } }, { a: 1, b: { c: 4 }, f: [] })).toEqual([
      { op: 'replace', path: '/b/c', value: 4 },
      { op: 'remove', path: '/b/d~1e' },
      { op: 'add', path: '/f', value: [] },
    ]);
    expect(diffOperations([1, 2, 3, 4], [1, 4])).toEqual([
      { op: 'remove', path: '/2' },
      { op: 'remove', path: '/1' },
    ]);
    expect(diffOperations([{ a: 1 }, 2], [{ a: 2 }, 3, 2])).toEqual([
      { op: 'replace', path: '/0/a', value: 2 },
      { op: 'add', path: '/1', value: 3 },
    ]);
  });
  it('leads from any value to any other', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    fc.assert(
      fc.property(value, value, (before, after) => {
        const patched = applyPatch(JSON.stringify(before), diffOperations(before, after));
        expect(JSON.parse(patched)).toEqual(JSON.parse(JSON.stringify(after)));
      }),
      { numRuns: 300 }
    );
  });
});
