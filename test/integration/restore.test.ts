import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRecoveryPoint } from '../../src/archive/recovery-point.ts';
import { segmentKey } from '../../src/archive/layout.ts';
import { shortIds } from '../../src/core/identity/run-id.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import { loadFile } from '../../src/model/load-file.ts';
import type { Location } from '../../src/ports/location.ts';
import { readRun, startCliRig, type CliRig, type MigrationRun } from '../support/cli-rig.ts';

let rig: CliRig;
/** A file with the Clusters and the Location; the kubeconfig of its source is gone. */
let file: string;
let location: Location;
let shop: string;
let point: string;

/** A recovery point of a small application, and then no source any more. */
beforeAll(async () => {
  rig = await startCliRig('restore');
  shop = `${rig.prefix}-shop`;
  await rig.namespace('source', shop);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${shop}`));
  const objects = `/api/v1/namespaces/${shop}`;
  for (const name of ['settings', 'banner']) {
    const metadata = { name, labels: { app: name } };
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { greeting: `hello from ${name}` } };
    await rig.create('source', `${objects}/configmaps`, object);
  }
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key' }, stringData: { key: 'opens' } };
  await rig.create('source', `${objects}/secrets`, secret);
  const gone = `${rig.directory}/source.kubeconfig`;
  writeFileSync(gone, readFileSync(rig.lab.clusters.source.kubeconfig));
  file = rig.write({
    source: { kubeconfig: { path: gone } },
    spec: { scope: { namespaces: [shop] }, existingResourcePolicy: 'skip' },
  });
  const report = `${file}.report.json`;
  const ended = await rig.landfall(['migrate', '-f', file, '--report', report]);
  if (ended.code !== 0) throw new Error(ended.stderr + ended.stdout);
  point = (JSON.parse(readFileSync(report, 'utf8')) as { run: string }).run;
  const [spec] = (await loadFile(file)).locations;
  if (spec === undefined) throw new Error('the file has no Location');
  location = await openLocation(spec);
  rmSync(gone);
});
afterAll(async () => {
  await location.close();
  await rig.end();
});

let restores = 0;
/** `landfall restore`, by hand and into a namespace of its own. */
async function restore(args: readonly string[]): Promise<MigrationRun & { readonly namespace: string }> {
  const namespace = `${shop}-${++restores}`;
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  const report = `${file}.restore-${restores}.json`;
  const mapping = ['--namespace-mapping', `${shop}=${namespace}`];
  const command = ['restore', ...args, '-f', file, ...mapping, '-o', 'json', '--report', report];
  return { ...readRun(await rig.landfall(command), report), namespace };
}

async function names(namespace: string, plural: string): Promise<string[]> {
  const list = await rig.target.get(`/api/v1/namespaces/${namespace}/${plural}`);
  return (list as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name).toSorted();
}

it('brings a point to a cluster by one line, without its source', async () => {
  const short = shortIds([point]).get(point) ?? '';
  const { code, report, events, namespace } = await restore([short, '--to', 'target']);
  expect([code, report?.outcome]).toEqual([0, 'succeeded']);
  expect(events[0]).toMatchObject({ type: 'hello', kind: 'restore', source: point, target: 'target' });
  expect(report).toMatchObject({ kind: 'restore', source: { name: 'source', server: '' }, target: { name: 'target' } });
  expect(report?.parity).toMatchObject({ checked: true, missing: 0, extra: 0, different: 0 });
  expect(await names(namespace, 'configmaps')).toEqual(['banner', 'kube-root-ca.crt', 'settings']);
  const restored = await rig.target.get(`/api/v1/namespaces/${namespace}/secrets/key`);
  expect(restored).toMatchObject({ data: { key: Buffer.from('opens').toString('base64') } });
  const list = JSON.parse((await rig.landfall(['points', 'list', '-f', file, '-o', 'json'])).stdout) as {
    usedBy: unknown[];
  }[];
  expect(list.map(({ usedBy }) => usedBy)).toEqual([[]]);
});

it('takes what is named and says what it leaves, by which rule', async () => {
  const { code, report, namespace } = await restore(['latest', '--to', 'target', '--include', 'configmap/sett*']);
  expect(code).toBe(0);
  expect(await names(namespace, 'configmaps')).toEqual(['kube-root-ca.crt', 'settings']);
  expect(await names(namespace, 'secrets')).toEqual([]);
  expect(report?.excluded).toContainEqual(
    expect.objectContaining({ reason: 'the restore names other objects', count: expect.any(Number) as number })
  );
});

it('refuses before it writes: a content that is missing, a scope that takes nothing, a point that is not there', async () => {
  const { readIndex } = await openRecoveryPoint(location, point);
  let segment = '';
  for await (const entry of readIndex()) segment = entry.segment;
  const key = segmentKey(segment);
  const bytes = await location.read(key);
  await location.delete(key);
  const torn = await restore([point, '--to', 'target']);
  await location.create(key, bytes);
  expect([torn.code, torn.error?.code]).toEqual([1, 'STORED_OBJECT_MISSING']);
  expect(torn.error?.what).toContain(key);
  expect((await rig.target.call('GET', `/api/v1/namespaces/${torn.namespace}`)).status).toBe(404);

  const nothing = await restore([point, '--to', 'target', '--include', 'cronjob/nightly']);
  expect([nothing.code, nothing.error?.code]).toEqual([2, 'RECOVERY_POINT_EMPTY']);
  const unknown = await restore(['nobody', '--to', 'target']);
  expect([unknown.code, unknown.error?.code]).toEqual([2, 'RECOVERY_POINT_NOT_FOUND']);
  const elsewhere = await restore([point, '--to', 'nowhere']);
  expect([elsewhere.code, elsewhere.error?.code]).toEqual([2, 'CONFIG_INVALID']);
});

it('is planned first, and then does exactly that', async () => {
  const namespace = `${shop}-planned`;
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  const document = {
    ...{ apiVersion: 'landfall.dev/v1alpha1', kind: 'Restore', metadata: { name: `${rig.prefix}-planned` } },
    spec: {
      ...{ location: 'store', target: 'target', point, namespaceMapping: { [shop]: namespace } },
      scope: { labelSelector: 'app=banner' },
    },
  };
  const planned = `${rig.directory}/restore.yaml`;
  writeFileSync(planned, `${readFileSync(file, 'utf8')}\n---\n${JSON.stringify(document)}\n`);
  const plan = `${rig.directory}/plan.yaml`;
  const made = await rig.landfall(['plan', '-f', planned, '--name', `${rig.prefix}-planned`, '--out', plan]);
  expect([made.code, made.stdout]).toEqual([0, expect.stringContaining('ConfigMap')]);
  const wrong = await rig.landfall(['migrate', '--plan', plan, '--yes']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('landfall restore --plan')]);
  const done = await rig.landfall(['restore', '--plan', plan, '--yes']);
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('RESTORED')]);
  expect(await names(namespace, 'configmaps')).toEqual(['banner', 'kube-root-ca.crt']);
});
