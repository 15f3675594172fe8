import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readEngine, writeEngine } from '../engine/engine-file.ts';
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
});
