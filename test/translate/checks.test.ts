import { describe, expect, it } from 'vitest';
import type { Platform, TransformSpec } from '../../src/core/spec/spec.ts';
import { createTranslationChecks } from '../../src/core/translate/checks/checks.ts';
import type { CheckFacts } from '../../src/core/translate/checks/pair.ts';
import type { ClusterProfile } from '../../src/core/translate/translation.ts';
import { transformObject } from '../../src/core/transform/transform-object.ts';
import { readHead } from '../../src/core/select/head.ts';
import { resourceOf } from './setting.ts';

/** An object as it is captured, and what is meant for the target: by hand, since the checks know no rule. */
interface Pair {
  readonly before: Manifest;
  readonly after?: Manifest | undefined;
  readonly made?: readonly Manifest[];
}

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

function outcomeOf({ before, after, made = [] }: Pair) {
  const [text, meant] = [JSON.stringify(before), JSON.stringify(after ?? before)];
  const refOf = (one: Manifest) => readHead(JSON.stringify(one), resourceOf(one.apiVersion, one.kind)).ref;
  const additional = made.map((one) => ({
    rule: 'r',
    reason: '',
    resource: resourceOf(one.apiVersion, one.kind),
    ref: refOf(one),
    text: JSON.stringify(one),
    changes: [],
  }));
  const leftOut = after === undefined ? { leaveOut: true as const, rule: 'r', reason: '' } : undefined;
  return {
    ref: refOf(before),
    text,
    outcome: {
      text: meant,
      ref: refOf(after ?? before),
      changes: [],
      notes: [],
      deferred: [],
      owners: [],
      additional,
      ...(leftOut === undefined ? {} : { leftOut }),
    },
  };
}

function check(
  pairs: readonly Pair[],
  facts: Partial<CheckFacts> & { readonly from: Platform; readonly to: Platform }
) {
  const checks = createTranslationChecks({ defaultExposure: 'internal', namespaceMapping: {}, ...facts });
  for (const pair of pairs) {
    const { ref, text, outcome } = outcomeOf(pair);
    checks.add(ref, text, outcome);
  }
  return checks.findings().map(({ code, severity, subject, message }) => `${severity} ${code} ${subject}: ${message}`);
}

const same = (one: Manifest): Pair => ({ before: one, after: one });

function service(annotations: Record<string, string>, spec: Record<string, unknown> = {}): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop', annotations },
    spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
  };
}

function ingress(
  name: string,
  ingressClassName: string,
  more: { annotations?: object; host?: string; tls?: boolean } = {}
): Manifest {
  const { annotations = {}, host = 'shop.example.com', tls = false } = more;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'shop', annotations },
    spec: {
      ingressClassName,
      ...(tls ? { tls: [{ hosts: [host], secretName: 'tls' }] } : {}),
      rules: [{ host, http: { paths: [{ path: `/${name}`, pathType: 'Prefix' }] } }],
    },
  };
}

function deployment(
  labels: Record<string, string>,
  spec: object = {},
  selector: object = { matchLabels: labels }
): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { selector, template: { metadata: { labels }, spec: { containers: [], ...spec } } },
  };
}

const policy = (spec: object): Manifest => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'p', namespace: 'shop' },
  spec,
});

const azureInternal = { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'true' };
const awsClass = { loadBalancerClass: 'service.k8s.aws/nlb' };
const awsPublic = { 'service.beta.kubernetes.io/aws-load-balancer-scheme': 'internet-facing' };
const alb = 'alb.ingress.kubernetes.io/';
const nginx = 'nginx.ingress.kubernetes.io/';

