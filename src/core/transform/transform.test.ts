import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiResource } from '../resource.ts';
import { readHead } from '../select/head.ts';
import type { TransformSpec } from '../spec/spec.ts';
import { namespaceReferences } from './references.ts';
import type { TransformContext, TransformOutcome } from './rule.ts';
import { builtInRules } from './rules/index.ts';
import { transformObject } from './transform-object.ts';
import { checkTransforms } from './user-transforms.ts';

const context: TransformContext = {
  namespaceMapping: {},
  storageClasses: {},
  userTransforms: [],
  volumes: {},
  targetResources: [],
  preserve: { nodePorts: false, status: [] },
  deferPodSecurity: false,
};

const cluster = /^(?:Cluster|Namespace$|CustomResource|APIService$|.*Configuration$)/;

function resource(apiVersion: string, kind: string, subresources: readonly string[] = ['status']): ApiResource {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const plural = `${kind.toLowerCase()}s`;
  return { group, version, kind, plural, namespaced: !cluster.test(kind), verbs: ['list', 'create'], subresources };
}

type Given = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata?: object;
  readonly [key: string]: unknown;
};

function transform(given: Given, using: Partial<TransformContext> = {}, of?: ApiResource): TransformOutcome {
  const kind = of ?? resource(given.apiVersion, given.kind);
  const base = kind.namespaced ? { name: 'x', namespace: 'shop' } : { name: 'x' };
  const text = JSON.stringify({ ...given, metadata: { ...base, ...given.metadata } });
  return transformObject({ head: readHead(text, kind), text, resource: kind }, { ...context, ...using });
}

function result(given: Given, using: Partial<TransformContext> = {}): Given & { metadata: Record<string, unknown> } {
  return JSON.parse(transform(given, using).text) as Given & { metadata: Record<string, unknown> };
}

