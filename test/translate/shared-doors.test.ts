import { describe, expect, it } from 'vitest';
import { createTranslationChecks } from '../../src/translate/checks/checks.ts';
import { routingFactsOf } from '../../src/translate/ingress/facts.ts';
import { readHead } from '../../src/core/select/head.ts';
import { ingressOf, move, moved, nginxClass, seen, type AnyObject } from './ingress-setting.ts';
import { profiles, resourceOf, translate, translationOf } from './setting.ts';

const toEks = { from: 'aks', to: 'eks' } as const;
const toVks = { from: 'aks', to: 'vks' } as const;
const fromEks = { from: 'eks', to: 'aks' } as const;
const alb = 'alb.ingress.kubernetes.io/';
const nginx = 'nginx.ingress.kubernetes.io/';
const azure = 'service.beta.kubernetes.io/azure-';
const office = '198.51.100.0/24';

function controller(spec: object, name = nginxClass): AnyObject {
  return {
    apiVersion: 'approuting.kubernetes.azure.com/v1alpha1',
    kind: 'NginxIngressController',
    metadata: { name: 'default' },
    spec: { ingressClassName: name, ...spec },
  };
}

/** The Ingress of a list of objects after the move. */
function last(objects: readonly AnyObject[], direction: Parameters<typeof move>[1]) {
  const outcome = move(objects, direction).outcomes.at(-1);
  if (outcome === undefined) throw new Error('nothing was translated');
  return seen(outcome);
}

describe('the load balancer of a class of NGINX', () => {
  it.each<[string, object, Record<string, string>, string | undefined]>([
    ['ranges in its annotations', { [`${azure}allowed-ip-ranges`]: office }, {}, office],
    [
      'ranges in the older annotation',
      { 'service.beta.kubernetes.io/load-balancer-source-ranges': office },
      {},
      office,
    ],
    ['everybody', { [`${azure}allowed-ip-ranges`]: '0.0.0.0/0' }, {}, undefined],
    [
      'a narrower list of the Ingress',
      { [`${azure}allowed-ip-ranges`]: office },
      { 'whitelist-source-range': '198.51.100.7/32' },
      '198.51.100.7/32',
    ],
    [
      'a wider list of the Ingress',
      { [`${azure}allowed-ip-ranges`]: office },
      { 'whitelist-source-range': '198.51.0.0/16' },
      office,
    ],
  ])('lets in %s', (_what, loadBalancerAnnotations, annotations, expected) => {
    const found = last([controller({ loadBalancerAnnotations }), ingressOf('aks', { annotations })], toEks);
    expect(found.annotations[`${alb}inbound-cidrs`]).toBe(expected);
    expect(found.blockers).toEqual([]);
  });

  it('stops the run where two lists cannot be said as one, and where the target knows no list', () => {
    const loadBalancerAnnotations = { [`${azure}allowed-ip-ranges`]: office };
    const own = ingressOf('aks', { annotations: { 'whitelist-source-range': '203.0.113.0/24' } });
    expect(last([controller({ loadBalancerAnnotations }), own], toEks).blockers).toEqual([
      expect.stringContaining('who may connect: the load balancer of its class lets in 198.51.100.0/24'),
    ]);
    expect(last([controller({ loadBalancerAnnotations }), ingressOf('aks')], toVks).blockers).toEqual([
      'who may connect',
    ]);
  });

  it.each<[string, object]>([
    ['serves no plain HTTP', { httpDisabled: true }],
    ['redirects all of it', { defaultSSLCertificate: { forceSSLRedirect: true } }],
  ])('redirects on the target where it %s', (_what, spec) => {
    expect(last([controller(spec), ingressOf('aks')], toEks).annotations[`${alb}ssl-redirect`]).toBe('443');
  });

  it('says the same to NGINX that somebody brought to the target', () => {
    const objects = [
      controller({ loadBalancerAnnotations: { [`${azure}allowed-ip-ranges`]: office }, httpDisabled: true }),
      ingressOf('aks'),
    ];
    const classes = [{ name: 'nginx', controller: 'k8s.io/ingress-nginx', isDefault: false }];
    const tables = { ingress: { classes: { [nginxClass]: 'nginx' }, routes: 'auto' as const } };
    const { outcomes } = move(objects, toEks, { tables, target: { ingressClasses: classes } });
    expect(JSON.parse(outcomes[1]?.text ?? '').metadata.annotations).toEqual({
      [`${nginx}whitelist-source-range`]: office,
      [`${nginx}force-ssl-redirect`]: 'true',
    });
  });
});

describe('an Ingress of an ALB group', () => {
  const group = { 'group.name': 'g', scheme: 'internet-facing' };
  const other = (annotations: Record<string, string>): AnyObject =>
    ingressOf('eks', { name: 'other', host: 'other.example.com', annotations: { ...group, ...annotations } });
  const own = ingressOf('eks', { annotations: { 'group.name': 'g' } });

  it.each<[string, Record<string, string>, string, string | undefined]>([
    ['the list of addresses', { 'inbound-cidrs': office }, 'whitelist-source-range', office],
    ['the redirect', { 'ssl-redirect': '443' }, 'force-ssl-redirect', 'true'],
    [
      'no list for other ports',
      { 'inbound-cidrs': office, 'listen-ports': '[{"HTTPS":8443}]' },
      'whitelist-source-range',
      undefined,
    ],
  ])('takes %s of another one', (_what, annotations, name, expected) => {
    const found = last([other(annotations), own], fromEks);
    expect(found.annotations[nginx + name]).toBe(expected);
    expect(found.blockers).toEqual([]);
  });

  it('is as public as the others, and stops the run where their security groups are lost', () => {
    expect(last([other({}), own], fromEks).blockers).toEqual([]);
    expect(last([other({ 'security-groups': 'sg-1' }), own], fromEks).blockers).toEqual([
      expect.stringContaining('security groups'),
    ]);
    const alone = ingressOf('eks', { annotations: { 'group.name': 'another' } });
    expect(last([other({ 'inbound-cidrs': office }), alone], fromEks).blockers).toEqual([
      expect.stringContaining('the Ingress was internal'),
    ]);
  });
});

