import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openLocation } from '../../src/locations/open-location.ts';
import { probeLocation } from '../../src/locations/probe.ts';
import type { Location } from '../../src/ports/location.ts';
import { useLightLab } from '../support/light-lab.ts';
import { cannedServer, type CannedServer } from './location-canned-server.ts';
import { accountKey, bytes, expectError, firstKey, opened, secret } from './location-failures.ts';
import { azureSpec, filesystemSpec, s3Spec, temporaryDirectory } from './location-servers.ts';

function credentialsFile(accessKeyId: string, secretAccessKey = secret): string {
  const file = join(temporaryDirectory('credentials'), 'credentials');
  const lines = ['[default]', `aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`, ''];
  writeFileSync(file, lines.join('\n'), { mode: 0o600 });
  return file;
}

describe('s3 errors (versitygw)', () => {
  it.each([-1, 1, 24, 365 * 24])('signs by the clock of the store when its own jumps by %i hours', async (hours) => {
    const location = await opened(await s3Spec());
    await location.put('before', bytes);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + hours * 3_600_000 });
    onTestFinished(() => void vi.useRealTimers());
    // A HEAD is refused without a code, so it is the harder one.
    expect(await location.head('before')).toEqual({ sizeBytes: bytes.byteLength });
    vi.setSystemTime(Date.now() - 2 * hours * 3_600_000);
    expect(await location.create('after', bytes)).toBe('created');
  });

  it('names a bucket that does not exist', async () => {
    const location = await opened(await s3Spec({ bucket: `absent-${randomUUID()}` }));
    await expectError(location.create('k', bytes), 'LOCATION_NOT_FOUND', 'NoSuchBucket');
    await expectError(location.read('k'), 'LOCATION_NOT_FOUND');
    await expectError(firstKey(location), 'LOCATION_NOT_FOUND');
    expect((await probeLocation(location)).map((problem) => problem.code)).toEqual(['LOCATION_NOT_FOUND']);
  });

  it('refuses unknown and wrong keys without repeating them', async () => {
    const { s3 } = await useLightLab();
    const unknown = credentialsFile('AKIALANDFALLTEST0000');
    const location = await opened(await s3Spec({ credentials: { file: unknown, profile: 'default' } }));
    await expectError(location.create('k', bytes), 'LOCATION_CREDENTIALS', 'InvalidAccessKeyId');
    const wrong = credentialsFile(s3.accessKeyId);
    const second = await opened(await s3Spec({ credentials: { file: wrong, profile: 'default' } }));
    await expectError(second.read('k'), 'LOCATION_CREDENTIALS', 'SignatureDoesNotMatch');
  });

  it('names a credentials file or profile that is not there', async () => {
    const file = credentialsFile('AKIALANDFALLTEST0000');
    const profile = await opened(await s3Spec({ credentials: { file, profile: 'absent' } }));
    await expectError(profile.read('k'), 'LOCATION_CREDENTIALS', 'there is no such profile');
    const absent = await opened(
      await s3Spec({ credentials: { file: '/nonexistent/credentials', profile: 'default' } })
    );
    await expectError(absent.read('k'), 'LOCATION_CREDENTIALS');
  });

  it('says when nobody listens, and when the name is unknown', async () => {
    const closed = await opened(await s3Spec({ endpoint: 'http://127.0.0.1:1' }));
    await expectError(closed.create('k', bytes), 'LOCATION_UNREACHABLE', 'ECONNREFUSED');
    const unknown = await opened(await s3Spec({ endpoint: 'http://landfall.invalid' }));
    await expectError(unknown.create('k', bytes), 'LOCATION_UNREACHABLE');
  });

  it('distinguishes a user who may only read from one who may nothing', async () => {
    const { s3, binaries } = await useLightLab();
    const bucket = `policy-${randomUUID()}`;
    const users = { reader: `reader-${randomUUID()}`, stranger: `stranger-${randomUUID()}` };
    for (const user of Object.values(users)) {
      const root = ['--access', s3.accessKeyId, '--secret', s3.secretAccessKey, '--endpoint-url', s3.endpoint];
      const made = ['create-user', '--access', user, '--secret', secret, '--role', 'user'];
      execFileSync(String(binaries['versitygw']?.path), ['admin', ...root, ...made], { stdio: 'pipe' });
    }
    const keys = { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey };
    const admin = new S3Client({ endpoint: s3.endpoint, region: s3.region, forcePathStyle: true, credentials: keys });
    await admin.send(new CreateBucketCommand({ Bucket: bucket }));
    await admin.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: bytes }));
    await admin.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy: readOnlyPolicy(bucket, users.reader) }));
    admin.destroy();
    const as = async (user: string): Promise<Location> =>
      opened(await s3Spec({ bucket, prefix: '', credentials: { file: credentialsFile(user), profile: 'default' } }));
    const reader = await as(users.reader);
    expect(Buffer.from(await reader.read('k')).toString()).toBe('content');
    await expectError(reader.create('new', bytes), 'LOCATION_READ_ONLY', 'AccessDenied');
    await expectError(reader.delete('k'), 'LOCATION_READ_ONLY', 'AccessDenied');
    expect((await probeLocation(reader)).map((problem) => problem.code)).toEqual(['LOCATION_READ_ONLY']);
    const stranger = await as(users.stranger);
    await expectError(stranger.create('new', bytes), 'LOCATION_FORBIDDEN', 'AccessDenied');
    await expectError(stranger.read('k'), 'LOCATION_FORBIDDEN', 'AccessDenied');
  });
});

