import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PointJson } from '../../src/cli/points-table.ts';
import type { RunReport } from '../../src/core/run/report.ts';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

const apiVersion = 'landfall.dev/v1alpha1';

let rig: CliRig;
let namespace: string;
let file: string;

/** What a test changes of the one file of this level. */
interface Written {
  readonly name: string;
  readonly cluster?: object;
  readonly scope?: object;
  readonly spec?: object;
}

/** A Cluster, a Location and a Backup, and no target anywhere. */
function write({ name, cluster = {}, scope = { namespaces: [namespace] }, spec = {} }: Written): string {
  const { s3, clusters } = rig.lab;
  const kubeconfig = { path: clusters.source.kubeconfig };
  const password = join(rig.directory, 'password');
  writeFileSync(password, 'of the repository', { mode: 0o600 });
  const store = {
    ...{ provider: 's3', endpoint: s3.endpoint, region: s3.region, bucket: s3.bucket, prefix: `${rig.prefix}-backup` },
    ...{ credentials: { file: s3.credentialsFile }, encryption: 'none', repositoryPassword: { file: password } },
  };
  const backup = { source: 'west', location: 'store', scope, volumes: { mode: 'none' }, ...spec };
  const documents = [
    { apiVersion, kind: 'Cluster', metadata: { name: 'west' }, spec: { kubeconfig, ...cluster } },
    { apiVersion, kind: 'Location', metadata: { name: 'store' }, spec: store },
    { apiVersion, kind: 'Backup', metadata: { name }, spec: backup },
  ];
  const path = join(rig.directory, `${name}.yaml`);
  writeFileSync(path, documents.map((document) => JSON.stringify(document, null, 2)).join('\n---\n'));
  return path;
}

beforeAll(async () => {
  rig = await startCliRig('backup');
  namespace = `${rig.prefix}-shop`;
  await rig.namespace('source', namespace);
  for (let index = 0; index < 200; index += 1) {
    // Content that does not compress to nothing: a share of it has to be a share of something.
    const value = Array.from({ length: 40 }, (_, at) => Math.imul(index * 40 + at + 1, 0x9e3779b1).toString(36)).join(
      ''
    );
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `part-${index}` }, data: { value } };
    await rig.create('source', `/api/v1/namespaces/${namespace}/configmaps`, object);
  }
  file = write({ name: `${rig.prefix}-shop` });
});
afterAll(() => rig.end());

async function points(): Promise<readonly PointJson[]> {
  const { stdout } = await rig.landfall(['points', 'list', '-f', file, '-o', 'json']);
  return JSON.parse(stdout) as PointJson[];
}

/** Bytes below a folder of the store, as its server keeps them. */
function storedBytes(folder: string): number {
  const { dataDirectory, bucket } = rig.lab.s3;
  const root = join(dataDirectory, bucket, `${rig.prefix}-backup`, folder);
  const files = readdirSync(root, { recursive: true, withFileTypes: true });
  return files.reduce((sum, one) => sum + (one.isFile() ? statSync(join(one.parentPath, one.name)).size : 0), 0);
}

async function backUp(
  path = file
): Promise<{ readonly code: number; readonly text: string; readonly report: RunReport }> {
  const report = `${path}.report.json`;
  const { code, stdout, stderr } = await rig.landfall(['backup', '-f', path, '--report', report]);
  if (code !== 0) throw new Error(stdout + stderr);
  return { code, text: stdout, report: JSON.parse(readFileSync(report, 'utf8')) as RunReport };
}

it('writes a point that is complete and whole, and says how to use it', async () => {
  const { text, report } = await backUp();
  expect(report).toMatchObject({ kind: 'backup', outcome: 'succeeded', exitCode: 0, location: 'store', volumes: [] });
  expect(report.target).toBeUndefined();
  expect(report.objects).toMatchObject({ applied: 0, failed: 0 });
  // The ConfigMaps and their Namespace at least.
  expect(report.objects.captured).toBeGreaterThan(200);
  expect(text).toMatch(new RegExp(`^BACKED UP ${rig.prefix}-shop: west -> store in .*; source SERVING; data as of `));
  expect(text).not.toMatch(/target|parity/);
  const id = report.run;
  expect(text).toContain(`point     ${id} in store`);
  expect(text).toContain(`points show ${id} -f ${file} --location store`);
  expect(text).toContain(`points verify ${id} -f ${file} --location store`);
  expect(text).toContain(`restore ${id} -f ${file} --location store --to CLUSTER`);

  const [point] = await points();
  expect(point).toMatchObject({ id, state: 'complete', objects: report.objects.captured, usedBy: [] });
  const manifest = await rig.landfall(['points', 'show', id, '-f', file]);
  expect([manifest.code, manifest.stdout]).toEqual([0, expect.stringContaining(`scope       ${namespace}`)]);
  const verified = await rig.landfall(['points', 'verify', id, '-f', file, '-o', 'json']);
  expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject([0, { points: [{ id, state: 'whole' }] }]);
  const shown = await rig.landfall(['report', id]);
  expect(shown.stdout.split('\n')[0]).toBe(text.split('\n')[0]);
});

