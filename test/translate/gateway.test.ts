import { describe, expect, it } from 'vitest';
import { inclusionsOf, type ProxyObject } from '../../src/translate/ingress/inclusion.ts';
import type { ClusterProfile, Direction, Translation } from '../../src/core/profile/cluster-profile.ts';
import type { TransformOutcome } from '../../src/core/transform/rule.ts';
import { transformObject } from '../../src/core/transform/transform-object.ts';
import { readHead } from '../../src/core/select/head.ts';
import { contextOf, resourceOf, translationOf } from './setting.ts';

const azure = 'service.beta.kubernetes.io/azure-';

interface Made {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: Readonly<Record<string, never>>;
}

interface Setting {
  readonly source?: Partial<ClusterProfile>;
  readonly target?: Partial<ClusterProfile>;
  readonly exposure?: 'internal' | 'public';
  readonly namespaceMapping?: Readonly<Record<string, string>>;
}

function move(object: object, direction: Direction, setting: Setting = {}) {
  const base = translationOf(direction);
  const { source = {}, target = {}, exposure = 'internal', namespaceMapping = {} } = setting;
  const loadBalancers = { ...base.tables.loadBalancers, subnets: [], defaultExposure: exposure };
  const translation: Translation = {
    ...base,
    source: { ...base.source, ...source },
    target: { ...base.target, ...target },
    tables: { ...base.tables, loadBalancers, ingress: { classes: {}, routes: 'gateway' } },
  };
  const { apiVersion, kind } = object as Made;
  const resource = resourceOf(apiVersion, kind);
  const text = JSON.stringify(object);
  const context = { ...contextOf(translation), namespaceMapping };
  return resultOf(transformObject({ head: readHead(text, resource), text, resource }, context));
}

function resultOf(outcome: TransformOutcome) {
  const made = outcome.additional.map(({ text }) => JSON.parse(text) as Made);
  const { notes } = outcome;
  return {
    own: JSON.parse(outcome.text) as Made,
    made,
    routes: made.filter(({ kind }) => kind === 'HTTPRoute'),
    of: (kind: string): Made | undefined => made.find((one) => one.kind === kind),
    blockers: notes.filter(({ severity }) => severity === 'blocker').map(({ message }) => message),
    reported: notes.map(({ message }) => message).join('\n'),
  };
}

const rulesIn = (route: Made | undefined): readonly Record<string, unknown>[] => (route?.spec['rules'] as never) ?? [];
const proxy = (routes: readonly object[], host: object = {}) => ({
  apiVersion: 'projectcontour.io/v1',
  kind: 'HTTPProxy',
  metadata: { name: 'shop', namespace: 'web' },
  spec: { virtualhost: { fqdn: 'shop.example.com', ...host }, routes },
});
const services = [{ name: 'web', port: 80 }];
const conditions = (...list: readonly object[]) => [{ conditions: list, services }];
const toAks: Direction = { from: 'vks', to: 'aks' };
const toEks: Direction = { from: 'vks', to: 'eks' };

