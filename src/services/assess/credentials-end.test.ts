import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { locationCredentialsEnd } from './credentials-end.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-end-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['[web]\naws_expiration = 2027-01-02T03:04:05Z\n', '2027-01-02T03:04:05.000Z'],
  ['[profile web]\nx_security_token_expires = 2027-01-02T03:04:05+01:00 ; by a tool\n', '2027-01-02T02:04:05.000Z'],
  ['[other]\naws_expiration = 2027-01-02T03:04:05Z\n[web]\n', undefined],
  ['[web]\naws_expiration = soon\n', undefined],
])('session keys in %j end at %s', async (text, notAfter) => {
  const file = join(folder, 'credentials');
  await writeFile(file, text);
  const spec = { name: 'store', provider: 's3', credentials: { file, profile: 'web' } } as LocationSpec;
  const ends = await locationCredentialsEnd(spec);
  expect(ends.map((end) => end.notAfter)).toEqual(notAfter === undefined ? [] : [notAfter]);
});