describe('built-in rules', () => {
  it('have ids of their own and a sentence for the docs', () => {
    const ids = builtInRules.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const rule of builtInRules) expect(rule.describe).toMatch(/^[A-Z].*\.$/);
  });

  it('strips what the server writes and nothing else, byte for byte', () => {
    const of = resource('example.com/v1', 'Thing');
    const text =
      '{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"x","namespace":"shop","uid":"u","resourceVersion":"7","generation":3,"creationTimestamp":"t","managedFields":[{}],"labels":{"b":"1","a":"2"}},"spec":{"big":9223372036854775807,"one":1.0,"dup":1,"dup":2},"status":{}}';
    const outcome = transformObject({ head: readHead(text, of), text, resource: of }, context);
    expect(outcome.text).toBe(
      '{"apiVersion":"example.com/v1","kind":"Thing","metadata":{"name":"x","namespace":"shop","labels":{"b":"1","a":"2"}},"spec":{"big":9223372036854775807,"one":1.0,"dup":1,"dup":2}}'
    );
    expect(outcome.changes.map((change) => change.rule)).toEqual(['server-fields']);
  });
  it('keeps status where the kind has no status subresource, and hands it out where asked', () => {
    const given = { apiVersion: 'example.com/v1', kind: 'Thing', status: { a: 1 } };
    expect(JSON.parse(transform(given, {}, resource('example.com/v1', 'Thing', [])).text)).toHaveProperty('status');
    const outcome = transform(given, { preserve: { nodePorts: false, status: ['things.example.com'] } });
    expect(outcome.status).toBe('{"a":1}');
    expect(outcome.text).not.toContain('status');
  });
  it('writes kind and apiVersion where a list omitted them', () => {
    const of = resource('apps/v1', 'Deployment');
    const text = '{"metadata":{"name":"x"}}';
    expect(transformObject({ head: readHead(text, of), text, resource: of }, context).text).toBe(
      '{"metadata":{"name":"x"},"kind":"Deployment","apiVersion":"apps/v1"}'
    );
  });
  it('takes off a CertificateRequest who asked for it on the source', () => {
    const spec = { request: 'x', issuerRef: { name: 'ca' } };
    const asked = { username: 'admin', uid: '', groups: ['system:masters'], extra: { a: ['b'] } };
    const given = { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', spec: { ...spec, ...asked } };
    expect(result(given)['spec']).toEqual(spec);
  });
  it('excludes what the target does not serve', () => {
    const given = { apiVersion: 'example.com/v1', kind: 'Thing' };
    const other = { ...resource('example.com/v1', 'Thing'), version: 'v2' };
    expect(transform(given, { targetResources: [resource('apps/v1', 'Deployment')] }).excluded?.rule).toBe('served');
    expect(transform(given, { targetResources: [other] }).excluded?.reason).toContain('only as v2');
    expect(
      transform(given, { targetResources: [other, resource('example.com/v1', 'Thing')] }).excluded
    ).toBeUndefined();
  });
  it('drops owners and lists them for linking, but not the set of a claim', () => {
    const owner = { apiVersion: 'db.example.com/v1', kind: 'Postgres', name: 'pg', uid: 'u', controller: true };
    const finalizers = ['foregroundDeletion', 'example.com/keep', 'orphan'];
    const outcome = transform(
      { apiVersion: 'v1', kind: 'Secret', metadata: { ownerReferences: [owner], finalizers } },
      { namespaceMapping: { shop: 'store' }, keptFinalizers: ['example.com/keep'] }
    );
    expect(JSON.parse(outcome.text)).toMatchObject({ metadata: { finalizers: ['example.com/keep'] } });
    expect(outcome.text).not.toContain('ownerReferences');
    expect(outcome.owners.map((link) => link.owner)).toEqual([
      { group: 'db.example.com', kind: 'Postgres', namespace: 'store', name: 'pg' },
    ]);
    const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'pg', uid: 'u' };
    const claim = transform({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { ownerReferences: [set] } });
    expect(claim.owners).toEqual([]);
  });

  describe('Service', () => {
    const fields = (ports: object, more: object = {}): object => ({
      managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:spec': { 'f:ports': ports, ...more } } }],
    });
    const spec = {
      clusterIP: '10.0.0.1',
      clusterIPs: ['10.0.0.1'],
      healthCheckNodePort: 31000,
      ports: [
        { port: 80, protocol: 'TCP', nodePort: 30080 },
        { port: 53, protocol: 'UDP', nodePort: 30053 },
      ],
    };
    const service = (metadata: object, change: object = {}): Given => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { ...spec, ...change },
    });
    it('keeps chosen ports and drops allocated ones', () => {
      const owned = fields({
        'k:{"port":80,"protocol":"TCP"}': { 'f:nodePort': {} },
        'k:{"port":53,"protocol":"UDP"}': {},
      });
      expect(result(service(owned))['spec']).toEqual({
        ports: [
          { port: 80, protocol: 'TCP', nodePort: 30080 },
          { port: 53, protocol: 'UDP' },
        ],
      });
      const health = fields({}, { 'f:healthCheckNodePort': {} });
      expect(result(service(health))['spec']).toHaveProperty('healthCheckNodePort', 31000);
    });
    it('keeps all with preserve, without managed fields, and those in last-applied', () => {
      const kept = { preserve: { nodePorts: true, status: [] } };
      expect(result(service(fields({})), kept)['spec']).toHaveProperty('ports', spec.ports);
      expect(result(service({}))['spec']).toHaveProperty('ports', spec.ports);
      const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"nodePort":30053' };
      expect(result(service({ ...fields({}), annotations }))['spec']).toHaveProperty('ports', [
        { port: 80, protocol: 'TCP' },
        spec.ports[1],
      ]);
    });
    it('keeps None', () => {
      const headless = { clusterIP: 'None', clusterIPs: ['None'] };
      expect(result(service(fields({}), headless))['spec']).toMatchObject(headless);
    });
  });

  it('takes a claim off its volume, or onto the one with the data', () => {
    const claim: Given = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'volume.kubernetes.io/selected-node': 'n', keep: '1' },
      },
      spec: { volumeName: 'pv-source', storageClassName: 'fast', dataSource: {}, dataSourceRef: {}, selector: {} },
    };
    expect(result(claim)).toMatchObject({
      metadata: { annotations: { keep: '1' } },
      spec: { storageClassName: 'fast' },
    });
    expect(result(claim)['spec']).toEqual({ storageClassName: 'fast' });
    const volumes = { 'shop/x': { volumeName: 'pv-target' } };
    expect(result(claim, { volumes })['spec']).toEqual({ volumeName: 'pv-target', storageClassName: 'fast' });
    const fixed = { ...claim, spec: { storageClassName: '', selector: { matchLabels: { a: 'b' } } } };
    expect(result(fixed)['spec']).toHaveProperty('selector');
  });

  it.each<[string, Record<string, string>, string | undefined, string | undefined]>([
    ['a named class', { fast: 'gp3' }, 'fast', 'gp3'],
    ['any other', { slow: 'x', '*': 'gp3' }, 'fast', 'gp3'],
    ['none for the empty class', { '*': 'gp3' }, '', ''],
    ['the empty class by its key', { '': 'gp3' }, '', 'gp3'],
    ['none for an absent class', { '*': 'gp3' }, undefined, undefined],
    ['no prototype', {}, 'constructor', 'constructor'],
  ])('maps storage classes: %s', (_name, storageClasses, from, to) => {
    const spec = from === undefined ? {} : { storageClassName: from };
    const expected = to === undefined ? {} : { storageClassName: to };
    const claim = result({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', spec }, { storageClasses });
    expect(claim['spec']).toEqual(expected);
    const volumes = [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec } } }];
    const set = result(
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        spec: { volumeClaimTemplates: [{ spec }], template: { spec: { volumes } } },
      },
      { storageClasses }
    );
    expect(set['spec']).toMatchObject({
      volumeClaimTemplates: [{ spec: expected }],
      template: { spec: { volumes: [{ ephemeral: { volumeClaimTemplate: { spec: expected } } }] } },
    });
  });

  it('takes the token out of a token Secret and generated names out of an account', () => {
    const secret = result({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: {
        annotations: { 'kubernetes.io/service-account.name': 'ci', 'kubernetes.io/service-account.uid': 'u' },
      },
      data: { token: 'dG9rZW4=', 'ca.crt': 'x', namespace: 'y', extra: 'eA==' },
    });
    expect(secret).toMatchObject({ data: { extra: 'eA==' } });
    expect(JSON.stringify(secret)).not.toMatch(/uid|dG9rZW4/);
    const secrets = [{ name: 'ci-token-bcdfg' }, { name: 'own' }, { name: 'ci-dockercfg-bcdfg' }];
    const account = result({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ci' }, secrets });
    expect(account['secrets']).toEqual([{ name: 'own' }]);
  });

  it('makes a Job and a bare Pod acceptable', () => {
    const labels = { 'controller-uid': 'u', 'batch.kubernetes.io/controller-uid': 'u', app: 'a' };
    const job = (spec: object): Given => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { labels }, spec });
    const selector = { matchLabels: { 'controller-uid': 'u' } };
    const template = { metadata: { labels } };
    expect(result(job({ selector, template }))).toMatchObject({
      metadata: { labels: { app: 'a' } },
      spec: { template: { metadata: { labels: { app: 'a' } } } },
    });
    expect(result(job({ selector, template }))['spec']).not.toHaveProperty('selector');
    expect(result(job({ selector, template, manualSelector: true }))['spec']).toHaveProperty('selector', selector);
    const pod = result({
      apiVersion: 'v1',
      kind: 'Pod',
      spec: {
        nodeName: 'n1',
        priority: 5,
        preemptionPolicy: 'Never',
        ephemeralContainers: [{}],
        volumes: [
          { name: 'kube-api-access-abcde', projected: {} },
          { name: 'data' },
          { name: 'kube-api-access-abcde2' },
        ],
        containers: [{ name: 'c', volumeMounts: [{ name: 'kube-api-access-abcde' }, { name: 'data' }] }],
      },
    });
    expect(pod['spec']).toEqual({
      volumes: [{ name: 'data' }, { name: 'kube-api-access-abcde2' }],
      containers: [{ name: 'c', volumeMounts: [{ name: 'data' }] }],
    });
  });

  it('leaves a pod template alone', () => {
    const template = { spec: { nodeName: 'n', priority: 3, containers: [] } };
    const annotations = {
      'deployment.kubernetes.io/revision': '4',
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
    };
    const deployment = result({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { annotations },
      spec: { template },
    });
    expect(deployment['spec']).toEqual({ template });
    expect(deployment.metadata['annotations']).toEqual({ 'kubectl.kubernetes.io/last-applied-configuration': '{}' });
  });

  it('makes old definitions and webhooks acceptable to v1, keeps caBundle', () => {
    const definition = result({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      spec: { preserveUnknownFields: true, versions: [{ schema: { openAPIV3Schema: { type: 'object' } } }] },
    });
    expect(definition['spec']).toEqual({
      versions: [{ schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
    });
    const webhook = result({
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      webhooks: [{ sideEffects: 'Unknown', clientConfig: { caBundle: 'Q0E=' } }],
    });
    expect(webhook['webhooks']).toEqual([{ sideEffects: 'None', clientConfig: { caBundle: 'Q0E=' } }]);
  });

  it('takes spec.finalizers off a namespace and defers pod security where asked', () => {
    const given: Given = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'restricted', team: 'a' } },
      spec: { finalizers: ['kubernetes', 'example.com/hold'] },
    };
    expect(result(given)).toMatchObject({
      spec: {},
      metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    });
    const outcome = transform(given, { deferPodSecurity: true });
    expect(JSON.parse(outcome.text)).toMatchObject({ metadata: { labels: { team: 'a' } } });
    expect(outcome.text).not.toContain('restricted');
    expect(outcome.deferred[0]?.patch).toEqual([
      { op: 'add', path: '/metadata/labels/pod-security.kubernetes.io~1enforce', value: 'restricted' },
    ]);
  });
});

