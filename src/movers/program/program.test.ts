import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kopiaFailure } from './kopia-failure.ts';
import { collidingNames, nameInKopia } from './kopia-names.ts';
import { parseKopiaProgress } from './kopia-progress.ts';
import { orderedMap } from './ordered-map.ts';
import { splitLines } from './split-lines.ts';
import { walkTree } from './walk.ts';

test.each([
  [
    ' * 0 hashing, 3 hashed (47 B), 16 cached (55.4 MB), uploaded 196 B, estimating...',
    { doneBytes: 55_400_047, totalBytes: 0, doneFiles: 19, totalFiles: 0 },
  ],
  [
    ' / 1 hashing, 2 hashed (1 GB), 0 cached (0 B), uploaded 1 KB, estimated 2.5 GB (40.0%) 3s left',
    { doneBytes: 1e9, totalBytes: 2.5e9, doneFiles: 2, totalFiles: 0 },
  ],
  [
    'Processed 30 (55.4 MB) of 29 (60 MB) 10 MB/s (3.1%) remaining 5s.',
    { doneBytes: 55_400_000, totalBytes: 60_000_000, doneFiles: 30, totalFiles: 29 },
  ],
  ['Snapshotting landfall@landfall:/x ...', undefined],
])('reads progress of kopia: %s', (line, expected) => {
  expect(parseKopiaProgress(line)).toEqual(expected);
});

test.each([
  ['error connecting: invalid repository password', false, 'LOCATION_CREDENTIALS'],
  ['dial tcp 127.0.0.1:9: connect: connection refused', false, 'LOCATION_UNREACHABLE'],
  [
    'Processed 3 (1 MB) of 9 (2 MB) 1 MB/s (50%) remaining 1s.write /volume/x: no space left on device',
    true,
    'VOLUME_FULL',
  ],
  ['write /scratch/x: no space left on device', false, 'VOLUME_MOVER_FAILED'],
  ['Access Denied.', false, 'LOCATION_FORBIDDEN'],
  ['unable to list from the bucket: ListBlobs: googleapi: Error 403: x', false, 'LOCATION_FORBIDDEN'],
  ['ListBlobs: googleapi: Error 401: Invalid Credentials, authError', false, 'LOCATION_CREDENTIALS'],
  ['auth: cannot fetch token: 400; Response: {"error":"invalid_grant"}', false, 'LOCATION_CREDENTIALS'],
  ['dialing: credentials: could not find default credentials. See x', false, 'LOCATION_CREDENTIALS'],
  ["storage: bucket doesn't exist: googleapi: Error 404: Not Found", false, 'LOCATION_NOT_FOUND'],
  ['something else', false, 'VOLUME_MOVER_FAILED'],
] as const)('turns %s into a code', (output, intoVolume, code) => {
  expect(kopiaFailure('x', output, intoVolume).code).toBe(code);
});

test('reports why without what was announced and how far it came', () => {
  const output = [
    'Restoring to local filesystem (/scratch/volume) with parallelism=4...',
    'Processed 3 (1 MB) of 9 (2 MB) 1 MB/s (50%) remaining 1s.',
    'error restoring: write /scratch/volume/x: no space left on device',
  ].join('\n');
  expect(kopiaFailure('restore', output, true).detail).toMatchObject({
    why: 'error restoring: write /scratch/volume/x: no space left on device',
  });
});

test('names in kopia: every bad byte becomes one replacement character', () => {
  expect(nameInKopia('\xc3\xa9')).toBe('\xc3\xa9');
  expect(nameInKopia('a\xffb')).toBe('a\xef\xbf\xbdb');
  expect(nameInKopia('\xe2\x82')).toBe('\xef\xbf\xbd\xef\xbf\xbd');
  expect(nameInKopia('\xed\xa0\x80')).toBe('\xef\xbf\xbd'.repeat(3));
  expect(collidingNames(['a', 'b\xff'])).toEqual(new Set());
  expect(collidingNames(['b\xfe', 'b\xff', 'b\xef\xbf\xbd', 'c\xff'])).toEqual(
    new Set(['b\xfe', 'b\xff', 'b\xef\xbf\xbd'])
  );
});

test('ordered map keeps the order and the bound, and fails with the first failure', async () => {
  let underWay = 0;
  let most = 0;
  const results: number[] = [];
  const slow = async (item: number): Promise<number> => {
    most = Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, (item % 3) * 2));
    underWay--;
    return item;
  };
  for await (const item of orderedMap(
    Array.from({ length: 20 }, (_, index) => index),
    4,
    slow
  ))
    results.push(item);
  expect(results).toEqual(Array.from({ length: 20 }, (_, index) => index));
  expect(most).toBe(4);
  const failing = orderedMap([1, 2, 3], 2, (item) =>
    item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item)
  );
  await expect(Array.fromAsync(failing)).rejects.toThrow('two');
});

test('lines end at line feeds only', async () => {
  async function* chunks(): AsyncGenerator<string> {
    yield* ['a\u2028b', '\rc\nd', '\n\ne'];
  }
  expect(await Array.fromAsync(splitLines(chunks() as unknown as NodeJS.ReadableStream))).toEqual([
    'a\u2028b\rc',
    'd',
    '',
    'e',
  ]);
});

test('a walk is in byte order and leaves an empty lost+found out', () => {
  const root = mkdtempSync(join(tmpdir(), 'landfall-walk-'));
  try {
    for (const directory of ['a', 'a.d', 'lost+found']) mkdirSync(join(root, directory));
    for (const file of ['a/b', 'a-c', 'a.d/x', 'é']) writeFileSync(join(root, file), '');
    expect([...walkTree(root)].map(({ path }) => path)).toEqual(['.', 'a', 'a/b', 'a-c', 'a.d', 'a.d/x', '\xc3\xa9']);
    writeFileSync(join(root, 'lost+found/#1'), '');
    expect([...walkTree(root)].map(({ path }) => path)).toContain('lost+found/#1');
  } finally {
    rmSync(root, { recursive: true });
  }
});

test('a path that is longer than the system takes is named, cut', () => {
  const root = mkdtempSync(join(tmpdir(), 'landfall-deep-'));
  const script =
    'const fs = require("node:fs"); for (let i = 0; i < 20; i++) { fs.mkdirSync("d".repeat(255)); process.chdir("d".repeat(255)); }';
  try {
    expect(spawnSync(process.execPath, ['-e', script], { cwd: root }).status).toBe(0);
    expect(() => [...walkTree(root)]).toThrow(/VOLUME_PATH_TOO_LONG: a path of \d{4} bytes/);
    const walk = (): void => [...walkTree(root)].forEach(() => undefined);
    const why = expect.stringMatching(/^d{200} \.\.\. [d/]{200}$/) as string;
    expect(walk).toThrow(expect.objectContaining({ detail: expect.objectContaining({ why }) as object }));
  } finally {
    spawnSync('rm', ['-rf', root]);
  }
});

test('names of 255 bytes are walked', () => {
  const root = mkdtempSync(join(tmpdir(), 'landfall-long-'));
  try {
    writeFileSync(join(root, 'n'.repeat(255)), '');
    expect([...walkTree(root)].map(({ path }) => path)).toEqual(['.', 'n'.repeat(255)]);
  } finally {
    rmSync(root, { recursive: true });
  }
});
