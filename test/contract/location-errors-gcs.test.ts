import { randomUUID } from 'node:crypto';
import { createServer, request as ask } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CRC32C } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openProvider } from '../../src/locations/registry.ts';
import type { Location } from '../../src/ports/location.ts';
import { cannedServer, type CannedServer } from './location-canned-server.ts';
import { bytes, expectError, firstKey, opened, secret } from './location-failures.ts';
import { gcsSpec } from './location-servers.ts';

describe('gcs errors (fake-gcs-server)', () => {
  it('distinguishes a bucket that does not exist from a missing object', async () => {
    const absent = await opened(await gcsSpec({ bucket: `absent-${randomUUID()}` }));
    await expectError(absent.read('k'), 'LOCATION_NOT_FOUND', '404');
    await expectError(absent.head('k'), 'LOCATION_NOT_FOUND');
    await expectError(absent.delete('k'), 'LOCATION_NOT_FOUND');
    await expectError(firstKey(absent), 'LOCATION_NOT_FOUND');
    const there = await opened(await gcsSpec());
    await expectError(there.read('k'), 'STORED_OBJECT_MISSING');
    expect(await there.head('k')).toBeUndefined();
  });

  it('says when nobody listens, and when the name is unknown', async () => {
    const closed = await opened(await gcsSpec({ endpoint: 'http://127.0.0.1:1' }));
    await expectError(closed.create('k', bytes), 'LOCATION_UNREACHABLE', 'ECONNREFUSED');
    const unknown = await opened(await gcsSpec({ endpoint: 'http://landfall.invalid' }));
    await expectError(unknown.create('k', bytes), 'LOCATION_UNREACHABLE');
  });

  it.each(['create', 'put'] as const)('stores nothing of a %s that is damaged on its way', async (operation) => {
    const spec = await gcsSpec();
    const damaging = await damagingWay(spec.endpoint ?? '', bytes);
    const location = await openProvider({ ...spec, endpoint: damaging });
    await expectError(Promise.resolve(location[operation]('k', bytes)), 'LOCATION_SERVER_ERROR', '400');
    await location.close();
    expect(await (await opened(spec)).head('k')).toBeUndefined();
  });
});

/** A way to a server on which the first letter of a content is another one when it arrives. */
async function damagingWay(endpoint: string, content: Buffer): Promise<string> {
  const { hostname, port } = new URL(endpoint);
  const server = createServer((request, response) => {
    const { url: path, method, headers } = request;
    const onward = ask({ host: hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const at = body.indexOf(content);
      if (at >= 0) body.writeUInt8(body.readUInt8(at) ^ 1, at);
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('gcs errors (answers that fake-gcs-server does not give)', () => {
  let server: CannedServer;
  beforeAll(async () => {
    server = await cannedServer();
  });
  afterAll(() => server.close());

  const answer = (status: number, reason: string, message: string, headers = {}): void => {
    const error = { code: status, message: `${message} ya29.${secret}`, errors: [{ domain: 'global', reason }] };
    server.answer({
      status,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ error }),
    });
  };
  const location = async (): Promise<Location> => opened(await gcsSpec({ endpoint: server.url }));

  it.each([
    [401, 'authError', 'Invalid Credentials', 'LOCATION_CREDENTIALS'],
    [403, 'forbidden', 'reader does not have storage.objects.create access', 'LOCATION_FORBIDDEN'],
    [403, 'retentionPolicyNotMet', 'Object is subject to bucket retention policy', 'LOCATION_FORBIDDEN'],
    [403, 'rateLimitExceeded', 'The rate of requests is too high', 'LOCATION_THROTTLED'],
    [404, 'notFound', 'The specified bucket does not exist.', 'LOCATION_NOT_FOUND'],
    [400, 'invalid', 'Provided MD5 hash does not match calculated MD5 hash', 'LOCATION_SERVER_ERROR'],
    [400, 'invalid', 'Invalid argument.', 'LOCATION_REQUEST_REFUSED'],
    [409, 'conflict', 'Conflict', 'LOCATION_SERVER_ERROR'],
    [429, 'rateLimitExceeded', 'Too many', 'LOCATION_THROTTLED'],
    [500, 'internalError', 'We encountered an internal error', 'LOCATION_SERVER_ERROR'],
    [503, 'backendError', 'Service Unavailable', 'LOCATION_THROTTLED'],
    [504, '', 'Gateway Timeout', 'LOCATION_SERVER_ERROR'],
  ] as const)('%i %s (%s) becomes %s', async (status, reason, message, expected) => {
    answer(status, reason, message);
    const store = await location();
    // A refused write is tried as a list, which this server refuses as well: the bucket may not be used at all.
    await expectError(store.create('k', bytes), expected, `${status} ${reason}`.trim());
    await expectError(store.read('k'), expected, `${status} ${reason}`.trim());
    await expectError(store.head('k'), expected);
  });

  it('says what holds an object that cannot be deleted, and what to do', async () => {
    answer(403, 'retentionPolicyNotMet', 'Object is subject to bucket retention policy');
    const error: unknown = await (await location()).delete('k').catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'LOCATION_FORBIDDEN',
      detail: {
        why: expect.stringContaining('retention policy') as string,
        fix: expect.stringContaining('wait until the retention policy') as string,
      },
    });
  });

  it('honours the time a throttling store asks for', async () => {
    answer(503, 'backendError', 'busy', { 'Retry-After': '7' });
    const error: unknown = await (await location()).read('k').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ detail: { retry: 'after', retryAfterMs: 7_000 } });
  }, 20_000);

  it('never takes a body that was cut short for the whole', async () => {
    server.answer({ status: 200, headers: { 'Content-Length': '100' }, body: 'short', reset: true });
    await expectError((await location()).read('k'), 'LOCATION_UNREACHABLE');
  });

  it.each([
    ['MD5', 'crc32c=AAAAAA==,md5=AAAAAAAAAAAAAAAAAAAAAA=='],
    ['CRC32C of an object without MD5', 'crc32c=AAAAAA=='],
  ])('never takes a body for the content that has another %s', async (_name, hash) => {
    server.answer({ status: 200, headers: { 'x-goog-hash': hash }, body: 'content' });
    await expectError((await location()).read('k'), 'LOCATION_SERVER_ERROR', 'differs from the checksum');
  });

  it('takes a body that has the CRC32C of an object without MD5', async () => {
    const checksum = new CRC32C();
    checksum.update(bytes);
    server.answer({ status: 200, headers: { 'x-goog-hash': `crc32c=${checksum.toString()}` }, body: 'content' });
    expect(Buffer.from(await (await location()).read('k')).toString()).toBe('content');
  });
});