it('stores less than one per cent again of a scope that did not change', async () => {
  const before = storedBytes('objects');
  const { report } = await backUp();
  const added = storedBytes('objects') - before;
  expect(added / before).toBeLessThan(0.01);
  expect((await points()).map(({ state }) => state)).toEqual(['complete', 'complete']);
  expect(report.objects.captured).toBeGreaterThan(200);
});

it('leaves nothing when it is cancelled: no point, nothing in use, nothing on the source', async () => {
  const slow = write({ name: `${rig.prefix}-slow`, cluster: { maxRequestsPerSecond: 2 } });
  const count = (await points()).length;
  const started = await rig.landfall(['backup', '-f', slow, '--detach', '-o', 'json']);
  const { run } = JSON.parse(started.stdout) as { run: string };
  await waitFor(
    async () => {
      const { stdout } = await rig.landfall(['status', run, '-o', 'json']);
      return stdout.includes('"step.started"') || undefined;
    },
    { what: 'the backup to begin', deadlineMs: 60_000 }
  );
  const cancelled = await rig.landfall(['cancel', run]);
  expect([cancelled.code, cancelled.stdout]).toEqual([7, expect.stringMatching(/^CANCELLED .*; source SERVING/)]);
  expect(await points()).toHaveLength(count);
  const listed = JSON.parse((await rig.landfall(['list', '-o', 'json'])).stdout) as object[];
  expect(listed).toContainEqual(
    expect.objectContaining({ run, kind: 'backup', status: 'cancelled', source: 'serving' })
  );
  const left = await rig.source.get<{ items: { metadata: { annotations?: object } }[] }>('/api/v1/namespaces');
  expect(JSON.stringify(left)).not.toContain(run);
  // Nothing is left that a clean-up would find.
  expect((await rig.landfall(['cleanup', run])).code).toBe(0);
});

it('names the claims that are in the point without their data', async () => {
  const claims = `/api/v1/namespaces/${namespace}/persistentvolumeclaims`;
  const spec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'lab-fast',
    resources: { requests: { storage: '1Gi' } },
  };
  await rig.create('source', claims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data' },
    spec,
  });
  const left = [{ count: 1, examples: [`PersistentVolumeClaim ${namespace}/data`] }];
  const { report } = await backUp(write({ name: `${rig.prefix}-none`, spec: { volumes: { mode: 'none' } } }));
  expect(report.withoutData).toMatchObject([{ ...left[0], reason: 'volumes.mode is none' }]);
  const copying = write({ name: `${rig.prefix}-copy`, spec: { volumes: { mode: 'copy' } } });
  const { report: unbound, text } = await backUp(copying);
  expect(unbound.withoutData).toMatchObject([
    { ...left[0], reason: expect.stringContaining('never bound') as unknown },
  ]);
  expect(unbound.findings).toContainEqual(expect.objectContaining({ code: 'VOLUME_UNBOUND', severity: 'warning' }));
  expect(text).toContain('no data       1  never bound');
  // The claim itself is in it.
  const { objects: before } = report;
  expect(unbound.objects).toEqual(before);
});

it('is valid, and explains whether it takes an object', async () => {
  expect((await rig.landfall(['validate', '-f', file])).stdout).toContain(`; backups: ${rig.prefix}-shop`);
  const explain = async (object: string) => (await rig.landfall(['explain', '-f', file, object])).stdout;
  expect(await explain(`configmap/${namespace}/part-1`)).toContain('unchanged');
  expect(await explain(`configmap/${namespace}/kube-root-ca.crt`)).toContain('excluded by ');
});

it('ends with the exit code of what stands in the way', async () => {
  const codes = async (args: readonly string[]) => (await rig.landfall(args)).code;
  expect(await codes(['backup'])).toBe(2);
  expect(await codes(['backup', '-f', file, '--name', 'nobody'])).toBe(2);
  const nowhere = write({ name: `${rig.prefix}-none`, scope: { namespaces: [`${rig.prefix}-none`] } });
  const missing = await rig.landfall(['backup', '-f', nowhere]);
  expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('the scope names it')]);
  const away = { kubeconfig: { path: join(rig.directory, 'none.kubeconfig') } };
  expect(await codes(['backup', '-f', write({ name: `${rig.prefix}-away`, cluster: away })])).not.toBe(0);
});
