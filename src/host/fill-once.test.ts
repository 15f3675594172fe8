import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fillOnce } from './fill-once.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'landfall-fill-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

it.each([
  ['a file', (partial: string) => writeFileSync(partial, 'content')],
  [
    'a folder',
    (partial: string) => {
      mkdirSync(partial);
      writeFileSync(join(partial, 'inside'), 'content');
    },
  ],
])('makes %s once for all who want it at the same time', async (_, write) => {
  const target = join(directory, 'below', 'part');
  let made = 0;
  const produce = async (partial: string): Promise<void> => {
    made += 1;
    await pause(20);
    write(partial);
  };
  await expect(Promise.all([1, 2, 3].map(() => fillOnce(target, produce)))).resolves.toEqual([target, target, target]);
  expect(made).toBe(1);
  expect(readdirSync(join(directory, 'below'))).toEqual(['part']);
});

it('leaves nothing of an attempt that fails, and the next one makes it', async () => {
  const target = join(directory, 'part');
  const failing = fillOnce(target, (partial) => {
    writeFileSync(partial, 'half');
    return Promise.reject(new Error('the registry does not answer'));
  });
  await expect(failing).rejects.toThrow('the registry does not answer');
  expect(existsSync(target)).toBe(false);
  await fillOnce(target, (partial) => Promise.resolve(writeFileSync(partial, 'whole')));
  expect(readFileSync(target, 'utf8')).toBe('whole');
  expect(readdirSync(directory)).toEqual(['part']);
});