describe('exposure', () => {
  it.each<[string, Platform, Platform, Pair, RegExp | undefined]>([
    [
      'an internal Service stays internal',
      'aks',
      'eks',
      { before: service(azureInternal), after: service({}, awsClass) },
      undefined,
    ],
    [
      'a Service that becomes public',
      'aks',
      'eks',
      { before: service(azureInternal), after: service(awsPublic, awsClass) },
      /private network on the source, public on the target/,
    ],
    [
      'the built-in provider of AWS makes public ones',
      'aks',
      'eks',
      { before: service(azureInternal), after: service({}) },
      /public on the target/,
    ],
    [
      'a public Service may become internal',
      'aks',
      'eks',
      { before: service({}), after: service({}, awsClass) },
      undefined,
    ],
    [
      'a class of the user is the same door on both sides',
      'vks',
      'eks',
      same(service({}, { loadBalancerClass: 'metallb.io/metallb' })),
      undefined,
    ],
    [
      'source ranges that are dropped',
      'aks',
      'eks',
      {
        before: service({ 'service.beta.kubernetes.io/azure-allowed-ip-ranges': '198.51.100.0/24' }),
        after: service(awsPublic, awsClass),
      },
      /only 198.51.100.0\/24 may connect on the source, everybody/,
    ],
    [
      'source ranges in other words',
      'aks',
      'eks',
      {
        before: service({ 'service.beta.kubernetes.io/azure-allowed-ip-ranges': '198.51.100.0/24' }),
        after: service(awsPublic, { ...awsClass, loadBalancerSourceRanges: ['198.51.100.0/25'] }),
      },
      undefined,
    ],
    [
      'a transform that opens a Service',
      'generic',
      'generic',
      { before: service({}, { type: 'ClusterIP' }), after: service({}) },
      /inside of the cluster only on the source/,
    ],
    [
      'a node port that a transform opens',
      'generic',
      'generic',
      { before: service({}, { type: 'ClusterIP' }), after: service({}, { type: 'NodePort' }) },
      /inside of the cluster only/,
    ],
    ['a Service nobody touches', 'generic', 'generic', same(service({})), undefined],
    [
      'pods that come into the network of their node',
      'generic',
      'generic',
      { before: deployment({ app: 'web' }), after: deployment({ app: 'web' }, { hostNetwork: true }) },
      /inside of the cluster only/,
    ],
    [
      'an Ingress of a class nobody knows',
      'aks',
      'eks',
      {
        before: ingress('a', 'own'),
        after: ingress('a', 'alb', { annotations: { [`${alb}scheme`]: 'internet-facing' } }),
      },
      /public on the target/,
    ],
    [
      'a login that is dropped',
      'eks',
      'aks',
      {
        before: ingress('a', 'alb', {
          annotations: { [`${alb}scheme`]: 'internet-facing', [`${alb}auth-type`]: 'oidc' },
        }),
        after: ingress('a', 'webapprouting.kubernetes.azure.com'),
      },
      /without the login/,
    ],
    [
      'a login in other words',
      'eks',
      'aks',
      {
        before: ingress('a', 'alb', {
          annotations: { [`${alb}scheme`]: 'internet-facing', [`${alb}auth-type`]: 'oidc' },
        }),
        after: ingress('a', 'webapprouting.kubernetes.azure.com', {
          annotations: { [`${nginx}auth-url`]: 'https://login' },
        }),
      },
      undefined,
    ],
    [
      'TLS only that becomes plain HTTP as well',
      'aks',
      'eks',
      {
        before: ingress('a', 'webapprouting.kubernetes.azure.com', { tls: true }),
        after: ingress('a', 'alb', {
          tls: true,
          annotations: { [`${alb}listen-ports`]: '[{"HTTP":80},{"HTTPS":443}]' },
        }),
      },
      /answers by TLS only on the source/,
    ],
    [
      'TLS only with a redirect',
      'aks',
      'eks',
      {
        before: ingress('a', 'webapprouting.kubernetes.azure.com', { tls: true }),
        after: ingress('a', 'alb', {
          tls: true,
          annotations: { [`${alb}listen-ports`]: '[{"HTTP":80},{"HTTPS":443}]', [`${alb}ssl-redirect`]: '443' },
        }),
      },
      undefined,
    ],
  ])('%s', (_what, from, to, pair, expected) => {
    const found = check([pair], { from, to }).filter((line) => line.includes('EXPOSURE'));
    expect(found.join('\n')).toMatch(expected ?? /^$/);
  });

  it('finds a host that comes to two load balancers, unless a group joins them', () => {
    const of = (annotations: object) =>
      ['a', 'b'].map((name) => ({
        before: ingress(name, 'webapprouting.kubernetes.azure.com'),
        after: ingress(name, 'alb', { annotations }),
      }));
    expect(check(of({}), { from: 'aks', to: 'eks' })).toEqual([
      expect.stringMatching(/^blocker EXPOSURE_WIDENED Ingress shop\/b: shop.example.com has 2 load balancers/),
    ]);
    expect(check(of({ [`${alb}group.name`]: 'shop' }), { from: 'aks', to: 'eks' })).toEqual([]);
  });

  it('finds an internal application that comes to answer on the door of a public one', () => {
    const one = (name: string, scheme: string): Pair => {
      const rule = { http: { paths: [{ path: '/', pathType: 'Prefix' }] } };
      const before = ingress(name, 'alb', { annotations: { [`${alb}scheme`]: scheme } });
      const after = ingress(name, 'contour');
      const spec = { rules: [rule] };
      return {
        before: { ...before, spec: { ingressClassName: 'alb', ...spec } },
        after: { ...after, spec: { ingressClassName: 'contour', ...spec } },
      };
    };
    const found = check([one('a', 'internet-facing'), one('b', 'internal')], { from: 'eks', to: 'vks' });
    expect(found.join('\n')).toMatch(/Ingress shop\/b: it answers every host at the same path as Ingress shop\/a/);
  });
});