describe('an HTTPProxy as routes of Gateway API', () => {
  it.each([
    [10, { percent: 10 }],
    [100, {}],
    [0, {}],
    [undefined, {}],
  ])('copies to a mirror of weight %s, which takes no share', (weight, percent) => {
    const mirror = { name: 'next', port: 80, mirror: true, ...(weight === undefined ? {} : { weight }) };
    const { routes } = move(proxy([{ services: [...services, mirror] }]), toAks);
    expect(rulesIn(routes[0])).toEqual([
      {
        filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'next', port: 80 }, ...percent } }],
        backendRefs: [{ name: 'web', port: 80 }],
      },
    ]);
  });

  it('of many rules become several, each as large as the API server takes it, the redirect counted', () => {
    const many = Array.from({ length: 16 }, (_, index) => ({
      conditions: [{ prefix: `/area-${index}` }],
      services,
      permitInsecure: index === 0,
    }));
    const { routes, blockers } = move(proxy(many, { tls: { secretName: 'tls' } }), toAks);
    expect(routes.map((route) => rulesIn(route).length)).toEqual([16, 16, 1]);
    expect(new Set(routes.map(({ metadata }) => metadata.name)).size).toBe(3);
    expect(routes.slice(1).every(({ metadata }) => metadata.name.startsWith('shop-http'))).toBe(true);
    expect(routes.map(({ spec }) => spec['parentRefs'])).toEqual([
      [{ name: 'shop', sectionName: 'https' }],
      [{ name: 'shop', sectionName: 'http' }],
      [{ name: 'shop', sectionName: 'http' }],
    ]);
    expect(blockers).toEqual([]);
  });

  it('asks a header once, and names what it cannot ask', () => {
    const one = (...headers: readonly object[]) =>
      move(proxy(conditions({ prefix: '/' }, ...headers.map((header) => ({ header })))), toAks);
    const both = one({ name: 'X-Group', contains: 'a' }, { name: 'x-group', contains: 'b' });
    expect(rulesIn(both.routes[0])[0]?.['matches']).toEqual([
      {
        path: { type: 'PathPrefix', value: '/' },
        headers: [{ name: 'X-Group', type: 'RegularExpression', value: '.*a.*b.*|.*b.*a.*' }],
      },
    ]);
    expect(both.blockers).toEqual([]);
    expect(one({ name: 'x', notexact: 'a' }).blockers).toEqual([
      expect.stringContaining('negated condition on header x'),
    ]);
    expect(one({ name: ':authority', exact: 'a' }).blockers).toHaveLength(1);
    expect(rulesIn(one({ name: ':method', exact: 'POST' }).routes[0])[0]?.['matches']).toMatchObject([
      { method: 'POST' },
    ]);
    expect(one({ name: 'x', exact: 'a' }, { name: 'X', exact: 'b' }).routes).toEqual([]);
  });

  it('to more services than a rule takes stops the run, and the rule is not made', () => {
    const wide = Array.from({ length: 17 }, (_, index) => ({ name: `web-${index}`, port: 80 }));
    const { routes, blockers } = move(proxy([{ services: wide }, ...conditions({ prefix: '/a' })]), toAks);
    expect(blockers).toEqual([expect.stringContaining('a route to 17 services')]);
    expect(rulesIn(routes[0])).toHaveLength(1);
  });

  it.each<[string, object, object]>([
    ['client certificates', { tls: { secretName: 't', clientValidation: { caSecret: 'ca' } } }, {}],
    ['authorization', { authorization: { extensionRef: { name: 'a' } } }, {}],
    ['verification of tokens', { jwtProviders: [{ name: 'a' }] }, {}],
    ['who may connect', { ipAllowPolicy: [{ cidr: '10.0.0.0/8', source: 'Peer' }] }, {}],
    ['who may not connect', { ipDenyPolicy: [{ cidr: '10.0.0.0/8', source: 'Peer' }] }, {}],
    ['who may connect', {}, { ipAllowPolicy: [{ cidr: '10.0.0.0/8', source: 'Peer' }] }],
    ['verification of tokens', {}, { jwtVerificationPolicy: { require: 'a' } }],
  ])('stops the run where it loses %s', (what, host, route) => {
    const { blockers } = move(proxy([{ services, ...route }], host), toAks);
    expect(blockers).toEqual([expect.stringContaining(what)]);
  });

  it.each<[string, object, object]>([
    [
      'a certificate that is asked for and not verified',
      { tls: { secretName: 't', clientValidation: { skipClientCertValidation: true } } },
      {},
    ],
    ['a check that is switched off', {}, { jwtVerificationPolicy: { disabled: true } }],
    ['rate limits', { rateLimitPolicy: { local: {} } }, { rateLimitPolicy: { local: {} } }],
    ['empty lists', { ipAllowPolicy: [], jwtProviders: [] }, { ipDenyPolicy: [] }],
    ['a plain host', {}, {}],
  ])('goes on with %s', (_what, host, route) => {
    expect(move(proxy([{ services, ...route }], host), toAks).blockers).toEqual([]);
  });

  it('writes no field that the definition of the target lacks, and names it', () => {
    const retried = proxy([{ services, retryPolicy: { count: 3 } }]);
    const unknown = move(retried, toAks);
    expect(rulesIn(unknown.routes[0])[0]).not.toHaveProperty('retry');
    expect(unknown.reported).toContain('spec.rules.retry');
    const fields = ['spec', 'spec.parentRefs', 'spec.parentRefs.**', 'spec.hostnames', 'spec.rules', 'spec.rules.**'];
    const known = move(retried, toAks, { target: { fields: { 'gateway.networking.k8s.io/HTTPRoute': fields } } });
    expect(rulesIn(known.routes[0])[0]).toMatchObject({ retry: { attempts: 3 } });
    expect(known.reported).not.toContain('retry');
  });

  it('passes TLS through by a TLSRoute of the version the target serves', () => {
    const passing = {
      ...proxy([]),
      spec: { virtualhost: { fqdn: 'k.example.com', tls: { passthrough: true } }, tcpproxy: { services } },
    };
    const kinds = ['gateway.networking.k8s.io/HTTPRoute', 'gateway.networking.k8s.io/TLSRoute'];
    const versions = { 'gateway.networking.k8s.io/TLSRoute': 'v1' };
    expect(move(passing, toAks, { target: { kinds, versions } }).of('TLSRoute')?.apiVersion).toBe(
      'gateway.networking.k8s.io/v1'
    );
    expect(move(passing, toAks).reported).toContain('the target does not serve TLSRoute');
    expect(move(passing, toEks, { target: { kinds, versions } }).reported).toContain(
      'an ALB does not support TLSRoute'
    );
  });

  it('includes others under a mapping of namespaces without a word', () => {
    const root = {
      ...proxy([]),
      spec: { virtualhost: { fqdn: 'r.example.com' }, includes: [{ name: 'child', namespace: 'web' }] },
    };
    const child = { ...proxy([]), metadata: { name: 'child', namespace: 'web' }, spec: { routes: [{ services }] } };
    const namespaceMapping = { web: 'web-eu' };
    const source = { inclusions: inclusionsOf([root, child] as unknown as readonly ProxyObject[]) };
    expect(move(root, toAks, { source, namespaceMapping }).reported).not.toContain('included');
    const missing = move(root, toAks, { source: { inclusions: {} }, namespaceMapping });
    expect(missing.reported).toContain('1 included HTTPProxy is not part of the route');
  });
});