describe('namespaces', () => {
  const namespaceMapping = { shop: 'store' };
  const selector = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
  const expression = { key: 'kubernetes.io/metadata.name', operator: 'In', values: ['shop', 'other'] };
  it.each<[string, Given, object]>([
    ['an object', { apiVersion: 'v1', kind: 'ConfigMap' }, { metadata: { namespace: 'store' } }],
    [
      'the Namespace and its label',
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop', labels: { 'kubernetes.io/metadata.name': 'shop' } },
      },
      { metadata: { name: 'store', labels: { 'kubernetes.io/metadata.name': 'store' } } },
    ],
    [
      'subjects',
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        subjects: [
          { kind: 'User', name: 'shop' },
          { kind: 'ServiceAccount', namespace: 'shop' },
          { namespace: 'other' },
        ],
      },
      { subjects: [{ kind: 'User', name: 'shop' }, { namespace: 'store' }, { namespace: 'other' }] },
    ],
    [
      'webhooks',
      {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'MutatingWebhookConfiguration',
        metadata: { annotations: { 'cert-manager.io/inject-ca-from': 'shop/cert' } },
        webhooks: [{ clientConfig: { service: { namespace: 'shop' } }, namespaceSelector: selector }],
      },
      {
        metadata: { annotations: { 'cert-manager.io/inject-ca-from': 'store/cert' } },
        webhooks: [
          {
            clientConfig: { service: { namespace: 'store' } },
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'store' } },
          },
        ],
      },
    ],
    [
      'an APIService',
      { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', spec: { service: { namespace: 'shop' } } },
      { spec: { service: { namespace: 'store' } } },
    ],
    [
      'network policies',
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        spec: {
          ingress: [
            { from: [{ namespaceSelector: selector }, { namespaceSelector: { matchExpressions: [expression] } }] },
          ],
        },
      },
      {
        spec: {
          ingress: [
            {
              from: [
                { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'store' } } },
                { namespaceSelector: { matchExpressions: [{ values: ['store', 'other'] }] } },
              ],
            },
          ],
        },
      },
    ],
    [
      'pod affinity',
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        spec: {
          template: {
            spec: {
              affinity: {
                podAntiAffinity: {
                  preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: { namespaces: ['shop'] } }],
                },
              },
            },
          },
        },
      },
      {
        spec: {
          template: {
            spec: {
              affinity: {
                podAntiAffinity: {
                  preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: { namespaces: ['store'] } }],
                },
              },
            },
          },
        },
      },
    ],
    [
      'Gateway routes',
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        spec: { parentRefs: [{ name: 'g', namespace: 'shop' }], rules: [{ backendRefs: [{ namespace: 'shop' }] }] },
      },
      { spec: { parentRefs: [{ namespace: 'store' }], rules: [{ backendRefs: [{ namespace: 'store' }] }] } },
    ],
    [
      'qualified names',
      { apiVersion: 'networking.istio.io/v1', kind: 'VirtualService', spec: { gateways: ['shop/g', 'mesh', 'shop'] } },
      { spec: { gateways: ['store/g', 'mesh', 'shop'] } },
    ],
  ])('maps %s', (_name, given, expected) => expect(result(given, { namespaceMapping })).toMatchObject(expected));

  it('maps each row of the table', () => {
    const values = {
      ...{ name: 'shop', qualified: 'shop/x', selector },
      ...{ account: 'system:serviceaccount:shop:web', spiffe: 'cluster.local/ns/shop/sa/web' },
    };
    for (const { group, kind, path, form } of namespaceReferences.filter((row) => row.group !== '*')) {
      const value = values[form];
      const given = path
        .split('/')
        .slice(1)
        .reduceRight<unknown>((inner, segment) => (segment === '*' ? [inner] : { [segment]: inner }), value);
      const before = { apiVersion: `${group === '' ? '' : `${group}/`}v1`, kind, ...(given as object) };
      expect(JSON.stringify(result(before, { namespaceMapping })), `${kind} ${path}`).not.toMatch(/["/:]shop\b/);
    }
  });

  it('reports names in values, and changes none', () => {
    const data = { url: 'http://db.shop.svc:5432', far: 'db.shop.svcx', other: 'db.other.svc' };
    const outcome = transform({ apiVersion: 'v1', kind: 'ConfigMap', data }, { namespaceMapping });
    expect(outcome.notes.map((note) => note.path)).toEqual(['/data/url']);
    expect(JSON.parse(outcome.text)).toMatchObject({ data });
    expect(outcome.ref.namespace).toBe('store');
  });
});

