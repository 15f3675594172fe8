import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

let rig: CliRig;
let connection: Connection;

beforeAll(async () => {
  rig = await startCliRig('cleanup');
  connection = await Connection.connect({ address: rig.lab.temporal.address });
});

afterAll(async () => {
  await connection?.close();
  await rig?.end();
});

/** A namespace of the source with an object of each of three kinds. */
async function plant(namespace: string): Promise<void> {
  await rig.namespace('source', namespace);
  const root = `/api/v1/namespaces/${namespace}`;
  const of = (kind: string, more: object = {}) => ({ apiVersion: 'v1', kind, metadata: { name: 'web' }, ...more });
  await rig.create('source', `${root}/configmaps`, of('ConfigMap', { data: { color: 'green' } }));
  await rig.create('source', `${root}/secrets`, of('Secret', { stringData: { key: 'value' } }));
  await rig.create('source', `${root}/services`, of('Service', { spec: { ports: [{ port: 80 }] } }));
}

const errorOf = ({ stderr }: { stderr: string }) => JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as object;

it('removes what a terminated run has made and brings back what it had changed', async () => {
  const namespace = `${rig.prefix}-terminated`;
  const root = `/api/v1/namespaces/${namespace}`;
  await plant(namespace);
  // Content of somebody else, and a quota at which the run stands still in the middle of a batch.
  await rig.namespace('target', namespace);
  const red = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, stringData: { key: 'theirs' } };
  await rig.create('target', `${root}/secrets`, red);
  const spec = { hard: { services: '0' } };
  await rig.create('target', `${root}/resourcequotas`, {
    ...{ apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec },
  });
  await waitFor(
    async () => (await rig.target.get<{ status?: { hard?: object } }>(`${root}/resourcequotas/none`))?.status?.hard,
    { what: 'the quota to count', deadlineMs: 60_000 }
  );
  // The plan knows the quota; accepted, it is the server that refuses.
  const accepted = { code: 'QUOTA_SHORT', subject: '*', owner: 'me', reason: 'to be raised', until: '2099-12-31' };
  const file = rig.write({
    name: 'terminated',
    spec: {
      ...{ scope: { namespaces: [namespace] }, existingResourcePolicy: 'update', onFailure: 'keep' },
      waivers: [accepted],
    },
  });
  const started = await rig.landfall(['migrate', '-f', file, '--detach', '-o', 'json']);
  const { run } = JSON.parse(started.stdout) as { run: string };
  const made = await waitFor(() => rig.target.get(`${root}/configmaps/web`), {
    ...{ what: 'the run to make an object', deadlineMs: 120_000 },
  });
  expect(JSON.stringify(made)).toContain(`landfall-${run}`);

  const refused = await rig.landfall(['cleanup', run, '-o', 'json']);
  expect([refused.code, errorOf(refused)]).toMatchObject([2, { code: 'RUN_NAME_IN_USE' }]);

  const handle = new Client({ connection, namespace: rig.prefix }).workflow.getHandle('migration/terminated');
  await handle.terminate('test');
  const status = await rig.landfall(['status', run, '-o', 'json']);
  expect(status.code).toBe(6);
  expect(status.stdout).toContain('RUN_TERMINATED');

  const cleaned = await rig.landfall(['cleanup', run, '-o', 'json']);
  expect([cleaned.code, cleaned.stderr]).toEqual([0, '']);
  expect(await rig.target.get(`${root}/configmaps/web`)).toBeUndefined();
  expect(await rig.target.get(`${root}/secrets/web`)).toMatchObject({
    data: { key: Buffer.from('theirs').toString('base64') },
  });
  expect((await rig.landfall(['cleanup', run])).code).toBe(0);
});

it('never takes the application of a run that ended well', async () => {
  const namespace = `${rig.prefix}-done`;
  await plant(namespace);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  const { code } = await rig.migrate({ name: 'done', spec: { scope: { namespaces: [namespace] } } });
  expect(code).toBe(0);
  expect((await rig.landfall(['cleanup', 'done'])).code).toBe(0);
  expect(await rig.target.get(`/api/v1/namespaces/${namespace}/configmaps/web`)).toBeDefined();
});