describe('routes behind an ALB', () => {
  const changed = [
    {
      conditions: [{ prefix: '/' }, { queryParameter: { name: 'q', prefix: 'p*' } }],
      services: [...services, { name: 'next', port: 80, mirror: true }],
      requestHeadersPolicy: { set: [{ name: 'x-team', value: 'a' }] },
      responseHeadersPolicy: { remove: ['server'] },
    },
  ];

  it('have no filter that their controller refuses, targets by address, and query parameters by wildcards', () => {
    const { routes, of, reported, blockers } = move(proxy(changed), toEks);
    expect(rulesIn(routes[0])[0]).toEqual({
      matches: [
        { path: { type: 'PathPrefix', value: '/' }, queryParams: [{ name: 'q', type: 'Exact', value: 'p\\**' }] },
      ],
      backendRefs: services,
    });
    for (const what of ['request header changes', 'response header changes', 'request mirroring', 'query parameter q'])
      expect(reported).toContain(what);
    expect(of('TargetGroupConfiguration')).toMatchObject({
      metadata: { name: 'web', namespace: 'web' },
      spec: { targetReference: { name: 'web' }, defaultConfiguration: { targetType: 'ip' } },
    });
    expect(blockers).toEqual([]);
  });

  it('are asked to need definitions where the target has none for its targets', () => {
    const { of, reported } = move(proxy(conditions({ prefix: '/' })), toEks, {
      target: { kinds: ['gateway.networking.k8s.io/HTTPRoute'] },
    });
    expect(of('TargetGroupConfiguration')).toBeUndefined();
    expect(reported).toContain('an ALB targets nodes by default');
  });

  const route = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'r', namespace: 'web' },
    spec: {
      parentRefs: [{ name: 'edge' }],
      rules: [
        {
          filters: [
            { type: 'RequestHeaderModifier', requestHeaderModifier: {} },
            { type: 'URLRewrite', urlRewrite: {} },
          ],
          backendRefs: services,
        },
        { filters: [{ type: 'ExternalAuth', externalAuth: {} }], backendRefs: services },
      ],
    },
  };

  it('that were routes before lose the same, and stop the run where a filter kept requests out', () => {
    const { own, blockers, of } = move(route, { from: 'aks', to: 'eks' });
    expect(rulesIn(own).map((rule) => rule['filters'])).toEqual([[{ type: 'URLRewrite', urlRewrite: {} }], undefined]);
    expect(blockers).toEqual([expect.stringContaining('externalAuth')]);
    expect(of('TargetGroupConfiguration')).toBeDefined();
  });

  it('that stay with a controller of the user are left alone', () => {
    const source = { gateways: { 'web/edge': 'mine' } };
    const mine = { name: 'mine', controller: 'example.com/gateway', isDefault: false };
    const target = { gatewayClasses: [{ name: 'aws-alb', controller: 'gateway.k8s.aws/alb', isDefault: false }, mine] };
    const plain = { ...route, spec: { ...route.spec, rules: [route.spec.rules[0]] } };
    const { own, made } = move(plain, { from: 'aks', to: 'eks' }, { source, target });
    expect({ spec: own.spec, made }).toEqual({ spec: plain.spec, made: [] });
  });

  it('lose the rules of the AWS controller on the way to others, which stops the run', () => {
    const extensionRef = { group: 'gateway.k8s.aws', kind: 'ListenerRuleConfiguration', name: 'login' };
    const guarded = {
      ...route,
      spec: { ...route.spec, rules: [{ filters: [{ type: 'ExtensionRef', extensionRef }], backendRefs: services }] },
    };
    const { own, blockers } = move(guarded, { from: 'eks', to: 'aks' });
    expect(rulesIn(own)[0]).not.toHaveProperty('filters');
    expect(blockers).toEqual([expect.stringContaining('ListenerRuleConfiguration login')]);
  });
});