function job(
  spec: object,
  selector: object = { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } }
): Manifest {
  return {
    ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once', namespace: 'shop' } },
    spec: { selector, template: { spec: { containers: [] } }, ...spec },
  };
}

describe('selection', () => {
  const web = deployment({ app: 'web', tier: 'front' }, {}, { matchLabels: { app: 'web' } });
  it.each<[string, readonly Pair[], RegExp | undefined]>([
    [
      'labels and selectors that go together',
      [
        { before: web, after: deployment({ app: 'web' }) },
        {
          before: service({}, { type: 'ClusterIP', selector: { app: 'web', tier: 'front' } }),
          after: service({}, { type: 'ClusterIP' }),
        },
      ],
      undefined,
    ],
    [
      'a label that goes and leaves its selector',
      [
        { before: web, after: deployment({ app: 'web' }) },
        same(service({}, { type: 'ClusterIP', selector: { tier: 'front' } })),
      ],
      /Service shop\/web: pods: it no longer selects Deployment shop\/web/,
    ],
    [
      'a policy that comes to select everything',
      [{ before: policy({ podSelector: { matchLabels: { app: 'x' } } }), after: policy({ podSelector: {} }) }],
      /selects every pod/,
    ],
    ['a policy that always did', [same(policy({ podSelector: {} }))], undefined],
    [
      'a policy that is not made',
      [same(web), { before: policy({ podSelector: {} }), after: undefined }],
      /nothing comes in its place/,
    ],
    [
      'a policy that guards nobody',
      [
        same(deployment({ app: 'web' })),
        { before: policy({ podSelector: { matchLabels: { app: 'y' } } }), after: undefined },
      ],
      undefined,
    ],
    [
      'a selector of a custom resource that loses its conditions',
      [
        {
          before: {
            ...policy({ selector: { matchLabels: { app: 'x' } } }),
            apiVersion: 'monitoring.coreos.com/v1',
            kind: 'ServiceMonitor',
          },
          after: { ...policy({ selector: {} }), apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor' },
        },
      ],
      /\/spec\/selector has lost all its conditions/,
    ],
    ['a Job whose selector the API server has made', [{ before: job({}), after: job({}, {}) }], undefined],
    [
      'a Job that chose its selector itself and loses it',
      [{ before: job({ manualSelector: true }), after: job({ manualSelector: true }, {}) }],
      /\/spec\/selector has lost all its conditions/,
    ],
  ])('%s', (_what, pairs, expected) => {
    const found = check(pairs, { from: 'generic', to: 'generic' });
    expect(found.join('\n')).toMatch(expected ?? /^$/);
  });

  it('follows namespaces under a mapping', () => {
    const namespace = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const peers = (name: string) =>
      policy({
        podSelector: {},
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } }] }],
      });
    const moved = (one: Manifest): Manifest => ({ ...one, metadata: { ...one.metadata, namespace: 'store' } });
    const pairs = (name: string): readonly Pair[] => [
      { before: namespace('shop'), after: namespace('store') },
      { before: web, after: moved(web) },
      { before: peers('shop'), after: moved(peers(name)) },
    ];
    const facts = { from: 'generic', to: 'generic', namespaceMapping: { shop: 'store' } } as const;
    expect(check(pairs('store'), facts)).toEqual([]);
    expect(check(pairs('shop'), facts).join('\n')).toMatch(
      /peers of ingress: it no longer selects Deployment store\/web/
    );
  });
});