function readOnlyPolicy(bucket: string, user: string): string {
  const arns = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: [user] },
    Action: ['s3:GetObject', 's3:ListBucket'],
    Resource: arns,
  };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

describe('s3 errors (answers that a healthy server does not give)', () => {
  let server: CannedServer;
  beforeAll(async () => {
    server = await cannedServer();
  });
  afterAll(() => server.close());

  const answer = (status: number, code: string, headers = {}): void =>
    server.answer({ status, headers, body: `<Error><Code>${code}</Code><Message>${code} ${secret}</Message></Error>` });
  const location = async (): Promise<Location> => {
    const file = credentialsFile('AKIALANDFALLTEST0000');
    return opened(await s3Spec({ endpoint: server.url, credentials: { file, profile: 'default' } }));
  };

  it.each([
    [403, 'RequestTimeTooSkewed', 'CLOCK_SKEW'],
    [400, 'ExpiredToken', 'LOCATION_CREDENTIALS'],
    [400, 'InvalidToken', 'LOCATION_CREDENTIALS'],
    [301, 'PermanentRedirect', 'LOCATION_NOT_FOUND'],
    [503, 'SlowDown', 'LOCATION_THROTTLED'],
    [429, 'TooManyRequests', 'LOCATION_THROTTLED'],
    [500, 'InternalError', 'LOCATION_SERVER_ERROR'],
    [504, 'GatewayTimeout', 'LOCATION_SERVER_ERROR'],
    [409, 'ConditionalRequestConflict', 'LOCATION_SERVER_ERROR'],
    [507, 'XMinioStorageFull', 'LOCATION_FULL'],
    [403, 'QuotaExceeded', 'LOCATION_FULL'],
    [501, 'NotImplemented', 'LOCATION_REQUEST_REFUSED'],
    [400, 'InvalidArgument', 'LOCATION_REQUEST_REFUSED'],
  ] as const)('%i %s becomes %s', async (status, code, expected) => {
    answer(status, code);
    const store = await location();
    await expectError(store.create('k', bytes), expected, code);
    await expectError(store.read('k'), expected, code);
  });

  it('honours the time a throttling store asks for', async () => {
    answer(503, 'SlowDown', { 'Retry-After': '7' });
    const error: unknown = await (await location()).read('k').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ detail: { retry: 'after', retryAfterMs: 7_000 } });
  }, 20_000);

  it('never takes a body that was cut short for the whole', async () => {
    server.answer({ status: 200, headers: { 'Content-Length': '100' }, body: 'short', reset: true });
    await expectError((await location()).read('k'), 'LOCATION_UNREACHABLE');
  });
});