describe('who may reach a Gateway', () => {
  const gateway = (infrastructure: object, className: string) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'office', namespace: 'app' },
    spec: { gatewayClassName: className, infrastructure, listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
  });
  const parametersRef = { group: 'gateway.k8s.aws', kind: 'LoadBalancerConfiguration', name: 'inner' };
  const ofAws = (own: object | undefined, ofClass?: object): Partial<ClusterProfile> => ({
    gatewayClasses: [
      {
        name: 'aws-alb',
        controller: 'gateway.k8s.aws/alb',
        isDefault: false,
        ...(ofClass === undefined
          ? {}
          : { parameters: { kind: 'LoadBalancerConfiguration', namespace: 'infra', name: 'all' } }),
      },
    ],
    loadBalancerConfigurations: {
      ...(own === undefined ? {} : { 'app/inner': own as never }),
      ...(ofClass === undefined ? {} : { 'infra/all': ofClass as never }),
    },
  });
  const annotationsOf = (made: Made): object =>
    (made.spec['infrastructure'] as { annotations?: object } | undefined)?.annotations ?? {};

  it.each<[string, object | undefined, object | undefined, object]>([
    [
      'its configuration',
      { scheme: 'internal', sourceRanges: ['10.0.0.0/8'] },
      undefined,
      { 'load-balancer-internal': 'true', 'allowed-ip-ranges': '10.0.0.0/8' },
    ],
    ['no scheme', {}, undefined, { 'load-balancer-internal': 'true' }],
    [
      'a public one',
      { scheme: 'internet-facing', sourceRanges: ['192.0.2.0/24'] },
      undefined,
      { 'allowed-ip-ranges': '192.0.2.0/24' },
    ],
    [
      'its class',
      undefined,
      { sourceRanges: ['10.0.0.0/8'] },
      { 'load-balancer-internal': 'true', 'allowed-ip-ranges': '10.0.0.0/8' },
    ],
    [
      'its class before itself',
      { scheme: 'internet-facing' },
      { scheme: 'internal' },
      { 'load-balancer-internal': 'true' },
    ],
    [
      'itself before its class',
      { scheme: 'internet-facing' },
      { scheme: 'internal', mergingMode: 'prefer-gateway' },
      {},
    ],
  ])('is read on EKS from %s', (_what, own, ofClass, wanted) => {
    const object = gateway(own === undefined ? {} : { parametersRef }, 'aws-alb');
    const moved = move(object, { from: 'eks', to: 'aks' }, { source: ofAws(own, ofClass), exposure: 'public' });
    expect(annotationsOf(moved.own)).toEqual(
      Object.fromEntries(Object.entries(wanted).map(([key, value]) => [`${azure}${key}`, value as string]))
    );
    expect(moved.blockers).toEqual([]);
  });

  it.each<[string, object]>([
    ['security groups', { securityGroups: ['sg-1'] }],
    ['prefix lists', { securityGroupPrefixes: ['pl-1'] }],
    ['web ACL', { wafV2: { webACL: 'arn' } }],
    ['client certificates', { listenerConfigurations: [{ mutualAuthentication: { mode: 'verify' } }] }],
  ])('stops the run where it loses %s', (what, own) => {
    const { blockers } = move(
      gateway({ parametersRef }, 'aws-alb'),
      { from: 'eks', to: 'aks' },
      { source: ofAws(own) }
    );
    expect(blockers).toEqual([expect.stringContaining(what)]);
  });

  it.each(['public', 'internal'] as const)('stops the run where it is not known and becomes %s', (exposure) => {
    const { blockers, reported } = move(
      gateway({ parametersRef }, 'aws-alb'),
      { from: 'eks', to: 'aks' },
      { source: ofAws(undefined), exposure }
    );
    expect(reported).toContain('LoadBalancerConfiguration inner could not be read');
    expect(blockers).toHaveLength(exposure === 'public' ? 1 : 0);
  });

  it('is written on EKS as a configuration in the version the target serves, with ranges', () => {
    const annotations = { [`${azure}allowed-ip-ranges`]: '198.51.100.0/24', [`${azure}pip-name`]: 'pip-office' };
    const target = { versions: { 'gateway.k8s.aws/LoadBalancerConfiguration': 'v1' } };
    const { own, of, reported, blockers } = move(
      gateway({ annotations }, 'approuting-istio'),
      { from: 'aks', to: 'eks' },
      { target }
    );
    expect(of('LoadBalancerConfiguration')).toMatchObject({
      apiVersion: 'gateway.k8s.aws/v1',
      spec: { scheme: 'internet-facing', sourceRanges: ['198.51.100.0/24'] },
    });
    expect(own.spec['infrastructure']).toEqual({ parametersRef: { ...parametersRef, name: 'office' } });
    expect(reported).toContain('pip-office');
    expect(blockers).toEqual([]);
  });

  it('is said to the Service of a controller that the user brings', () => {
    const mine = { gatewayClasses: [{ name: 'mine', controller: 'example.com/gateway', isDefault: false }] };
    const aws = 'service.beta.kubernetes.io/aws-load-balancer-';
    const ranges = { 'service.beta.kubernetes.io/load-balancer-source-ranges': '198.51.100.0/24' };
    const there = move(
      gateway({ annotations: { [`${aws}scheme`]: 'internal', ...ranges, kept: 'yes' } }, 'mine'),
      { from: 'eks', to: 'aks' },
      { source: mine, target: mine }
    );
    const words = {
      [`${azure}load-balancer-internal`]: 'true',
      [`${azure}allowed-ip-ranges`]: '198.51.100.0/24',
    };
    expect(annotationsOf(there.own)).toEqual({ kept: 'yes', ...words });
    const back = move(
      gateway({ annotations: words }, 'mine'),
      { from: 'aks', to: 'eks' },
      { source: mine, target: mine }
    );
    expect(annotationsOf(back.own)).toMatchObject({ [`${aws}scheme`]: 'internal', ...ranges });
    expect([...there.blockers, ...back.blockers]).toEqual([]);
  });

  it('has no word on VKS, which stops the run', () => {
    const annotations = { [`${azure}allowed-ip-ranges`]: '198.51.100.0/24' };
    const { blockers } = move(gateway({ annotations }, 'approuting-istio'), { from: 'aks', to: 'vks' });
    expect(blockers).toEqual([expect.stringContaining('198.51.100.0/24')]);
  });
});
