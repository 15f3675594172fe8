import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readEngine, writeEngine } from './engine-file.ts';

it('the state of the engine is for its owner alone', () => {
  const parent = mkdtempSync(join(tmpdir(), 'engine-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const state = join(parent, 'share', 'landfall');
  writeEngine(state, { port: 7233 });
  expect(readEngine(state)).toEqual({ port: 7233 });
  const modes = [join(parent, 'share'), state, join(state, 'engine.json')].map((path) => statSync(path).mode & 0o777);
  expect(modes).toEqual([0o700, 0o700, 0o600]);
});
