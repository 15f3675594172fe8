import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListPage, WriteResult } from '../../src/ports/cluster.ts';
import { startKubeRig, text, write, type KubeRig } from '../support/kube-rig.ts';
import { labEtcdUrl } from '../support/light-lab.ts';

let rig: KubeRig;
beforeAll(async () => {
  rig = await startKubeRig('pressure');
});
afterAll(() => rig.end());

describe('a list that etcd compacts away', () => {
  it('starts again at one newer version and says so', async () => {
    const { cluster, namespace } = rig;
    // Events have no watch cache, so their pages come from etcd itself.
    const events = rig.kind('Event', '');
    const event = (index: number): Promise<unknown> =>
      rig.create({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: `e${index}` },
        involvedObject: { namespace },
        reason: 'Test',
      });
    await Promise.all(Array.from({ length: 12 }, (_, index) => event(index)));

    const pages: ListPage[] = [];
    for await (const page of cluster.list(events, { namespace, limit: 5 })) {
      pages.push(page);
      if (pages.length === 1) {
        await event(99);
        await compact();
      }
    }
    const last = pages.at(-1);
    expect(last?.restarted).toBe(1);
    const kept = pages.filter((page) => page.restarted === last?.restarted);
    expect(new Set(kept.map((page) => page.resourceVersion)).size).toBe(1);
    expect(kept.flatMap((page) => page.items)).toHaveLength(13);
    expect(kept[0]?.remaining).toBe(8);
    expect(Number(last?.resourceVersion)).toBeGreaterThan(Number(pages[0]?.resourceVersion));
  });

  /** Forgets everything before now, as the API server itself does every five minutes. */
  async function compact(): Promise<void> {
    const etcd = labEtcdUrl(rig.lab, 'target');
    const post = async (path: string, body: object): Promise<unknown> => {
      const response = await fetch(`${etcd}${path}`, { method: 'POST', body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return response.json();
    };
    const status = (await post('/v3/maintenance/status', {})) as { header: { revision: string } };
    await post('/v3/kv/compaction', { revision: status.header.revision, physical: true });
  }
});

describe('a cluster that throttles', () => {
  it('gets every object in the end, with fewer requests at once', async () => {
    const { cluster, namespace } = rig;
    const user = `slow-${randomBytes(3).toString('hex')}`;
    await allow(user);
    await reject(user);
    const slow = await rig.as(user, { retry: { deadlineMs: 120_000 } });
    const configMaps = rig.kind('ConfigMap');
    rig.retries.length = 0;

    const create = (index: number) =>
      slow.create(
        {
          resource: configMaps,
          namespace,
          body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `t${index}` } }),
        },
        write
      );
    const results: WriteResult[] = [];
    // On a busy machine 200 may take their turns without meeting each other.
    while (rig.retries.length === 0 && results.length < 4000)
      results.push(...(await Promise.all(Array.from({ length: 200 }, (_, index) => create(results.length + index)))));

    expect(results.map((one) => one.outcome)).toEqual(results.map(() => 'created'));
    expect(rig.retries.length).toBeGreaterThan(0);
    expect(new Set(rig.retries.map((one) => one.code))).toEqual(new Set(['CLUSTER_THROTTLED']));
    // The server says Retry-After: 1.
    expect(Math.min(...rig.retries.map((one) => one.delayMs))).toBeGreaterThanOrEqual(1_000);
    let found = 0;
    for await (const page of cluster.list(configMaps, { namespace, labelSelector: '!landfall' }))
      found += page.items.length;
    expect(found).toBeGreaterThanOrEqual(results.length);
  });

  async function allow(user: string): Promise<void> {
    const rbac = 'rbac.authorization.k8s.io';
    await rig.create({
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name: 'maker' },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'get'] }],
    });
    await rig.create({
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'maker' },
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'maker' },
      subjects: [{ apiGroup: rbac, kind: 'User', name: user }],
    });
  }

  /** A priority level with one seat and no queue: whatever comes beside it is refused with 429. */
  async function reject(user: string): Promise<void> {
    const api = 'flowcontrol.apiserver.k8s.io';
    const level = rig.kind('PriorityLevelConfiguration');
    const schema = rig.kind('FlowSchema');
    await rig.create({
      apiVersion: `${api}/v1`,
      kind: 'PriorityLevelConfiguration',
      metadata: { name: user },
      spec: {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares: 1,
          lendablePercent: 0,
          borrowingLimitPercent: 0,
          limitResponse: { type: 'Reject' },
        },
      },
    });
    rig.onEnd(() => rig.cluster.delete({ resource: level, namespace: '', name: user }));
    await rig.create({
      apiVersion: `${api}/v1`,
      kind: 'FlowSchema',
      metadata: { name: user },
      spec: {
        priorityLevelConfiguration: { name: user },
        matchingPrecedence: 100,
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: user } }],
            resourceRules: [
              { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
            ],
          },
        ],
      },
    });
    rig.onEnd(() => rig.cluster.delete({ resource: schema, namespace: '', name: user }));
    await rig.cluster.waitFor({
      resource: schema,
      namespace: '',
      name: user,
      until: (object) => /"type":"Dangling","status":"False"/.test(text(object)),
      describe: text,
      timeoutMs: 20_000,
    });
  }
});

describe('many objects', () => {
  it('come back in pages of one version, each exactly once', async () => {
    const { cluster, namespace } = rig;
    const secrets = rig.kind('Secret');
    const names = Array.from({ length: 120 }, (_, index) => `s${index}`);
    await Promise.all(
      names.map((name) =>
        rig.create({
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name, labels: { many: 'yes' } } as { name: string },
        })
      )
    );
    const found: string[] = [];
    const versions = new Set<string>();
    for await (const page of cluster.list(secrets, { namespace, limit: 50, labelSelector: 'many=yes' })) {
      versions.add(page.resourceVersion);
      found.push(
        ...page.items.map((bytes) => (JSON.parse(text({ bytes })) as { metadata: { name: string } }).metadata.name)
      );
    }
    expect(found.toSorted()).toEqual(names.toSorted());
    expect(versions.size).toBe(1);
  });
});
