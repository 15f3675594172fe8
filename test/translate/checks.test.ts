import { describe, expect, it } from 'vitest';
import type { Platform, TransformSpec } from '../../src/core/spec/spec.ts';
import { createTranslationChecks } from '../../src/translate/checks/checks.ts';
import { transformObject } from '../../src/core/transform/transform-object.ts';
import { readHead } from '../../src/core/select/head.ts';
import { check, deployment, profile, same, type Manifest, type Pair } from './check-setting.ts';
import { resourceOf } from './setting.ts';

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
      /only inside the cluster on the source/,
    ],
    [
      'a node port that a transform opens',
      'generic',
      'generic',
      { before: service({}, { type: 'ClusterIP' }), after: service({}, { type: 'NodePort' }) },
      /only inside the cluster/,
    ],
    ['a Service nobody touches', 'generic', 'generic', same(service({})), undefined],
    [
      'pods that come into the network of their node',
      'generic',
      'generic',
      { before: deployment({ app: 'web' }), after: deployment({ app: 'web' }, { hostNetwork: true }) },
      /only inside the cluster/,
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
      /accepts only TLS on the source/,
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
    expect(found.join('\n')).toMatch(
      /Ingress shop\/b: on the target, unlike on the source, it serves every host at the same path as Ingress shop\/a/
    );
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
      /nothing replaces it/,
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
      'a login by identity of KEDA',
      custom('keda.sh/v1alpha1', 'TriggerAuthentication', { podIdentity: { provider: 'aws' } }),
      /an identity of the cloud of the source at \/spec\/podIdentity\/provider/,
    ],
    [
      'a login by identity of the Secrets Store',
      custom('secrets-store.csi.x-k8s.io/v1', 'SecretProviderClass', { provider: 'aws', parameters: {} }),
      /an identity of the cloud of the source at \/spec\/provider/,
    ],
    [
      'a login of KEDA to something else',
      custom('keda.sh/v1alpha1', 'TriggerAuthentication', { podIdentity: { provider: 'azure-workload' } }),
      undefined,
    ],
    ['a field that is named otherwise', custom('example.org/v1', 'Thing', { source: { cloud: 'aws' } }), undefined],
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

  it.each<[string, Manifest, RegExp | undefined]>([
    [
      'KEDA',
      custom('keda.sh/v1alpha1', 'TriggerAuthentication', { podIdentity: { provider: 'azure-workload' } }),
      /an identity of the cloud of the source/,
    ],
    [
      'the Secrets Store',
      custom('secrets-store.csi.x-k8s.io/v1', 'SecretProviderClass', { provider: 'azure', parameters: {} }),
      /an identity of the cloud of the source/,
    ],
    ['AWS', custom('keda.sh/v1alpha1', 'TriggerAuthentication', { podIdentity: { provider: 'aws' } }), undefined],
  ])('a login by identity of %s on the way from Azure', (_what, object, expected) => {
    expect(check([same(object)], { from: 'aks', to: 'eks' }).join('\n')).toMatch(expected ?? /^$/);
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
    const outcome = transformObject(
      { head, text, resource },
      {
        namespaceMapping: {},
        storageClasses: {},
        userTransforms: [transform],
        volumes: {},
        targetResources: [],
        preserve: { nodePorts: false, status: [] },
        deferPodSecurity: false,
      }
    );
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
