import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { GcsLocationSpec } from '../../core/spec/spec.ts';
import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';
import { createRedactor } from '../../host/redact.ts';
import { gcsStorage } from '../../locations/gcs/kopia-storage.ts';
import { gcsPods } from '../../locations/gcs/pods.ts';
import { secretFiles } from '../program/kopia.ts';
import { secretsOf } from './secrets.ts';

type Connection = Extract<RepositoryConnection, { readonly provider: 'gcs' }>;

const bucket: GcsLocationSpec = { name: 'store', provider: 'gcs', bucket: 'b', prefix: 'team/', encryption: 'none' };
const repository = { provider: 'gcs', bucket: 'b', prefix: 'team/volumes/' };

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'landfall-gcs-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function written(content: object): string {
  const file = join(folder(), 'credentials.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
}

/** Gives what pods get; `variable` is GOOGLE_APPLICATION_CREDENTIALS of the worker. */
async function connect(more: Partial<GcsLocationSpec>, variable = ''): Promise<Connection> {
  const resolveSecret = (): Promise<string> =>
    variable === '' ? Promise.reject(new Error('not set')) : Promise.resolve(variable);
  return (await gcsPods.connect({ ...bucket, ...more }, { resolveSecret })) as Connection;
}

const key = {
  type: 'service_account',
  private_key_id: 'k1',
  private_key: '-----BEGIN X-----\nab/c+=\n-----END X-----\n',
};

it('gives pods the credentials file of the Location, that of the worker, or none', async () => {
  const file = written(key);
  const given = { ...repository, credentialsJson: JSON.stringify(key) };
  expect(await connect({ credentials: { file } }, '/nowhere')).toEqual(given);
  expect(await connect({}, file)).toEqual(given);
  expect(await connect({})).toEqual(repository);
});

it('refuses what works on this machine only, and addresses that kopia does not know', async () => {
  const external = written({ type: 'external_account' });
  await expect(connect({ credentials: { file: external } })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    detail: { why: expect.stringContaining('external_account') as string },
  });
  const elsewhere = { code: 'CONFIG_INVALID' };
  await expect(connect({ endpoint: 'https://storage-x.p.googleapis.com' })).rejects.toMatchObject(elsewhere);
  await expect(connect({ endpoint: 'http://h:1/path', anonymous: true })).rejects.toMatchObject(elsewhere);
  expect(await connect({ endpoint: 'http://h:4443/', anonymous: true })).toEqual({
    ...repository,
    emulator: 'http://h:4443',
  });
});

it('hands kopia the credentials in a file of the pod, by a variable and never as an argument', async () => {
  const connection = await connect({ credentials: { file: written(key) } });
  expect(gcsStorage.args(connection)).toEqual(['gcs', '--bucket=b', '--prefix=team/volumes/']);
  expect(gcsStorage.environment(connection)).toEqual({});
  const scratch = folder();
  const variables = secretFiles(scratch, gcsStorage.files?.(connection) ?? {});
  const path = join(scratch, 'credentials/google_application_credentials');
  expect(variables).toEqual({ GOOGLE_APPLICATION_CREDENTIALS: path });
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(key);
  expect([statSync(path).mode & 0o777, statSync(join(scratch, 'credentials')).mode & 0o777]).toEqual([0o600, 0o700]);
  expect(gcsStorage.environment(await connect({ endpoint: 'http://h:4443', anonymous: true }))).toEqual({
    STORAGE_EMULATOR_HOST: 'http://h:4443',
  });
});

it('takes the key out of what people see', async () => {
  const connection = await connect({ credentials: { file: written(key) } });
  const { text } = createRedactor(secretsOf({ password: 'word', repository: connection }));
  expect(text(`${JSON.stringify(key)} ${key.private_key} ${JSON.stringify(key.private_key)}`)).not.toContain('ab/c');
});
