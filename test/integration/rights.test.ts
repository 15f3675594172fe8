import { appendFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mintKubeconfig } from '../../lab/index.ts';
import { waitFor } from '../../src/host/wait.ts';
import { callsOf, type Call } from '../../src/saga/calls.ts';
import type { Condition } from '../../src/saga/need.ts';
import { backupTable } from '../../src/saga/tables/backup.ts';
import { migrateTable } from '../../src/saga/tables/migrate.ts';
import { runs } from '../../scripts/reference/run-rights.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';
import { grantExactly } from '../support/exact-rights.ts';

/** Runs of a user who has exactly the rights of the rows, watching excepted: nothing is missing, and nothing is denied. */
const sides = ['source', 'target'] as const;
let rig: CliRig;
let connection: Connection;

beforeAll(async () => {
  rig = await startCliRig('rights');
  connection = await Connection.connect({ address: rig.lab.temporal.address });
});

afterAll(async () => {
  await connection?.close();
  await rig?.end();
});

interface Given {
  readonly calls: readonly Call[];
  readonly holds: readonly Condition[];
  /** The target has the namespace, so that rights in it are enough. */
  readonly prepared?: boolean;
}

/** Everything a migration calls where no claim moves. */
const calls = callsOf(migrateTable, {
  ...{ dryRun: false, volumes: false, hooks: { pre: false, post: false }, onFailure: 'rollback', parallel: 1 },
  ...{ landfallNamespace: 'landfall-system', held: true },
  plan: {
    ...{ claims: [], appliers: true },
    applyGroups: [false, true].map((settle) => ({ name: '', objects: 1, claims: false, settle })),
  },
});
const plain: Given = { calls, holds: ['clusterScoped'] };

/** An application with a bit of everything, and both Clusters of a user who may move it and no more. */
async function planted(namespace: string, { calls, holds, prepared = false }: Given) {
  await rig.namespace('source', namespace);
  if (prepared) await rig.namespace('target', namespace);
  else rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  const root = `/api/v1/namespaces/${namespace}`;
  const named = (name: string) => ({ metadata: { name, namespace } });
  await rig.create('source', `${root}/configmaps`, { ...named('web'), data: { color: 'green' } });
  await rig.create('source', `${root}/secrets`, { ...named('web'), stringData: { key: 'value' } });
  await rig.create('source', `${root}/serviceaccounts`, named('web'));
  await rig.create('source', `${root}/services`, { ...named('web'), spec: { ports: [{ port: 80 }] } });
  // Endpoints of a Service without selector are looked at one by one.
  const subsets = [{ addresses: [{ ip: '203.0.113.7' }], ports: [{ port: 80 }] }];
  await rig.create('source', `${root}/endpoints`, { ...named('web'), subsets });
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const reading = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  await rig.create('source', `${rbac}/roles`, { ...named('web'), rules: reading });
  await rig.create('source', `${rbac}/rolebindings`, {
    ...named('web'),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web' },
    subjects: [{ kind: 'ServiceAccount', name: 'web', namespace }],
  });
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web' }] } };
  await rig.create('source', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    ...named('web'),
    spec: { replicas: 0, selector: { matchLabels: { app: 'web' } }, template },
  });
  const clusters = await Promise.all(
    sides.map(async (side) => {
      const user = `mover-${namespace}`;
      const there = side === 'source' || prepared ? { namespaces: [namespace] } : {};
      rig.onEnd(await grantExactly(rig[side], { side, user, calls, holds, ...there }));
      return { kubeconfig: { path: await mintKubeconfig(rig.lab, side, { user }) } };
    })
  );
  return { name: namespace, source: clusters[0] ?? {}, target: clusters[1] ?? {} };
}

/** Two ways back; each gives the exit code of the command that went it. */
const undone = {
  async cancel(run: string): Promise<number> {
    await rig.landfall(['cancel', run, '-o', 'json', '--detach']);
    return (await rig.landfall(['status', run, '--wait', '-o', 'json'])).code;
  },
  async terminate(run: string, namespace: string): Promise<number> {
    await new Client({ connection, namespace: rig.prefix }).workflow.getHandle(`migration/${namespace}`).terminate();
    return (await rig.landfall(['cleanup', run, '-o', 'json'])).code;
  },
};

const denied = (events: readonly { readonly type: string }[]): readonly object[] =>
  events.filter((event) => event.type === 'finding' && JSON.stringify(event).includes('CLUSTER_FORBIDDEN'));