describe('words of an ALB on a Service', () => {
  const service = (annotations: Record<string, string>): AnyObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'shop',
      annotations: Object.fromEntries(Object.entries(annotations).map(([key, value]) => [alb + key, value])),
    },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  });

  it('are removed, and a login among them stops the run', () => {
    const [outcome] = move([service({ 'auth-type': 'oidc', 'backend-protocol': 'HTTPS' })], fromEks).outcomes;
    expect(outcome?.text).not.toContain(alb);
    expect(outcome?.notes.map(({ code, message }) => `${code ?? ''} ${message}`)).toEqual([
      'EXPOSURE_WIDENED the login by Cognito or OIDC at the load balancer (auth-type)',
    ]);
  });

  it('count before those of the Ingress', () => {
    const annotations = { scheme: 'internet-facing', 'backend-protocol': 'HTTP' };
    const found = last([service({ 'backend-protocol': 'HTTPS' }), ingressOf('eks', { annotations })], fromEks);
    expect(found.annotations[`${nginx}backend-protocol`]).toBe('HTTPS');
  });
});

it('reads actions whose keys begin with a capital letter, as the API of AWS has them', () => {
  const action = '{"Type":"redirect","RedirectConfig":{"Protocol":"HTTPS","Port":"443","StatusCode":"HTTP_301"}}';
  const found = moved(
    ingressOf('eks', {
      annotations: { scheme: 'internet-facing', 'actions.redirect': action },
      paths: [
        { path: '/*', type: 'ImplementationSpecific', service: 'redirect', port: { name: 'use-annotation' } },
        { path: '/*', type: 'ImplementationSpecific' },
      ],
    }),
    fromEks
  );
  expect(found.annotations[`${nginx}force-ssl-redirect`]).toBe('true');
  expect(found.paths).toEqual(['shop.example.com/ Prefix web']);
});

describe('the exposure check', () => {
  it('knows what classes and groups say that are not part of the scope', () => {
    const text = JSON.stringify(ingressOf('aks'));
    const after = JSON.stringify(ingressOf('eks', { annotations: { scheme: 'internet-facing' } }));
    const nginxControllers = [controller({ loadBalancerAnnotations: { [`${azure}allowed-ip-ranges`]: office } })];
    const none = { ingresses: [], ingressClasses: [], classParameters: [], services: [] };
    const source = { ...profiles.aks, routing: routingFactsOf({ ...none, nginxControllers }) };
    const facts = {
      ...toEks,
      source,
      target: profiles.eks,
      defaultExposure: 'internal' as const,
      namespaceMapping: {},
    };
    const checks = createTranslationChecks(facts);
    const { ref } = readHead(text, resourceOf('networking.k8s.io/v1', 'Ingress'));
    checks.add(ref, text, { text: after, ref, changes: [], notes: [], deferred: [], owners: [], additional: [] });
    expect(checks.findings().map(({ message }) => message)).toEqual([
      `only ${office} may connect on the source, everybody on the target`,
    ]);
  });
});

describe('settings of a platform that keep requests out', () => {
  it.each<[string, 'vks' | 'eks' | 'aks', string, string, object, string | undefined]>([
    [
      'client certificates',
      'aks',
      'alb.networking.azure.io/v1',
      'FrontendTLSPolicy',
      { default: { verify: { caCertificateRef: { name: 'ca' } } } },
      'client certificates',
    ],
    [
      'a TLS policy alone',
      'aks',
      'alb.networking.azure.io/v1',
      'FrontendTLSPolicy',
      { default: { policyType: { type: 'predefined' } } },
      undefined,
    ],
    [
      'a login',
      'vks',
      'ako.vmware.com/v1alpha2',
      'SSORule',
      { fqdn: 'a.example.com' },
      'the login at the Avi load balancer',
    ],
    [
      'TLS of a host',
      'vks',
      'ako.vmware.com/v1beta1',
      'HostRule',
      { virtualhost: { tls: { sslKeyCertificate: { name: 'c' } } } },
      'TLS at Avi',
    ],
    ['health monitors alone', 'vks', 'ako.vmware.com/v1beta1', 'HTTPRule', { paths: [] }, undefined],
  ])('stop the run: %s', (_what, from, apiVersion, kind, spec, expected) => {
    const object = { apiVersion, kind, metadata: { name: 'x', namespace: 'shop' }, spec };
    const outcome = translate(JSON.stringify(object), resourceOf(apiVersion, kind), translationOf({ from, to: 'eks' }));
    const opened = outcome.notes.filter(({ code }) => code === 'EXPOSURE_WIDENED').map(({ message }) => message);
    expect(opened).toEqual(expected === undefined ? [] : [`${kind}: without ${expected} that it set on the source`]);
    expect(outcome.excluded).toBeDefined();
  });
});
