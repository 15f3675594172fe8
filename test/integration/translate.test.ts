import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/translate/explain.ts';
import { waitFor } from '../../src/host/wait.ts';
import { startCliRig, type CliRig } from '../support/cli-rig.ts';

/**
 * A cluster that looks like VKS and one that looks like EKS: their nodes, classes and kinds are planted in the light
 * lab, everything else is the real command, worker, API servers and store.
 */
let rig: CliRig;
let namespace: string;

const vksNode = {
  'run.tanzu.vmware.com/kubernetesDistributionVersion': 'v1.33',
  'topology.kubernetes.io/zone': 'zone-a',
};
const eksNode = { 'eks.amazonaws.com/nodegroup': 'general', 'topology.kubernetes.io/zone': 'eu-central-1a' };

beforeAll(async () => {
  rig = await startCliRig('translate');
  namespace = `${rig.prefix}-shop`;
  await plantCluster('source', vksNode, 'vsan-gold', 'csi.vsphere.vmware.com');
  await plantCluster('target', eksNode, 'gp3', 'ebs.csi.aws.com');
  await plantKind('source', 'projectcontour.io', 'HTTPProxy', 'httpproxies');
  await plantKind('target', 'gateway.networking.k8s.io', 'HTTPRoute', 'httproutes');
  await plantKind('target', 'gateway.networking.k8s.io', 'Gateway', 'gateways');
  await plantKind('target', 'gateway.networking.k8s.io', 'GatewayClass', 'gatewayclasses', 'Cluster');
  await plant('target', '/apis/gateway.networking.k8s.io/v1/gatewayclasses', {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'GatewayClass',
    metadata: { name: 'aws-alb' },
    spec: { controllerName: 'gateway.k8s.aws/alb' },
  });
  await rig.namespace('source', namespace);
  rig.onEnd(() => rig.target.call('DELETE', `/api/v1/namespaces/${namespace}`));
  for (const { collection, object } of application()) await rig.create('source', collection, object);
});

afterAll(() => rig?.end());

/** Creates something cluster-scoped that goes when the rig ends. */
interface Named {
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

async function plant(side: 'source' | 'target', collection: string, object: Named): Promise<void> {
  await rig.create(side, collection, object);
  rig.onEnd(() => rig[side].call('DELETE', `${collection}/${object.metadata.name}`));
}

async function plantCluster(
  side: 'source' | 'target',
  labels: Readonly<Record<string, string>>,
  storageClass: string,
  provisioner: string
): Promise<void> {
  await plant(side, '/api/v1/nodes', nodeOf(`${rig.prefix}-node`, labels));
  await plant(side, '/apis/storage.k8s.io/v1/storageclasses', storageClassOf(storageClass, provisioner));
}

const nodeOf = (name: string, labels: object) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } });
const storageClassOf = (name: string, provisioner: string) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner,
  volumeBindingMode: 'WaitForFirstConsumer',
});

async function plantKind(
  side: 'source' | 'target',
  group: string,
  kind: string,
  plural: string,
  scope = 'Namespaced'
): Promise<void> {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  await plant(side, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${group}`,
      annotations: { 'api-approved.kubernetes.io': 'unapproved, a placeholder for tests' },
    },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
  await waitFor(() => rig[side].get(`/apis/${group}/v1/${plural}`), {
    what: `${kind} to be served`,
    deadlineMs: 60_000,
  });
}

function application(): { readonly collection: string; readonly object: object }[] {
  const metadata = (name: string, more: object = {}) => ({ name, namespace, ...more });
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: {
      serviceAccountName: 'uploader',
      nodeSelector: { 'topology.kubernetes.io/zone': 'zone-a' },
      containers: [{ name: 'web', image: 'harbor.corp.example/shop/web:1' }],
    },
  };
  return [
    {
      collection: `/api/v1/namespaces/${namespace}/serviceaccounts`,
      object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata('uploader') },
    },
    {
      collection: `/apis/apps/v1/namespaces/${namespace}/deployments`,
      object: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: metadata('web'),
        spec: { replicas: 0, selector: { matchLabels: { app: 'web' } }, template },
      },
    },
    {
      collection: `/api/v1/namespaces/${namespace}/services`,
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: metadata('web'),
        spec: { type: 'LoadBalancer', loadBalancerIP: '10.20.0.15', selector: { app: 'web' }, ports: [{ port: 443 }] },
      },
    },
    {
      collection: `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
      object: {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: metadata('data'),
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: 'vsan-gold',
          resources: { requests: { storage: '1Gi' } },
        },
      },
    },
    {
      collection: `/apis/projectcontour.io/v1/namespaces/${namespace}/httpproxies`,
      object: {
        apiVersion: 'projectcontour.io/v1',
        kind: 'HTTPProxy',
        metadata: metadata('part'),
        spec: { routes: [{ conditions: [{ prefix: '/a' }], services: [{ name: 'web', port: 80 }] }] },
      },
    },
    {
      collection: `/apis/projectcontour.io/v1/namespaces/${namespace}/httpproxies`,
      object: {
        apiVersion: 'projectcontour.io/v1',
        kind: 'HTTPProxy',
        metadata: metadata('store'),
        spec: {
          includes: [{ name: 'part', conditions: [{ prefix: '/part' }] }],
          virtualhost: { fqdn: 'store.example.com', tls: { secretName: 'store-tls' } },
          routes: [
            { conditions: [{ prefix: '/' }], services: [{ name: 'web', port: 443 }], rateLimitPolicy: { local: {} } },
          ],
        },
      },
    },
  ];
}

