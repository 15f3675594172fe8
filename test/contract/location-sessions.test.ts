import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { S3CredentialsSpec, S3LocationSpec } from '../../src/core/spec/spec.ts';
import { providerOf } from '../../src/locations/registry.ts';
import { readProfileKeys } from '../../src/locations/s3/credentials-file.ts';
import { loopbackSts, type IssuedKeys, type LoopbackSts } from '../support/loopback-sts.ts';
import { bytes, expectError, opened } from './location-failures.ts';
import { s3Spec, temporaryDirectory } from './location-servers.ts';

const role = 'arn:aws:iam::123456789012:role/landfall';
const other = 'arn:aws:iam::210987654321:role/backups';

interface Sessions {
  readonly sts: LoopbackSts;
  readonly keys: IssuedKeys;
  readonly spec: (credentials: S3CredentialsSpec) => S3LocationSpec;
  readonly token: string;
  readonly file: string;
}

/** The lab's S3 store behind a way that asks for sessions of a token service. */
async function sessions(): Promise<Sessions> {
  const plain = await s3Spec();
  const file = plain.credentials?.file ?? '';
  const keys = { ...(await readProfileKeys('lab', { file, profile: 'default' })), sessionMs: 3_600_000 };
  const sts = await loopbackSts(keys);
  onTestFinished(() => sts.close());
  const endpoint = await sts.guard(plain.endpoint ?? '');
  const token = join(temporaryDirectory('token'), 'token');
  writeFileSync(token, 'token-1', { mode: 0o600 });
  const spec = (credentials: S3CredentialsSpec): S3LocationSpec => ({
    ...{ ...plain, endpoint },
    credentials: { ...credentials, stsEndpoint: sts.url },
  });
  return { sts, keys, spec, token, file };
}

it('exchanges the token of a pod for a session, once for many requests, and reads a token that was renewed', async () => {
  const { sts, keys, spec, token } = await sessions();
  sts.roles.set(role, { tokens: ['token-1', 'token-2'] });
  const location = await opened(spec({ webIdentity: { role, tokenFile: token, sessionName: 'shop' } }));
  expect(await location.create('k', bytes)).toBe('created');
  expect(Buffer.from(await location.read('k')).toString()).toBe('content');
  expect(sts.asked).toHaveLength(1);
  expect(sts.asked[0]?.get('RoleSessionName')).toBe('shop');
  // A session that ends within five minutes is renewed with each request, before it ends.
  keys.sessionMs = 60_000;
  sts.revoke();
  await expectError(location.read('k'), 'LOCATION_CREDENTIALS', role);
  writeFileSync(token, 'token-2');
  expect(Buffer.from(await location.read('k')).toString()).toBe('content');
  expect(sts.asked.at(-1)?.get('WebIdentityToken')).toBe('token-2');
  const before = sts.asked.length;
  await location.read('k');
  expect(sts.asked.length).toBeGreaterThan(before);
});

it('assumes a role of another account with an external id, from keys and from the token of a pod', async () => {
  const { sts, keys, spec, token, file } = await sessions();
  sts.roles.set(other, { keys: [keys.accessKeyId], externalId: 'backups-of-shop' });
  sts.roles.set(role, { tokens: ['token-1'] });
  const assumeRole = { role: other, externalId: 'backups-of-shop', durationMs: 900_000 };
  const byKeys = await opened(spec({ file, profile: 'default', assumeRole }));
  expect(await byKeys.create('k', bytes)).toBe('created');
  expect(sts.asked[0]?.get('DurationSeconds')).toBe('900');
  const byToken = await opened(spec({ webIdentity: { role, tokenFile: token }, assumeRole }));
  expect(Buffer.from(await byToken.read('k')).toString()).toBe('content');
  expect(sts.asked.map((asked) => asked.get('Action'))).toEqual([
    'AssumeRole',
    'AssumeRoleWithWebIdentity',
    'AssumeRole',
  ]);
});