describe('user transforms', () => {
  const spec = (change: Partial<TransformSpec>, match: Partial<TransformSpec['match']> = {}): TransformSpec => ({
    name: 't',
    match: { kinds: [], namespaces: [], name: '', labelSelector: '', ...match },
    patch: [],
    reason: 'because',
    ...change,
  });
  const given: Given = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { labels: { app: 'a' } }, data: { a: '1' } };
  const add = spec({ patch: [{ op: 'add', path: '/data/b', value: '2' }] });

  it.each<[string, Partial<TransformSpec['match']>, boolean]>([
    ['everything', {}, true],
    ['a kind', { kinds: ['configmaps'] }, true],
    ['another kind', { kinds: ['secrets'] }, false],
    ['a namespace by its name on the source', { namespaces: ['sh?p'] }, true],
    ['a namespace by its name on the target', { namespaces: ['store'] }, false],
    ['a name', { name: '^x$' }, true],
    ['another name', { name: '^y' }, false],
    ['labels', { labelSelector: 'app in (a)' }, true],
    ['other labels', { labelSelector: '!app' }, false],
    ['a value', { fields: [{ path: '/data/a', value: '1' }] }, true],
    ['another value', { fields: [{ path: '/data/a', value: 1 }] }, false],
    ['a missing value', { fields: [{ path: '/data/z', value: '1' }] }, false],
  ])('matches %s', (_name, match, matches) => {
    const using = {
      userTransforms: [{ ...add, match: { ...add.match, ...match } }],
      namespaceMapping: { shop: 'store' },
    };
    expect(result(given, using)['data']).toEqual(matches ? { a: '1', b: '2' } : { a: '1' });
  });

  it('leaves an object alone whose test fails, and says so', () => {
    const tested = spec({
      patch: [
        { op: 'add', path: '/data/b', value: '2' },
        { op: 'test', path: '/data/a', value: '9' },
      ],
    });
    const outcome = transform(given, { userTransforms: [tested] });
    expect(JSON.parse(outcome.text)).toMatchObject({ data: { a: '1' } });
    expect(outcome.text).not.toContain('"b"');
    expect(outcome.notes.map((note) => note.rule)).toEqual(['user/t']);
  });
  it('names the object a patch does not fit', () => {
    const broken = spec({ patch: [{ op: 'remove', path: '/data/nope' }] });
    expect(() => transform(given, { userTransforms: [broken] })).toThrowError(/TRANSFORM_FAILED.*ConfigMap shop\/x/);
  });
  it('merges, plainly and by the keys of lists', () => {
    expect(result(given, { userTransforms: [spec({ mergePatch: { data: { a: null, c: '3' } } })] })['data']).toEqual({
      c: '3',
    });
    const containers = [
      { name: 'web', image: 'a' },
      { name: 'side', image: 'b' },
    ];
    const deployment: Given = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { template: { spec: { containers } } },
    };
    const patch = [
      { name: 'web', image: 'c' },
      { name: 'side', $patch: 'delete' },
      { name: 'new', image: 'd' },
    ];
    const strategicPatch = { spec: { template: { spec: { containers: patch } } } };
    expect(result(deployment, { userTransforms: [spec({ strategicPatch })] })['spec']).toEqual({
      template: {
        spec: {
          containers: [
            { name: 'web', image: 'c' },
            { name: 'new', image: 'd' },
          ],
        },
      },
    });
  });
  it('refuses all that is wrong at once', () => {
    const wrong: TransformSpec[] = [
      spec({ patch: [{ op: 'add', path: '/metadata/ownerReferences', value: [] }] }),
      spec({ patch: [{ op: 'replace', path: '/metadata', value: {} }] }),
      spec({ patch: [{ op: 'move', from: '/metadata/uid', path: '/data/x' }] }),
      spec({ mergePatch: { metadata: { uid: 'x' } } }),
      spec({ patch: [{ op: 'add', path: 'nope', value: 1 }] }),
      spec({}, { name: '(?=a)' }),
      spec({}, { labelSelector: 'a in' }),
    ];
    expect(checkTransforms(wrong)).toHaveLength(wrong.length);
    expect(() => transform(given, { userTransforms: wrong })).toThrowError(/CONFIG_INVALID/);
  });
});

