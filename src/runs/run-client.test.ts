import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readEngine, writeEngine } from '../engine/engine-file.ts';
import { waitingLines } from '../cli/commands/engine.ts';
import { reviveEngine } from './run-client.ts';

describe('a local engine that a person has stopped', () => {
  const directory = mkdtempSync(join(tmpdir(), 'landfall-engine-'));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('is left alone by whoever watches a run, and what makes the run go on is said', async () => {
    const stopped = { port: 1, stoppedAtMs: 1 };
    writeEngine(directory, stopped);
    expect(await reviveEngine(directory)).toMatch(/was stopped with `landfall engine stop`.*`landfall resume`/);
    expect(readEngine(directory)).toEqual(stopped);
  });

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