it('says which identity lacks what where no session is issued', async () => {
  const { sts, spec, token, file } = await sessions();
  sts.roles.set(role, { tokens: ['token-1'] });
  const wrongId = await opened(spec({ file, assumeRole: { role: other, externalId: 'guessed' } }));
  await expectError(wrongId.read('k'), 'LOCATION_IDENTITY_REFUSED', 'sts:AssumeRole');
  await expectError(wrongId.read('k'), 'LOCATION_IDENTITY_REFUSED', other);
  const location = await opened(spec({ webIdentity: { role, tokenFile: token } }));
  writeFileSync(token, 'expired-token');
  await expectError(location.read('k'), 'LOCATION_IDENTITY_REFUSED', 'ExpiredTokenException');
  writeFileSync(token, 'token-1');
  expect(await location.create('k', bytes)).toBe('created');
  const absent = await opened(spec({ webIdentity: { role, tokenFile: `${token}-absent` } }));
  await expectError(absent.read('k'), 'LOCATION_CREDENTIALS', 'there is no such file');
});

it('tells a token service that does not answer from a store that does not', async () => {
  const { sts, spec, token } = await sessions();
  const { stsEndpoint: _, ...credentials } = spec({ webIdentity: { role, tokenFile: token } }).credentials ?? {};
  const named = spec(credentials);
  sts.close();
  const location = await opened({ ...named, credentials: { ...credentials, stsEndpoint: 'http://127.0.0.1:1' } });
  await expectError(location.read('k'), 'LOCATION_IDENTITY_UNREACHABLE', '127.0.0.1:1');
});

it('reads a profile of the AWS configuration, whose role it assumes, and says of an SSO profile that its login is absent', async () => {
  const { sts, keys, spec } = await sessions();
  sts.roles.set(role, { keys: [keys.accessKeyId] });
  const folder = temporaryDirectory('aws');
  const [config, shared] = [join(folder, 'config'), join(folder, 'credentials')];
  writeFileSync(
    config,
    `[profile platform]\nrole_arn = ${role}\nsource_profile = base\nregion = us-east-1\n
[profile sso]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Reader\n
[sso-session corp]\nsso_region = us-east-1\nsso_start_url = https://corp.awsapps.com/start\nsso_registration_scopes = sso:account:access\n`
  );
  writeFileSync(
    shared,
    `[base]\naws_access_key_id = ${keys.accessKeyId}\naws_secret_access_key = ${keys.secretAccessKey}\n`,
    {
      mode: 0o600,
    }
  );
  const environment = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: shared, AWS_ENDPOINT_URL_STS: sts.url };
  for (const [name, value] of Object.entries({ ...environment, HOME: folder })) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const profile = await opened(spec({ profile: 'platform' }));
  expect(await profile.create('k', bytes)).toBe('created');
  expect(sts.asked.at(-1)?.get('RoleArn')).toBe(role);
  const sso = await opened(spec({ profile: 'sso' }));
  await expectError(sso.read('k'), 'LOCATION_CREDENTIALS', 'aws sso login');
});

it('gives pods that move volumes the keys of a session, and no word of them in an error', async () => {
  const { sts, keys, spec, token } = await sessions();
  sts.roles.set(role, { tokens: ['token-1'] });
  const named = spec({ webIdentity: { role, tokenFile: token } });
  const connection = await providerOf(named).pods?.connect(named, {
    resolveSecret: ({ ...source }) => Promise.reject(new Error(JSON.stringify(source))),
  });
  expect(connection).toMatchObject({
    accessKeyId: keys.accessKeyId,
    sessionToken: expect.stringMatching(/^session-/u) as string,
  });
  writeFileSync(token, 'expired-and-secret');
  const error: unknown = await (await opened(named)).read('k').catch((caught: unknown) => caught);
  expect(JSON.stringify(error)).not.toContain(readFileSync(token, 'utf8'));
});