describe('the rights of the rows are enough', () => {
  it('to move an application into a namespace that the run makes', async () => {
    const namespace = `${rig.prefix}-move`;
    const input = await planted(namespace, plain);
    const run = await rig.migrate({ ...input, spec: { scope: { namespaces: [namespace] } } });
    expect([run.code, run.error, denied(run.events)]).toEqual([0, undefined, []]);
    expect(await rig.target.get(`/apis/apps/v1/namespaces/${namespace}/deployments/web`)).toBeDefined();
  });

  it('to update an application in a namespace that is there, by rights in it alone', async () => {
    const namespace = `${rig.prefix}-update`;
    const input = await planted(namespace, { ...plain, holds: ['clusterScoped', 'updates'], prepared: true });
    const theirs = { metadata: { name: 'web' }, data: { color: 'red' } };
    await rig.create('target', `/api/v1/namespaces/${namespace}/configmaps`, theirs);
    const spec = { scope: { namespaces: [namespace] }, existingResourcePolicy: 'update' };
    const run = await rig.migrate({ ...input, spec });
    expect([run.code, run.error, denied(run.events)]).toEqual([0, undefined, []]);
    const updated = await rig.target.get(`/api/v1/namespaces/${namespace}/configmaps/web`);
    expect(updated).toMatchObject({ data: { color: 'green' } });
  });

  it('to roll back, and to clean up after a run that was terminated', async () => {
    for (const way of ['cancel', 'terminate'] as const) {
      const namespace = `${rig.prefix}-${way}`;
      const input = await planted(namespace, { ...plain, holds: ['clusterScoped', 'updates'], prepared: true });
      const root = `/api/v1/namespaces/${namespace}`;
      const theirs = { metadata: { name: 'web' }, data: { color: 'red' } };
      await rig.create('target', `${root}/configmaps`, theirs);
      // At this quota the run stands still in the middle of a batch.
      await rig.create('target', `${root}/resourcequotas`, {
        ...{ metadata: { name: 'none' }, spec: { hard: { services: '0' } } },
      });
      const isCounting = () => rig.target.get<{ status?: { hard?: object } }>(`${root}/resourcequotas/none`);
      await waitFor(async () => (await isCounting())?.status?.hard, { what: 'the quota', deadlineMs: 60_000 });
      const accepted = { code: 'QUOTA_SHORT', subject: '*', owner: 'me', reason: 'to be raised', until: '2099-12-31' };
      const spec = { scope: { namespaces: [namespace] }, existingResourcePolicy: 'update', onFailure: 'keep' };
      const file = rig.write({ ...input, spec: { ...spec, waivers: [accepted] } });
      const started = await rig.landfall(['migrate', '-f', file, '--detach', '-o', 'json']);
      const { run } = JSON.parse(started.stdout) as { run: string };
      const isWaiting = async () =>
        (await rig.landfall(['status', run, '-o', 'json'])).stdout.includes('landfall resume');
      await waitFor(async () => (await isWaiting()) || undefined, { what: 'the run to wait', deadlineMs: 180_000 });
      expect(await rig.target.get(`${root}/configmaps/web`)).toMatchObject({ data: { color: 'green' } });
      expect(await undone[way](run, namespace)).toEqual(way === 'cancel' ? 7 : 0);
      expect(await rig.target.get(`${root}/configmaps/web`)).toMatchObject({ data: { color: 'red' } });
      expect(await rig.target.get(`${root}/secrets/web`)).toBeUndefined();
    }
  });

  it('to plan, with no right to write on any cluster', async () => {
    const namespace = `${rig.prefix}-plan`;
    const { calls } = runs.find(({ name }) => name === 'plan') ?? plain;
    const input = await planted(namespace, { ...plain, calls });
    const file = rig.write({ ...input, spec: { scope: { namespaces: [namespace] } } });
    const planned = await rig.landfall(['plan', '-f', file, '-o', 'json']);
    expect([planned.code, planned.code === 0 ? '' : planned.stderr]).toEqual([0, '']);
    // What the migration itself lacks is said, and stops only that.
    expect(planned.stdout).toContain('and the migration does not start without it');
    const run = await rig.migrate({ ...input, spec: { scope: { namespaces: [namespace] } } });
    expect([run.code, run.error?.code]).toEqual([11, 'CLUSTER_FORBIDDEN']);
  });

  it('to back up, with no right to write on the cluster and none on any other', async () => {
    const namespace = `${rig.prefix}-backup`;
    const facts = { volumes: false, hooks: { pre: false, post: false }, onFailure: 'rollback', parallel: 1 } as const;
    const calls = callsOf(backupTable, { ...facts, landfallNamespace: 'landfall-system', plan: { claims: [] } });
    const input = await planted(namespace, { ...plain, calls });
    const file = rig.write({ ...input, spec: { scope: { namespaces: [namespace] } } });
    const spec = { source: 'source', location: 'store', scope: { namespaces: [namespace] }, volumes: { mode: 'none' } };
    const document = { apiVersion: 'landfall.dev/v1alpha1', kind: 'Backup', metadata: { name: namespace }, spec };
    appendFileSync(file, `\n---\n${JSON.stringify(document)}`);
    const ended = await rig.landfall(['backup', '-f', file, '-o', 'json']);
    expect([ended.code, ended.code === 0 ? '' : ended.stdout]).toEqual([0, '']);
    expect(ended.stdout).not.toContain('CLUSTER_FORBIDDEN');
  });

  it('for a dry run, in a temporary namespace', async () => {
    const namespace = `${rig.prefix}-dry`;
    const { calls } = runs.find(({ name }) => name === 'dry-run') ?? plain;
    const input = await planted(namespace, { calls, holds: ['clusterScoped', 'newNamespaces'] });
    const spec = { scope: { namespaces: [namespace] } };
    const run = await rig.migrate({ ...input, spec }, ['--dry-run']);
    // Of a RoleBinding the target looks up the Role, for a user who may not bind what he likes.
    expect([run.code, run.error]).toEqual([3, undefined]);
    expect(run.report?.notAsked).toMatchObject([{ count: 1, reason: expect.stringContaining('looks up') as string }]);
    expect(await rig.target.get(`/api/v1/namespaces/${namespace}`)).toBeUndefined();
  });
});