describe('idempotence', () => {
  const metadata = fc.record({
    name: fc.constant('x'),
    namespace: fc.constant('shop'),
    uid: fc.uuid(),
    labels: fc.dictionary(fc.constantFrom('app', 'controller-uid'), fc.string(), { maxKeys: 2 }),
    annotations: fc.dictionary(fc.constantFrom('a', 'deployment.kubernetes.io/revision'), fc.string(), { maxKeys: 2 }),
    finalizers: fc.array(fc.constantFrom('orphan', 'keep', 'foregroundDeletion'), { maxLength: 3 }),
  });
  const spec = fc.record(
    {
      volumeName: fc.constantFrom('pv', 'pv-target'),
      storageClassName: fc.constantFrom('', 'fast'),
      nodeName: fc.string(),
      clusterIP: fc.constantFrom('None', '10.0.0.1'),
      ports: fc.array(fc.record({ port: fc.nat(100), nodePort: fc.nat(100) }), { maxLength: 2 }),
      volumes: fc.array(fc.record({ name: fc.constantFrom('kube-api-access-abcde', 'v'), projected: fc.constant({}) })),
    },
    { requiredKeys: [] }
  );
  const kind = fc.constantFrom(
    'v1/Service',
    'v1/Pod',
    'v1/PersistentVolumeClaim',
    'apps/v1/Deployment',
    'batch/v1/Job'
  );
  it('a second time changes nothing', () => {
    fc.assert(
      fc.property(metadata, spec, kind, fc.boolean(), (meta, body, gvk, managed) => {
        const at = gvk.lastIndexOf('/');
        const managedFields = managed ? { managedFields: [{ manager: 'm' }] } : {};
        const first = {
          apiVersion: gvk.slice(0, at),
          kind: gvk.slice(at + 1),
          metadata: { ...meta, ...managedFields },
          spec: body,
        };
        const using = {
          namespaceMapping: { shop: 'store' },
          storageClasses: { fast: 'gp3' },
          volumes: { 'shop/x': { volumeName: 'pv-target' } },
        };
        const once = transform(first, using).text;
        const twice = transform(JSON.parse(once) as Given, using);
        expect(twice.text).toBe(once);
        expect(twice.changes).toEqual([]);
      })
    );
  });
});
