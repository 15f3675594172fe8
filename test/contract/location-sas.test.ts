import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { probeLocation } from '../../src/locations/probe.ts';
import { providerOf } from '../../src/locations/registry.ts';
import { bytes, expectError, opened } from './location-failures.ts';
import { azureSasSpec, azureSpec, containerSas } from './location-servers.ts';

it('reports a shared access signature that may only read, and one that may not list', async () => {
  const reading = await opened(await azureSasSpec('rl'));
  await expectError(reading.create('k', bytes), 'LOCATION_READ_ONLY');
  expect((await probeLocation(reading)).map(({ code }) => code)).toEqual(['LOCATION_READ_ONLY']);
  const writing = await opened(await azureSasSpec('c'));
  expect(await writing.create('k', bytes)).toBe('created');
  await expectError(writing.read('k'), 'LOCATION_FORBIDDEN');
});

it('says that a shared access signature has ended, when it does, and takes up a new one while it is open', async () => {
  const spec = await azureSasSpec('racwdl', -60_000);
  const file = spec.sasToken !== undefined && 'file' in spec.sasToken ? spec.sasToken.file : '';
  const end = new Date(new URLSearchParams(readFileSync(file, 'utf8').trim().slice(1)).get('se') ?? '');
  expect(await providerOf(spec).credentialsEnd(spec)).toBe(end.toISOString());
  const location = await opened(spec);
  await expectError(location.create('k', bytes), 'LOCATION_CREDENTIALS');
  writeFileSync(file, await containerSas(spec.container, 'racwdl', 60_000));
  expect(await location.create('k', bytes)).toBe('created');
});

it('never shows a shared access signature, and says what is none', async () => {
  const spec = await azureSasSpec();
  const file = spec.sasToken !== undefined && 'file' in spec.sasToken ? spec.sasToken.file : '';
  const token = readFileSync(file, 'utf8').trim();
  const location = await opened({ ...spec, endpoint: 'http://127.0.0.1:1/account' });
  const error: unknown = await location.read('k').catch((caught: unknown) => caught);
  expect(JSON.stringify(error)).not.toContain(new URLSearchParams(token).get('sig') ?? token);
  writeFileSync(file, 'https://account.blob.core.windows.net/');
  await expectError(location.read('k'), 'LOCATION_UNREACHABLE');
  await expectError(opened(spec), 'LOCATION_CREDENTIALS', 'it is none');
  const { accountKey: _, ...without } = await azureSpec();
  await expectError(opened(without), 'LOCATION_CREDENTIALS');
});
