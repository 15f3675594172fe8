import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { listRecoveryPoints } from '../../src/archive/recovery-point.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import { createIdentity } from '../../src/cli/location-keys/create.ts';
import type { EncryptionSpec, LocationSpec } from '../../src/core/spec/spec.ts';
import { LandfallError } from '../../src/core/errors.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import { newLocationCounts } from '../../src/locations/with-count.ts';
import type { Location } from '../../src/ports/location.ts';
import { useLightLab } from '../support/light-lab.ts';
import { capture, commit, readAll, samples } from './location-capture.ts';
import { azureSpec, filesystemSpec, gcsSpec, s3Spec, temporaryDirectory } from './location-servers.ts';

const providers: readonly (readonly [string, () => Promise<LocationSpec>])[] = [
  ['s3 (versitygw)', s3Spec],
  ['azure (Azurite)', azureSpec],
  ['gcs (fake-gcs-server)', gcsSpec],
  ['filesystem', () => Promise.resolve(filesystemSpec())],
];

describe.each(providers)('recovery points in %s', (_name, spec) => {
  it('are written, listed, read and verified; a second capture sends nothing', async () => {
    const counts = newLocationCounts();
    const location = await openLocation(await spec(), { counts });
    const objects = samples(6_000);
    await commit(location, 'first', [objects.slice(0, 4_000), objects.slice(4_000)]);
    const written = counts.writtenBytes;
    expect((await capture(location, objects.slice(0, 4_000))).stats).toMatchObject({ newSegments: 0, storedBytes: 0 });
    expect(counts.writtenBytes).toBe(written);
    const read = await readAll(location, 'first');
    expect(read.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(
      objects.map(({ bytes }) => bytes.toString())
    );
    expect(await verifyRecoveryPoint(location, 'first')).toMatchObject({ problems: [], objects: 6_000 });
    expect((await listRecoveryPoints(location)).map(({ id }) => id)).toEqual(['first']);
    await location.close();
  });

  it('are whole or absent whichever write fails, and a repeat ends as if nothing had happened', async () => {
    const objects = samples(1_500);
    const target = await spec();
    let failAt = 1;
    let outcome: unknown;
    do {
      let effects = 0;
      // A lost answer that no retry follows: the worker died between the effect and its report.
      const dies = new LandfallError('INTERNAL', { what: 'the worker died' });
      const after = (): Promise<void> => ((effects += 1) === failAt ? Promise.reject(dies) : Promise.resolve());
      const location = await openLocation(target, { failpoints: { before: () => Promise.resolve(), after } });
      outcome = await commit(location, 'point', [objects]).catch((error: unknown) => error);
      await location.close();
      failAt += 1;
    } while (outcome === undefined || outcome instanceof LandfallError);
    const location = await openLocation(target);
    expect(failAt).toBeGreaterThanOrEqual(3);
    expect(await verifyRecoveryPoint(location, 'point')).toMatchObject({ problems: [], objects: 1_500 });
    await location.close();
  });
});

describe.each(providers)('sealed recovery points in %s', (_name, spec) => {
  it('are written by one recipient, read by another, verified by anybody; a second capture sends nothing', async () => {
    const folder = temporaryDirectory('identities');
    const files = { ada: join(folder, 'ada.txt'), bo: join(folder, 'bo.txt') };
    const recipients = [await createIdentity(files.ada, 0), await createIdentity(files.bo, 0)];
    const { encryption: _, ...target } = await spec();
    const open = (more: Partial<EncryptionSpec>): Promise<Location> =>
      openLocation({ ...target, encryption: { recipients, ...more } } as LocationSpec);
    const ada = await open({ identity: { file: files.ada } });
    const objects = samples(3_000);
    await commit(ada, 'first', [objects]);
    expect((await capture(ada, objects)).stats).toMatchObject({ newSegments: 0, storedBytes: 0 });
    const signer = (await ada.seal?.forReading())?.signer ?? '';
    const bo = await open({ identity: { file: files.bo }, signer });
    expect(await readAll(bo, 'first')).toHaveLength(3_000);
    expect(await verifyRecoveryPoint(bo, 'first')).toMatchObject({ problems: [], objects: 3_000 });
    const nobody = await open({ signer });
    expect(await verifyRecoveryPoint(nobody, 'first')).toMatchObject({ problems: [], unopened: expect.any(String) });
    await Promise.all([ada, bo, nobody].map((location) => location.close()));
  });

  it('have one key, whoever begins at once', async () => {
    const file = join(temporaryDirectory('identity'), 'identity.txt');
    const recipient = await createIdentity(file, 0);
    const { encryption: _, ...target } = await spec();
    const sealed = { ...target, encryption: { recipients: [recipient], identity: { file } } } as LocationSpec;
    const locations = await Promise.all(Array.from({ length: 10 }, () => openLocation(sealed)));
    const seals = await Promise.all(locations.map(async ({ seal }) => seal?.forWriting()));
    expect(new Set(seals.map((seal) => seal?.keyId)).size).toBe(1);
    await Promise.all(locations.map((location) => location.close()));
  });
});

it('finds files damaged by hand on the disk of the S3 server, all at once', async () => {
  const { s3 } = await useLightLab();
  const spec = await s3Spec();
  const location = await openLocation(spec);
  const lists = [samples(500), samples(500, 2_400, 'b'), samples(500, 2_400, 'c')].map((list, at) =>
    list.map((found) => ({ ...found, object: { ...found.object, ref: { ...found.object.ref, kind: `Kind${at}` } } }))
  );
  await commit(location, 'point', lists);
  const keys: string[] = [];
  for await (const { key } of location.list('objects/segments/')) keys.push(key);
  const [flipped = '', short = '', gone = ''] = keys;
  const path = (key: string): string => join(s3.dataDirectory, spec.bucket, spec.prefix, key);
  const bytes = readFileSync(path(flipped));
  bytes.writeUInt8((bytes[100] ?? 0) ^ 1, 100);
  writeFileSync(path(flipped), bytes);
  truncateSync(path(short), 1_000);
  rmSync(path(gone));
  const { problems } = await verifyRecoveryPoint(location, 'point');
  expect(problems.map(({ code, ref }) => `${code} ${ref}`).toSorted()).toEqual(
    [`STORED_OBJECT_CORRUPT ${flipped}`, `STORED_OBJECT_CORRUPT ${short}`, `STORED_OBJECT_MISSING ${gone}`].toSorted()
  );
  await expect(readAll(location, 'point')).rejects.toThrow('STORED_OBJECT_');
  await location.close();
});

it('writes, merges, reads and verifies 200,000 objects within 400 MB', () => {
  const script = fileURLToPath(new URL('location-archive-measure.ts', import.meta.url));
  const args = ['--max-semi-space-size=8', script, 'memory', '200000'];
  const result = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  expect(result).toMatchObject({ objects: 200_000, problems: 0, read: result.rawBytes });
  expect(result.peakMiB.verified).toBeLessThan(400);
}, 300_000);
