import { describe, expect, it } from 'vitest';
import { waitingLines } from './engine.ts';

describe('a local engine that a person has stopped', () => {
  it('names every run that waits for it', () => {
    const lines = waitingLines([
      { run: 'shop-7f3k', kind: 'migrate' },
      { run: 'all-1', kind: 'wave' },
    ]);
    expect(lines).toEqual([
      expect.stringMatching(/migrate shop-7f3k is not over .*resume shop-7f3k$/),
      expect.stringMatching(/wave all-1 is not over .*resume all-1$/),
    ]);
    expect(waitingLines([])).toEqual([]);
  });
});
