import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it, vi } from 'vitest';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import { openS3Identity } from '../../src/locations/s3/identity.ts';
import { openProvider } from '../../src/locations/registry.ts';
import { azureSpec, filesystemSpec, gcsSpec, s3Spec } from './location-servers.ts';

const program = fileURLToPath(new URL('../support/half-write.ts', import.meta.url));
const key = 'objects/segments/aa/aabb';
const whole = Buffer.alloc(24 * 1024 * 1024, 7);

/** Starts a process that stores `whole`; killed by SIGKILL when `when` resolves. */
async function killWriter(spec: LocationSpec, when: Promise<unknown>): Promise<void> {
  const writer = spawn(process.execPath, [program, JSON.stringify({ spec, key })], { stdio: 'inherit' });
  const ended = once(writer, 'exit');
  await Promise.race([when, ended]);
  expect(writer.exitCode, 'the writer was to be killed in the middle').toBeNull();
  writer.kill('SIGKILL');
  await ended;
}

/** A way to a server on which nothing of a client passes behind its first megabyte. */
async function narrowWay(endpoint: string): Promise<{ port: number; full: Promise<void>; close: () => void }> {
  const full = Promise.withResolvers<void>();
  const { hostname, port } = new URL(endpoint);
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let passed = 0;
    client.on('data', (chunk) => {
      passed += chunk.length;
      if (passed < 1024 * 1024) upstream.write(chunk);
      else full.resolve();
    });
    upstream.pipe(client);
    for (const [one, other] of [[client, upstream] as const, [upstream, client] as const]) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, full: full.promise, close: () => server.close() };
}

async function keysOf(spec: LocationSpec): Promise<string[]> {
  const location = await openProvider(spec);
  const keys = await Array.fromAsync(location.list(''), (object) => object.key);
  await location.close();
  return keys;
}

async function storeAgain(spec: LocationSpec): Promise<void> {
  const location = await openProvider(spec);
  expect(await location.create(key, whole)).toBe('created');
  expect(Buffer.compare(await location.read(key), whole)).toBe(0);
  await location.close();
}

it('s3: a writer killed in the middle leaves no object, no part and no open upload; stored again it is whole', async () => {
  const spec = await s3Spec();
  const way = await narrowWay(spec.endpoint ?? '');
  await killWriter({ ...spec, endpoint: `http://127.0.0.1:${way.port}` }, way.full);
  way.close();
  expect(await keysOf(spec)).toEqual([]);
  const identity = openS3Identity(spec);
  const client = new S3Client({
    ...{ region: spec.region, endpoint: spec.endpoint ?? '', forcePathStyle: true },
    ...(identity.provider && { credentials: identity.provider }),
  });
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: spec.bucket }));
  expect(Uploads.filter(({ Key = '' }) => Key.startsWith(spec.prefix))).toEqual([]);
  client.destroy();
  await storeAgain(spec);
});

it.each([
  ['azure', azureSpec],
  ['gcs', gcsSpec],
])('%s: a writer killed in the middle leaves no object; stored again it is whole', async (_name, specOf) => {
  const spec = await specOf();
  const endpoint = new URL(spec.endpoint ?? '');
  const way = await narrowWay(endpoint.href);
  await killWriter(
    { ...spec, endpoint: `http://127.0.0.1:${way.port}${endpoint.pathname.replace(/\/$/, '')}` },
    way.full
  );
  way.close();
  expect(await keysOf(spec)).toEqual([]);
  await storeAgain(spec);
});

it('a directory: a killed writer leaves a temporary file, which goes after a day of the file system’s clock', async () => {
  const spec = filesystemSpec();
  const folder = join(spec.path, '.landfall-tmp');
  const begun = vi.waitUntil(() => temporaryFiles(folder).length > 0, { timeout: 30_000, interval: 0 });
  await killWriter(spec, begun);
  const [remaining = ''] = temporaryFiles(folder);
  expect(await keysOf(spec)).toEqual([]);
  await storeAgain(spec);

  writeFileSync(join(folder, 'young'), '');
  vi.useFakeTimers({ now: Date.now() + 3 * 86_400_000, toFake: ['Date'] });
  try {
    // This machine's clock is three days ahead: nothing is removed for that.
    await (await openProvider(spec)).close();
    expect(temporaryFiles(folder)).toEqual([remaining, 'young'].toSorted());
  } finally {
    vi.useRealTimers();
  }
  const yesterday = Date.now() / 1_000 - 25 * 3_600;
  utimesSync(join(folder, remaining), yesterday, yesterday);
  await (await openProvider(spec)).close();
  expect(temporaryFiles(folder)).toEqual(['young']);
});

function temporaryFiles(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}
