import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

let rig: CliRig;

beforeAll(async () => {
  rig = await startCliRig('fields');
});

afterAll(() => rig?.end());

type Side = 'source' | 'target';
interface Managed {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly managedFields?: readonly {
      readonly manager: string;
      readonly operation: string;
      readonly subresource?: string;
      readonly fieldsV1: Readonly<Record<string, unknown>>;
    }[];
  };
  readonly data?: object;
  readonly spec?: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly env?: object }[] } };
  };
}

/** As `kubectl apply --server-side --field-manager=team-a`, without `--force-conflicts`. */
async function applyAs(side: Side, path: string, object: object, manager = 'team-a'): Promise<void> {
  const answer = await rig[side].call('PATCH', `${path}?fieldManager=${manager}&fieldValidation=Strict`, {
    type: 'application/apply-patch+yaml',
    text: JSON.stringify(object),
  });
  if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.text.slice(0, 500)}`);
}

const manifests = (namespace: string, stage: 'one' | 'two') => {
  const first = stage === 'one';
  return [
    [
      `/api/v1/namespaces/${namespace}`,
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: namespace,
          labels: {
            stage,
            'pod-security.kubernetes.io/enforce': first ? 'baseline' : 'privileged',
            ...(first ? { 'will-go': 'yes' } : {}),
          },
        },
      },
    ],
    [
      `/api/v1/namespaces/${namespace}/configmaps/settings`,
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings', namespace },
        data: { keep: 'same', change: first ? 'before' : 'after', ...(first ? { remove: 'this' } : {}) },
      },
    ],
    [
      `/apis/apps/v1/namespaces/${namespace}/deployments/web`,
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web', namespace },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: {
              containers: [
                {
                  name: 'web',
                  image: 'x:1',
                  env: [{ name: 'KEEP', value: 'a' }, ...(first ? [{ name: 'REMOVE', value: 'b' }] : [])],
                },
                // A container whose defaults somebody would own could not be taken out again.
                ...(first ? [{ name: 'sidecar', image: 'x:1' }] : []),
              ],
            },
          },
        },
      },
    ],
  ] as const;
};

describe('a team that applies its manifests server-side', () => {
  it('goes on after the move: no conflict, and what it takes out goes', async () => {
    const namespace = `${rig.prefix}-team`;
    await rig.namespace('source', namespace);
    rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
    for (const [path, object] of manifests(namespace, 'one')) await applyAs('source', path, object);

    const run = await rig.migrate({ spec: { scope: { namespaces: [namespace] } } });
    expect(run.error).toBeUndefined();
    expect(run.code).toBe(0);

    for (const side of ['source', 'target'] as const) {
      for (const [path, object] of manifests(namespace, 'two')) await applyAs(side, path, object);
      const [namespaceNow, settings, web] = await Promise.all(
        manifests(namespace, 'two').map(([path]) => rig[side].get<Managed>(path))
      );
      expect(namespaceNow?.metadata.labels).toMatchObject({ stage: 'two' });
      expect(namespaceNow?.metadata.labels).not.toHaveProperty('will-go');
      expect(settings?.data).toEqual({ keep: 'same', change: 'after' });
      expect(web?.spec?.template.spec.containers).toHaveLength(1);
      expect(web?.spec?.template.spec.containers[0]?.env).toEqual([{ name: 'KEEP', value: 'a' }]);
    }
  });

  it('owns what it owned, and the run its mark alone', async () => {
    const namespace = `${rig.prefix}-owner`;
    await rig.namespace('source', namespace);
    rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
    for (const [path, object] of manifests(namespace, 'one')) await applyAs('source', path, object);
    expect((await rig.migrate({ spec: { scope: { namespaces: [namespace] } } })).code).toBe(0);

    for (const [path] of manifests(namespace, 'one')) {
      const before = await rig.source.get<Managed>(path);
      const after = await rig.target.get<Managed>(path);
      const entry = (of: Managed | undefined) =>
        of?.metadata.managedFields?.find(({ manager, operation }) => manager === 'team-a' && operation === 'Apply');
      expect(entry(after)?.fieldsV1).toEqual(entry(before)?.fieldsV1);
      const own = after?.metadata.managedFields?.filter(({ manager }) => manager.startsWith('landfall-'));
      expect(own?.map(({ fieldsV1 }) => fieldsV1)).toEqual([
        { 'f:metadata': { 'f:annotations': { 'f:landfall.dev/run': {} } } },
      ]);
    }
  });

  it('does not stand in the way of an undo', async () => {
    const namespace = `${rig.prefix}-undo`;
    await rig.namespace('source', namespace);
    rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
    for (const [path, object] of manifests(namespace, 'one')) await applyAs('source', path, object);
    // A class the target does not have refuses the pod, after everything else was made.
    await rig.create('source', `/apis/apps/v1/namespaces/${namespace}/statefulsets`, {
      ...{ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' } },
      spec: {
        replicas: 0,
        serviceName: 'db',
        selector: { matchLabels: { app: 'db' } },
        template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image: 'x:1' }] } },
      },
    });
    const run = await rig.migrate({
      spec: {
        scope: { namespaces: [namespace] },
        transforms: [
          {
            name: 'refused',
            match: { kinds: ['StatefulSet'] },
            patch: [{ op: 'add', path: '/spec/podManagementPolicy', value: 'Sideways' }],
            reason: 'the server refuses it',
          },
        ],
      },
    });
    expect(run.code).toBe(1);
    expect(await rig.target.get(`/api/v1/namespaces/${namespace}`)).toBeUndefined();
    expect(run.report?.objects.applied).toBe(0);
    expect(run.report?.objects.undone).toBeGreaterThanOrEqual(3);
  });
});
