import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commit, sample } from '../../../test/contract/location-capture.ts';
import { judgeAccess } from '../../core/access/verdict.ts';
import type { FilesystemLocationSpec } from '../../core/spec/spec.ts';
import { openLocation } from '../../locations/open-location.ts';
import { createIdentity } from '../location-keys/create.ts';
import { doctorLines } from './text.ts';
import { tryLocation } from './try-location.ts';

let root: string;
let spec: FilesystemLocationSpec;
let copy: FilesystemLocationSpec;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'landfall-doctor-'));
  const recipient = await createIdentity(join(root, 'key.txt'), 0);
  const encryption = { recipients: [recipient], identity: { file: join(root, 'key.txt') } };
  spec = { name: 'store', provider: 'filesystem', path: root, prefix: 'store/', encryption };
  copy = { ...spec, name: 'offline', prefix: 'offline/' };
  spec = { ...spec, access: [{ name: 'offline-copy', copy: 'offline' }] };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const now = '2026-12-01T00:00:00.000Z';

it('reads the newest point by every rung, and decrypts an object of it', async () => {
  for (const [one, id] of [
    [spec, 'shop-1'],
    [copy, 'shop-2'],
  ] as const) {
    const location = await openLocation(one);
    await commit(location, id, [[sample('web', '{"a":1}')]]);
    await location.close();
  }
  const tried = await tryLocation(spec, [spec, copy]);
  expect(tried.ways.map(({ name, read }) => [name, read])).toEqual([
    ['own', expect.stringMatching(/manifest of shop-1 .* decrypted /u)],
    ['offline-copy', expect.stringMatching(/manifest of shop-2 .* decrypted /u)],
  ]);
  const report = judgeAccess([tried], now);
  expect(report).toMatchObject({ restorable: true });
  expect(doctorLines(report).join('\n')).toContain(`All its rungs lead to one account, directory ${root}`);
});

it('says which rung lets nobody in, and that the others do', async () => {
  const location = await openLocation(copy);
  await commit(location, 'shop-2', [[sample('web', '{"a":1}')]]);
  await location.close();
  const broken = { ...spec, path: join(root, 'gone') };
  const report = judgeAccess([await tryLocation(broken, [broken, copy])], now);
  expect(report.restorable).toBe(true);
  const text = doctorLines(report).join('\n');
  expect(text).toContain('✗ own');
  expect(text).toContain('Only the rung offline-copy of 2 works');
  const alone = judgeAccess([await tryLocation({ ...broken, access: [] }, [])], now);
  expect(alone.restorable).toBe(false);
  expect(doctorLines(alone).at(-1)).toBe('Not restorable: Location store.');
});

it('does not open what the identity does not open', async () => {
  const location = await openLocation(copy);
  await commit(location, 'shop-2', [[sample('web', '{"a":1}')]]);
  await location.close();
  await createIdentity(join(root, 'other.txt'), 0);
  const encryption = { recipients: ['x'], identity: { file: join(root, 'other.txt') } };
  const { ways } = await tryLocation({ ...copy, encryption }, []);
  expect(ways[0]).toMatchObject({ problem: { code: expect.stringMatching(/^KEY_/u) as string } });
  expect(ways[0]?.read).toBeUndefined();
});