function profile(platform: Platform, more: Partial<ClusterProfile>): ClusterProfile {
  return {
    platform,
    declared: true,
    evidence: [],
    storageClasses: [],
    ingressClasses: [],
    gatewayClasses: [],
    runtimeClasses: [],
    priorityClasses: [],
    zones: [],
    autoMode: false,
    kinds: [],
    unreadable: [],
    ...more,
  };
}

describe('placement', () => {
  const spread = (topologyKey: string) =>
    deployment(
      { app: 'web' },
      {
        topologySpreadConstraints: [
          { topologyKey, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: 'web' } } },
        ],
      }
    );
  const volume = (one: object) => deployment({ app: 'web' }, { volumes: [{ name: 'v', ...one }] });
  it.each<[string, Manifest, RegExp | undefined]>([
    [
      'a topology key of the platform',
      spread('eks.amazonaws.com/nodegroup'),
      /spread by the label eks.amazonaws.com\/nodegroup/,
    ],
    ['a topology key everybody has', spread('kubernetes.io/hostname'), undefined],
    [
      'a label of nodes of the platform',
      deployment({ app: 'web' }, { nodeSelector: { 'karpenter.sh/nodepool': 'a' } }),
      /label karpenter.sh\/nodepool/,
    ],
    ['a label of the user', deployment({ app: 'web' }, { nodeSelector: { tier: 'front' } }), undefined],
    [
      'a resource of the platform',
      deployment({ app: 'web' }, { containers: [{ resources: { limits: { 'vpc.amazonaws.com/pod-eni': '1' } } }] }),
      /ask for vpc.amazonaws.com\/pod-eni/,
    ],
    ['a volume of a driver of the platform', volume({ csi: { driver: 'efs.csi.aws.com' } }), /driver efs.csi.aws.com/],
    ['an old volume of the platform', volume({ awsElasticBlockStore: { volumeID: 'v' } }), /driver ebs.csi.aws.com/],
    ['a volume that is everywhere', volume({ emptyDir: {} }), undefined],
  ])('without facts of the target: %s', (_what, object, expected) => {
    const found = check([same(object)], { from: 'eks', to: 'aks' }).filter((line) => line.includes('PLACEMENT'));
    expect(found.join('\n')).toMatch(expected ?? /^$/);
  });

  it('goes by what nodes, drivers and classes of both sides give', () => {
    const nodes = (labels: readonly string[], resources: readonly string[] = []) => [{ labels, resources }];
    const classes = (name: string) => [
      { name, provisioner: 'p', parameters: {}, isDefault: false, waitsForConsumer: true },
    ];
    const facts = {
      from: 'generic',
      to: 'generic',
      source: profile('generic', {
        nodes: nodes(['tier', 'rack'], ['nvidia.com/gpu']),
        drivers: ['a', 'b'],
        storageClasses: classes('standard'),
      }),
      target: profile('generic', { nodes: nodes(['tier']), drivers: ['a'], storageClasses: classes('fast') }),
    } as const;
    const pods = (spec: object) => check([same(deployment({ app: 'web' }, spec))], facts).join('\n');
    expect(pods({ nodeSelector: { tier: 'front' } })).toBe('');
    expect(pods({ nodeSelector: { rack: '1' } })).toMatch(/label rack/);
    expect(pods({ nodeSelector: { never: 'there' } })).toBe('');
    expect(pods({ containers: [{ resources: { limits: { 'nvidia.com/gpu': '1' } } }] })).toMatch(/nvidia.com\/gpu/);
    expect(pods({ volumes: [{ csi: { driver: 'a' } }] })).toBe('');
    expect(pods({ volumes: [{ csi: { driver: 'b' } }] })).toMatch(/driver b/);
    const database = (storageClass: string): Manifest => ({
      apiVersion: 'postgresql.cnpg.io/v1',
      kind: 'Cluster',
      metadata: { name: 'pg', namespace: 'shop' },
      spec: { storage: { storageClass } },
    });
    expect(check([same(database('standard'))], facts).join('\n')).toMatch(/storage class standard/);
    expect(check([same(database('fast'))], facts)).toEqual([]);
  });
});

