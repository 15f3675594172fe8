import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentialsFromFile, readProfileKeys } from './credentials-file.ts';

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'landfall-aws-'));
  file = join(folder, 'credentials');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const text = `# of the store
[default]
aws_access_key_id = half
[web]
aws_access_key_id=AK
aws_secret_access_key = S/K+== ; since May
s3 =
  addressing_style = path
[profile backup]
aws_access_key_id = BK
aws_secret_access_key = other
aws_session_token = token
[assumed]
role_arn = arn:aws:iam::1:role/r
source_profile = web
`;

describe('readProfileKeys', () => {
  it.each([
    ['web', { accessKeyId: 'AK', secretAccessKey: 'S/K+==' }],
    ['backup', { accessKeyId: 'BK', secretAccessKey: 'other', sessionToken: 'token' }],
  ])('gives the keys of profile %s', async (profile, keys) => {
    await writeFile(file, text);
    expect(await readProfileKeys('store', { file, profile })).toEqual(keys);
  });

  it.each([
    ['none', 'there is no such profile'],
    ['default', 'aws_access_key_id or aws_secret_access_key is absent'],
    ['assumed', 'aws_access_key_id or aws_secret_access_key is absent'],
  ])('names what profile %s lacks', async (profile, why) => {
    await writeFile(file, text);
    const detail = expect.objectContaining({ why, ref: file }) as unknown;
    await expect(readProfileKeys('store', { file, profile })).rejects.toMatchObject({
      code: 'LOCATION_CREDENTIALS',
      detail,
    });
  });

  it('distinguishes a file that cannot be read from an empty one', async () => {
    const absent = { file: join(folder, 'absent'), profile: 'web' };
    await expect(readProfileKeys('store', absent)).rejects.toThrow(/absent of Location store cannot be read/);
  });
});

it('takes up a key that was rotated', async () => {
  const read = credentialsFromFile('store', { file, profile: 'web' });
  await writeFile(file, text);
  expect(await read()).toMatchObject({ accessKeyId: 'AK' });
  await writeFile(file, text.replace('AK', 'AK2'));
  const { accessKeyId, expiration } = await read();
  expect(accessKeyId).toBe('AK2');
  expect(expiration.getTime()).toBeGreaterThan(Date.now() + 5 * 60_000);
});
