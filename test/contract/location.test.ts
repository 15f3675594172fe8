import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { LandfallError } from '../../src/core/errors.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import { createMemoryLocation } from '../support/memory-location.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import { probeLocation } from '../../src/locations/probe.ts';
import { locationProviders, openProvider, providerOf } from '../../src/locations/registry.ts';
import { withFault } from '../support/with-fault.ts';
import { withRetry } from '../../src/locations/with-retry.ts';
import type { Location } from '../../src/ports/location.ts';
import { cannedServer } from './location-canned-server.ts';
import { locationContract } from './location.ts';
import { azureSasSpec, azureSpec, createGcsBucket, filesystemSpec, gcsSpec, s3Spec } from './location-servers.ts';
import type { Protection } from '../../src/ports/protection.ts';

locationContract('memory', () => Promise.resolve(createMemoryLocation('memory')));
locationContract('filesystem', () => openProvider(filesystemSpec()));
locationContract('filesystem below a prefix', () => openProvider(filesystemSpec({ prefix: 'team/a/' })));
locationContract('s3 (versitygw)', async () => openProvider(await s3Spec()));
locationContract('azure (Azurite)', async () => openProvider(await azureSpec()));
locationContract('azure by a shared access signature', async () => openLocation(await azureSasSpec()));
locationContract('gcs (fake-gcs-server)', async () => openProvider(await gcsSpec()));
locationContract('filesystem, opened with its decorators', () => openLocation(filesystemSpec()));
locationContract('s3, opened with its decorators', async () => openLocation(await s3Spec()));
locationContract('azure, opened with its decorators', async () => openLocation(await azureSpec()));
locationContract('gcs, opened with its decorators', async () => openLocation(await gcsSpec()));
locationContract('memory, losing answers', () => Promise.resolve(unsteady()));

/**
 * The first request of each kind on each key fails after its effect, every 40th step of a list before it: success that
 * looks like failure has to look like success again.
 */
function unsteady(): Location {
  const error = new LandfallError('LOCATION_SERVER_ERROR', { what: 'the store broke off' });
  const seen = new Set<string>();
  const faulty = withFault(createMemoryLocation('unsteady'), ({ operation, key, call }) => {
    if (operation === 'list') return call % 40 === 0 ? { kind: 'fail-before', error } : undefined;
    const first = !seen.has(`${operation} ${key}`);
    seen.add(`${operation} ${key}`);
    return first ? { kind: 'fail-after', error } : undefined;
  });
  return withRetry(faulty, { baseDelayMs: 0 });
}

it('has a folder for every provider of the registry', () => {
  const folders = readdirSync(new URL('../../src/locations', import.meta.url), { withFileTypes: true });
  const names = folders.filter((item) => item.isDirectory()).map((item) => item.name);
  expect(names.toSorted()).toEqual(Object.keys(locationProviders).toSorted());
});

it.each([
  ['s3', s3Spec],
  ['azure', azureSpec],
  ['gcs', gcsSpec],
  ['filesystem', filesystemSpec],
])('probes %s: fit, and nothing left behind', async (_name, spec) => {
  const location = await openLocation(await spec());
  expect(await probeLocation(location)).toEqual([]);
  for await (const { key } of location.list('')) expect.fail(`${key} was left by the probe`);
  await location.close();
});

it.each([
  ['s3', s3Spec],
  ['azure', azureSpec],
  ['gcs', gcsSpec],
  ['filesystem', filesystemSpec],
])('asks %s for versions and locks: none', async (_name, spec) => {
  expect(await protectionOf(await spec())).toEqual({ versioned: false });
});

it('does not take a bucket or container that is not there for one without locks', async () => {
  const absent = [
    await s3Spec({ bucket: 'nowhere-at-all' }),
    await azureSpec({ container: 'nowhere-at-all' }),
    await gcsSpec({ bucket: 'nowhere-at-all' }),
  ];
  for (const spec of absent) await expect(protectionOf(spec)).rejects.toThrow('LOCATION_NOT_FOUND');
});

it('reads from a bucket of Google that it keeps versions', async () => {
  const spec = await gcsSpec({ bucket: `versions-${randomUUID()}` });
  await createGcsBucket(spec.endpoint ?? '', { name: spec.bucket, versioning: { enabled: true } });
  expect(await protectionOf(spec)).toEqual({ versioned: true });
});

it.each([
  [{ retentionPolicy: { retentionPeriod: '90000' } }, { mode: 'a retention policy', days: 2 }],
  [{ retentionPolicy: { retentionPeriod: '604800', isLocked: true } }, { mode: 'a locked retention policy', days: 7 }],
  [{ defaultEventBasedHold: true }, { mode: 'an event-based hold', days: 0 }],
])('reads the retention of a bucket of Google from %j', async (resource, retention) => {
  const server = await cannedServer();
  onTestFinished(() => server.close());
  server.answer({ status: 200, body: JSON.stringify(resource) });
  expect(await protectionOf(await gcsSpec({ endpoint: server.url }))).toEqual({ versioned: false, retention });
});

function protectionOf(spec: LocationSpec): Promise<Protection> {
  return providerOf(spec).protection(spec, new AbortController().signal);
}

it('keeps two prefixes of one bucket apart', async () => {
  const base = await s3Spec();
  const [one, two] = await Promise.all(
    ['one/', 'two/'].map((part) => openLocation({ ...base, prefix: `${base.prefix}${part}` }))
  );
  const key = `shared/${randomUUID()}`;
  expect(await one?.create(key, Buffer.from('1'))).toBe('created');
  expect(await two?.create(key, Buffer.from('2'))).toBe('created');
  expect(await two?.read(key)).toEqual(new Uint8Array(Buffer.from('2')));
});