describe('leftovers', () => {
  const custom = (apiVersion: string, kind: string, spec: object): Manifest => ({
    apiVersion,
    kind,
    metadata: { name: 'x', namespace: 'shop' },
    spec,
  });
  it.each<[string, Manifest, RegExp | undefined]>([
    [
      'an ARN in a variable',
      deployment(
        { app: 'web' },
        { containers: [{ env: [{ name: 'Q', value: 'arn:aws:sqs:eu-central-1:111122223333:q' }] }] }
      ),
      /^blocker .*an ARN of AWS at \/spec\/template\/spec\/containers\/0\/env\/0\/value/,
    ],
    [
      'an image of ECR',
      deployment({ app: 'web' }, { containers: [{ image: '111122223333.dkr.ecr.eu-central-1.amazonaws.com/web:1' }] }),
      /a registry of ECR/,
    ],
    [
      'an image from elsewhere',
      deployment({ app: 'web' }, { containers: [{ image: 'public.ecr.aws/web:1' }] }),
      undefined,
    ],
    [
      'a login by identity',
      custom('external-secrets.io/v1', 'SecretStore', {
        provider: { aws: { service: 'SecretsManager', auth: { jwt: { serviceAccountRef: { name: 'app' } } } } },
      }),
      /an identity of the cloud/,
    ],
    [
      'a login with a Secret',
      custom('external-secrets.io/v1', 'SecretStore', {
        provider: { aws: { service: 'SecretsManager', auth: { secretRef: { accessKeyIDSecretRef: { name: 's' } } } } },
      }),
      undefined,
    ],
    [
      'an annotation of the platform',
      { ...service({ 'service.beta.kubernetes.io/aws-load-balancer-name': 'x' }, { type: 'ClusterIP' }) },
      /the annotation service.beta/,
    ],
    [
      'an address of the source in a policy',
      policy({ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '172.20.0.10/32' } }] }] }),
      /^warning .*172.20.0.10\/32/,
    ],
    [
      'a public address in a policy',
      policy({ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '192.0.2.0/24' } }] }] }),
      undefined,
    ],
    [
      'configuration of the application',
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'c', namespace: 'shop' },
        data: { q: 'arn:aws:sqs:eu-central-1:1:q' },
      },
      /^warning /,
    ],
  ])('%s', (_what, object, expected) => {
    const found = check([same(object)], { from: 'eks', to: 'vks' });
    expect(found.join('\n')).toMatch(expected ?? /^$/);
  });

  it('knows the networks of the source where it could see them', () => {
    const facts = {
      from: 'generic',
      to: 'generic',
      source: profile('generic', { networks: ['10.96.0.0/16'] }),
    } as const;
    const to = (cidr: string) => policy({ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr } }] }] });
    expect(check([same(to('10.96.0.10/32'))], facts).join('\n')).toMatch(
      /^blocker SOURCE_LEFTOVER NetworkPolicy shop\/p/
    );
    expect(check([same(to('10.50.0.0/16'))], facts)).toEqual([]);
  });
});

describe('the checks', () => {
  it('find what a transform of the user opens, though no rule is at work', () => {
    const before = service({}, { type: 'ClusterIP' });
    const text = JSON.stringify(before);
    const resource = resourceOf('v1', 'Service');
    const transform: TransformSpec = {
      name: 'open',
      match: { kinds: ['services'], namespaces: [], name: '', labelSelector: '' },
      patch: [{ op: 'replace', path: '/spec/type', value: 'LoadBalancer' }],
    } as unknown as TransformSpec;
    const head = readHead(text, resource);
    const outcome = transformObject(text, head, resource, {
      namespaceMapping: {},
      storageClasses: {},
      userTransforms: [transform],
      volumes: {},
      targetResources: [],
      preserve: { nodePorts: false, status: [] },
      deferPodSecurity: false,
    });
    const checks = createTranslationChecks({
      from: 'generic',
      to: 'generic',
      defaultExposure: 'internal',
      namespaceMapping: {},
    });
    checks.add(head.ref, text, outcome);
    expect(checks.findings().map(({ code, subject }) => `${code} ${subject}`)).toEqual([
      'EXPOSURE_WIDENED Service shop/web',
    ]);
  });
});