describe('azure errors (Azurite)', () => {
  it('names a container that does not exist', async () => {
    const location = await opened(await azureSpec({ container: `absent-${randomUUID()}` }));
    await expectError(location.create('k', bytes), 'LOCATION_NOT_FOUND', 'ContainerNotFound');
    await expectError(location.read('k'), 'LOCATION_NOT_FOUND');
    await expectError(firstKey(location), 'LOCATION_NOT_FOUND');
  });

  it('refuses a wrong key, and keys that are none', async () => {
    const file = join(temporaryDirectory('key'), 'key');
    writeFileSync(file, `${accountKey}\n`);
    const location = await opened(await azureSpec({ accountKey: { file } }));
    await expectError(location.read('k'), 'LOCATION_CREDENTIALS');
    writeFileSync(file, 'not base64!');
    await expectError(location.read('k'), 'LOCATION_CREDENTIALS', 'not base64');
    await expectError(
      openLocation(await azureSpec({ accountKey: { env: 'LANDFALL_TEST_UNSET' } })),
      'LOCATION_CREDENTIALS'
    );
    await expectError(
      openLocation(await azureSpec({ accountKey: { file: '/nonexistent/key' } })),
      'LOCATION_CREDENTIALS'
    );
  });

  it('takes up a key that was corrected while it is open', async () => {
    const { azurite } = await useLightLab();
    const file = join(temporaryDirectory('key'), 'key');
    writeFileSync(file, accountKey);
    const location = await opened(await azureSpec({ accountKey: { file } }));
    await expectError(location.create('k', bytes), 'LOCATION_CREDENTIALS');
    writeFileSync(file, azurite.key);
    expect(await location.create('k', bytes)).toBe('created');
  });

  it('says when nobody listens', async () => {
    const location = await opened(await azureSpec({ endpoint: 'http://127.0.0.1:1/account' }));
    await expectError(location.create('k', bytes), 'LOCATION_UNREACHABLE', 'ECONNREFUSED');
  });

  it.each([
    [403, 'AuthenticationFailed', 'Request date header too old', 'CLOCK_SKEW'],
    [403, 'AuthenticationFailed', 'Signature not valid in the specified time frame', 'LOCATION_CREDENTIALS'],
    [503, 'ServerBusy', '', 'LOCATION_THROTTLED'],
    [500, 'InternalError', '', 'LOCATION_SERVER_ERROR'],
    [403, 'AuthorizationPermissionMismatch', '', 'LOCATION_FORBIDDEN'],
  ] as const)('%i %s %s becomes %s', async (status, code, detail, expected) => {
    const server = await cannedServer();
    onTestFinished(() => server.close());
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${detail} ${secret}</Message></Error>`;
    server.answer({ status, headers: { 'x-ms-error-code': code, 'Content-Type': 'application/xml' }, body });
    const location = await opened(await azureSpec({ endpoint: `${server.url}/account` }));
    await expectError(location.read('k'), expected, code);
    await expectError(location.create('k', bytes), expected, code);
  });
});

describe('filesystem errors', () => {
  it('does not make a root that is not there', async () => {
    await expectError(openLocation(filesystemSpec({ path: '/nonexistent/landfall' })), 'LOCATION_NOT_FOUND');
  });

  it('follows no symbolic link out of the root', async () => {
    const spec = filesystemSpec();
    const outside = temporaryDirectory('outside');
    writeFileSync(join(outside, 'k'), 'not yours');
    symlinkSync(outside, join(spec.path, 'points'));
    symlinkSync(join(outside, 'k'), join(spec.path, 'link'));
    const location = await opened(spec);
    await expectError(location.read('points/k'), 'LOCATION_FORBIDDEN');
    await expectError(location.create('points/new', bytes), 'LOCATION_READ_ONLY');
    await expectError(location.read('link'), 'LOCATION_FORBIDDEN');
    for await (const { key } of location.list('')) expect.fail(`${key} was listed`);
  });

  it.runIf(process.getuid?.() === 0)(
    'says when the disk is full, leaves nothing half-written, and goes on after',
    async () => {
      const path = temporaryDirectory('full');
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'landfall-test', path]);
      onTestFinished(() => void execFileSync('umount', [path]));
      const location = await opened(filesystemSpec({ path }));
      await expectError(location.create('big', Buffer.alloc(1_000_000)), 'LOCATION_FULL', 'no space left');
      expect(await location.head('big')).toBeUndefined();
      expect(await location.create('small', Buffer.alloc(100_000))).toBe('created');
      execFileSync('mount', ['-o', 'remount,ro', path]);
      await expectError(location.create('more', bytes), 'LOCATION_READ_ONLY', 'mounted read-only');
      expect((await location.read('small')).byteLength).toBe(100_000);
    }
  );

  it.runIf(process.getuid?.() !== 0)('reports a directory that may only be read', async () => {
    const spec = filesystemSpec();
    mkdirSync(join(spec.path, 'points'));
    chmodSync(spec.path, 0o555);
    onTestFinished(() => chmodSync(spec.path, 0o755));
    await expectError((await opened(spec)).create('k', bytes), 'LOCATION_READ_ONLY');
  });
});
