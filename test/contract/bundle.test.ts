import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { copyRecoveryPoint } from '../../src/archive/copy-point.ts';
import { verifyRecoveryPoint } from '../../src/archive/verify.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import { useLightLab } from '../support/light-lab.ts';
import { newHolder } from '../support/sealed-location.ts';
import { kopiaAt } from './kopia-at.ts';
import { commit, samples } from './location-capture.ts';
import { azureSpec, filesystemSpec, gcsSpec, s3Spec, temporaryDirectory } from './location-servers.ts';

/** The command line as a user has it, in a network namespace where nothing but loopback is, and that is down. */
function isolated(...args: readonly string[]): string {
  const command = [process.execPath, 'bin/landfall.mjs', ...args];
  return execFileSync('unshare', ['--net', ...command], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
}

function landfall(...args: readonly string[]): string {
  return execFileSync(process.execPath, ['bin/landfall.mjs', ...args], { encoding: 'utf8' });
}

/** A file with a Location. */
function fileOf({ name, ...spec }: LocationSpec): string {
  const file = join(temporaryDirectory('bundle-file'), 'landfall.yaml');
  const document = { apiVersion: 'landfall.dev/v1alpha1', kind: 'Location', metadata: { name }, spec };
  writeFileSync(file, JSON.stringify(document));
  return file;
}

const volume = {
  ...{ claim: 'shop/data', class: 'fast', size: '1Gi', snapshotId: 'a', metadataSnapshotId: 'b' },
  ...{ treeSha256: '0'.repeat(64), bytes: 4_000_000, files: 40, excluded: 0, dataAsOf: '2026-12-01T00:00:00Z' },
};

it('goes from a store over two media to a machine without a network, volumes included', async () => {
  await useLightLab();
  const [first, vault, last] = [await s3Spec(), filesystemSpec(), await s3Spec()];
  const data = temporaryDirectory('data');
  for (let at = 0; at < 40; at += 1) writeFileSync(join(data, `file-${at}`), randomBytes(100_000));
  const origin = await kopiaAt(first);
  origin('repository', 'create');
  origin('snapshot', 'create', data);
  const from = await openLocation(first);
  await commit(from, 'shop-a', [samples(200)], { volumes: [volume] });
  const media = temporaryDirectory('media');
  const [bundle, second] = [join(media, 'one'), join(media, 'two')];
  landfall('bundle', 'create', '-f', fileOf(first), '--directory', bundle, '--part-size', '1Mi');
  expect(readdirSync(bundle).length).toBeGreaterThan(5);
  mkdirSync(second);
  for (const name of ['part-00002', 'part-00004']) renameSync(join(bundle, name), join(second, name));

  expect(isolated('bundle', 'verify', bundle, second)).toContain('every byte is what was written');
  const imported = isolated('bundle', 'import', bundle, second, '-f', fileOf(vault));
  expect(imported).toContain('1 recovery point imported into Location');

  writeFileSync(join(data, 'later'), randomBytes(100_000));
  origin('snapshot', 'create', data);
  await commit(from, 'shop-b', [samples(210)], { volumes: [volume] });
  const delta = join(media, 'delta');
  const create = ['bundle', 'create', 'shop-b', '-f', fileOf(first), '--directory', delta, '--have', bundle];
  const { head } = JSON.parse(landfall(...create, '-o', 'json')) as { head: { parts: { sizeBytes: number }[] } };
  expect(head.parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThan(1_000_000);
  isolated('bundle', 'import', delta, '-f', fileOf(vault));

  // Back into a store, where kopia itself opens what travelled.
  const [arrived, to] = [await openLocation(vault), await openLocation(last)];
  for (const id of ['shop-a', 'shop-b']) {
    expect((await verifyRecoveryPoint(arrived, id)).problems).toEqual([]);
    await copyRecoveryPoint({ from: arrived, to }, id, { run: 'copy-1', nowMs: Date.now() });
  }
  const kopia = await kopiaAt(last);
  kopia('repository', 'connect');
  const snapshots = JSON.parse(kopia('snapshot', 'list', '--all', '--json')) as { id: string; startTime: string }[];
  const newest = snapshots.toSorted((one, other) => (one.startTime < other.startTime ? 1 : -1))[0];
  const restored = temporaryDirectory('restored');
  kopia('snapshot', 'restore', newest?.id ?? '', restored);
  expect(readdirSync(restored)).toEqual(readdirSync(data));
  for (const name of readdirSync(data))
    expect(readFileSync(join(restored, name)).equals(readFileSync(join(data, name)))).toBe(true);
  for (const location of [from, arrived, to]) await location.close();
});

it.each([
  ['azure', azureSpec],
  ['gcs', gcsSpec],
] as const)('goes from and to %s, encrypted, and opens with the identity of its origin', async (_, make) => {
  const ann = await newHolder();
  const identity = join(temporaryDirectory('identity'), 'ann');
  writeFileSync(identity, `${ann.identity}\n`, { mode: 0o600 });
  const encryption = { recipients: [ann.recipient], identity: { file: identity } };
  const [first, last] = [
    { ...(await make()), encryption },
    { ...(await make()), encryption },
  ];
  const from = await openLocation(first);
  await commit(from, 'shop-a', [samples(200)]);
  const bundle = join(temporaryDirectory('media'), 'bundle');
  landfall('bundle', 'create', 'shop-a', '-f', fileOf(first), '--directory', bundle);
  expect(landfall('bundle', 'verify', bundle, '-f', fileOf(last))).toContain('signed by');
  landfall('bundle', 'import', bundle, '-f', fileOf(last));
  const to = await openLocation(last);
  expect((await verifyRecoveryPoint(to, 'shop-a')).problems).toEqual([]);
  for (const location of [from, to]) await location.close();
});