const translation = {
  zones: { 'zone-a': 'eu-central-1a' },
  registries: { 'harbor.corp.example/shop': '111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop' },
};

interface Spec {
  readonly spec: Readonly<Record<string, never>>;
}

describe('from a cluster that looks like VKS to one that looks like EKS', () => {
  it('explains an object before anything runs, and touches nothing', async () => {
    const file = rig.write({
      spec: { scope: { namespaces: [namespace] }, translation: { ...translation, identities: {} } },
    });
    const reported = await rig.landfall(['explain', '-f', file, `httpproxy/${namespace}/store`]);
    expect(reported).toMatchObject({ code: 0, stderr: '' });
    expect(reported.stdout).toContain('source source: VKS (node labels run.tanzu.vmware.com/');
    expect(reported.stdout).toContain('target target: EKS (node labels eks.amazonaws.com/');
    expect(reported.stdout).toContain(`translate/http-proxies creates HTTPRoute ${namespace}/store-http`);
    expect(reported.stdout).toContain('! lost, translate/http-proxies /spec/routes/0/rateLimitPolicy: rate limits');
    const json = await rig.landfall(['explain', '-f', file, `deployment/${namespace}/web`, '-o', 'json']);
    const { steps } = JSON.parse(json.stdout) as Explanation;
    const edits = steps.flatMap((step) =>
      step.edits.map((edit) => `${step.rule} ${edit.before ?? ''} ${edit.after ?? ''}`)
    );
    expect(edits).toContain('translate/zones "zone-a" "eu-central-1a"');
    const missing = await rig.landfall(['explain', '-f', file, `deployment/${namespace}/nowhere`]);
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain('EXPLAIN_NOT_FOUND');
  });

  it('explains why an object is excluded: owned, labelled, in another namespace, of an excluded kind', async () => {
    const at = `/api/v1/namespaces/${namespace}`;
    const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const template = { metadata: { labels: { app: 'own' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
    await rig.create('source', deployments, {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'own' } },
      spec: { replicas: 1, selector: { matchLabels: { app: 'own' } }, template },
    });
    const owned = await waitFor(
      async () => {
        const pods = await rig.source.get<{ items: readonly Named[] }>(`${at}/pods?labelSelector=app%3Down`);
        return pods?.items[0]?.metadata.name;
      },
      { what: 'the pod of a Deployment', deadlineMs: 60_000 }
    );
    const labels = { 'landfall.dev/exclude': 'true' };
    const core = { apiVersion: 'v1' };
    const objects: readonly (readonly [string, Named])[] = [
      ['configmaps', { ...core, kind: 'ConfigMap', metadata: { name: 'labelled', labels } }],
      ['secrets', { ...core, kind: 'Secret', metadata: { name: 'kind' } }],
    ];
    for (const [plural, object] of objects) await rig.create('source', `${at}/${plural}`, object);
    const scope = { namespaces: [namespace], excludeKinds: ['secrets'] };
    const file = rig.write({ spec: { scope, translation: { ...translation, identities: {} } } });
    const reason = async (object: string): Promise<string> => {
      const { code, stdout } = await rig.landfall(['explain', '-f', file, object]);
      return `${code} ${/excluded by .*/.exec(stdout)?.[0] ?? 'moved'}`;
    };
    expect(await reason(`pod/${namespace}/${owned}`)).toMatch(
      /^0 excluded by owned\/controller: recreated by its owner, ReplicaSet own-/
    );
    expect(await reason(`cm/${namespace}/labelled`)).toMatch(/^0 excluded by .*: labelled landfall.dev\/exclude=true/);
    expect(await reason(`secret/${namespace}/kind`)).toMatch(/^0 excluded by .*: excluded by excludeKinds/);
    expect(await reason('service/default/kubernetes')).toMatch(/^0 excluded by .*: /);
    expect(await reason(`deployment/${namespace}/web`)).toBe('0 moved');
    for (const [plural, { metadata }] of objects) await rig.source.call('DELETE', `${at}/${plural}/${metadata.name}`);
    await rig.source.call('DELETE', `${deployments}/own`);
  });

  it('moves one HTTPProxy as a Gateway and two routes, counted and verified', async () => {
    const run = await rig.migrate({ spec: { scope: { namespaces: [namespace] }, translation } });
    expect(run.error).toBeUndefined();
    const { report } = run;
    expect(report?.source.platform).toBe('vks');
    expect(report?.target?.platform).toBe('eks');
    expect(report?.objects.added).toBe(5);
    expect(report?.parity).toMatchObject({ missing: 0, different: 0, extra: 0 });
    const codes = new Set(report?.findings.map(({ code }) => code));
    for (const code of ['PLATFORM_DETECTED', 'TRANSLATION_LOSS', 'TRANSLATION_UNMAPPED', 'TRANSLATION_MANUAL']) {
      expect(codes).toContain(code);
    }
    const at = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}`;
    const gateway = await rig.target.get<Spec>(`${at}/gateways/store`);
    expect(gateway?.spec['gatewayClassName']).toBe('aws-alb');
    const part = await rig.target.get<Spec>(`${at}/httproutes/part`);
    expect(part?.spec).toMatchObject({
      parentRefs: [{ name: 'store', sectionName: 'https' }],
      hostnames: ['store.example.com'],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/part/a' } }] }],
    });
    const redirect = await rig.target.get<Spec>(`${at}/httproutes/store-http`);
    expect(redirect?.spec['hostnames']).toEqual(['store.example.com']);
    const service = await rig.target.get<Spec>(`/api/v1/namespaces/${namespace}/services/web`);
    expect(service?.spec).toMatchObject({ loadBalancerClass: 'service.k8s.aws/nlb' });
    const claim = await rig.target.get<Spec>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/data`);
    expect(claim?.spec['storageClassName']).toBe('gp3');
    const again = await rig.migrate({ spec: { scope: { namespaces: [namespace] }, translation } });
    expect(again.report?.parity).toMatchObject({ missing: 0, different: 0, extra: 0 });
  });

  it('refuses before anything is touched when nothing on the target can do what a claim needs', async () => {
    const files = `${namespace}-files`;
    await rig.namespace('source', files);
    await rig.create('source', `/api/v1/namespaces/${files}/persistentvolumeclaims`, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'shared', namespace: files },
      spec: {
        accessModes: ['ReadWriteMany'],
        storageClassName: 'vsan-gold',
        resources: { requests: { storage: '1Gi' } },
      },
    });
    const run = await rig.migrate({ spec: { scope: { namespaces: [files] }, translation } });
    const findings = run.events.flatMap((event) => (event.type === 'finding' ? [event] : []));
    expect(findings).toContainEqual(
      expect.objectContaining({
        code: 'TRANSLATION_UNMAPPED',
        severity: 'blocker',
        message: expect.stringContaining('no class on the target provides a file system shared by many nodes'),
      })
    );
    expect(run.code).not.toBe(0);
    expect(await rig.target.get(`/api/v1/namespaces/${files}`)).toBeUndefined();
    const off = await rig.migrate({ spec: { scope: { namespaces: [namespace] }, translation: { mode: 'off' } } });
    expect(off.report?.objects.added).toBeUndefined();
  });
});
