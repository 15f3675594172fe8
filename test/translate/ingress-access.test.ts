import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/core/profile/cluster-profile.ts';
import { ingressOf, move, moved, nginxClass, seen, type AnyObject } from './ingress-setting.ts';

const eksToAks: Direction = { from: 'eks', to: 'aks' };
const eksToVks: Direction = { from: 'eks', to: 'vks' };
const aksToEks: Direction = { from: 'aks', to: 'eks' };
const aksToVks: Direction = { from: 'aks', to: 'vks' };
const vksToEks: Direction = { from: 'vks', to: 'eks' };
const vksToAks: Direction = { from: 'vks', to: 'aks' };

const isPublic = { scheme: 'internet-facing' };
const tls = { tls: [{ hosts: ['shop.example.com'], secretName: 't' }] };
const alb = (name: string): string => `alb.ingress.kubernetes.io/${name}`;
const nginx = (name: string): string => `nginx.ingress.kubernetes.io/${name}`;

describe('what keeps requests out of an Ingress', () => {
  it.each<[Direction, string, string]>([
    [aksToEks, 'auth-type', 'basic'],
    [aksToVks, 'auth-secret', 'users'],
    [aksToEks, 'auth-url', 'https://login.example.com'],
    [aksToVks, 'auth-tls-secret', 'shop/ca'],
    [aksToEks, 'denylist-source-range', '203.0.113.0/24'],
    [aksToVks, 'whitelist-source-range', '203.0.113.0/24'],
    [aksToEks, 'configuration-snippet', 'deny all;'],
    [eksToAks, 'auth-type', 'oidc'],
    [eksToVks, 'jwt-validation', '{}'],
    [eksToAks, 'mutual-authentication', '[{"port":443,"mode":"verify","trustStore":"t"}]'],
    [eksToVks, 'inbound-cidrs', '203.0.113.0/24'],
    [eksToAks, 'security-groups', 'sg-1'],
    [eksToAks, 'security-group-prefix-lists', 'pl-1'],
  ])('stops the run where it is lost: %o %s', (direction, key, value) => {
    const annotations = direction.from === 'eks' ? { ...isPublic, [key]: value } : { [key]: value };
    expect(moved(ingressOf(direction.from, { annotations }), direction).blockers).toHaveLength(1);
  });

  it.each<[Direction, string, string]>([
    [eksToAks, 'auth-type', 'none'],
    [eksToVks, 'inbound-cidrs', '0.0.0.0/0,::/0'],
    [eksToAks, 'mutual-authentication', '[{"port":443,"mode":"off"}]'],
    [eksToAks, 'inbound-cidrs', '203.0.113.0/24'],
    [aksToEks, 'whitelist-source-range', '203.0.113.0/24'],
    [aksToVks, 'whitelist-source-range', '0.0.0.0/0'],
    [aksToEks, 'configuration-snippet', 'more_set_headers "a: b";'],
  ])('does not where it is off, or has a word: %o %s=%s', (direction, key, value) => {
    const annotations = direction.from === 'eks' ? { ...isPublic, [key]: value } : { [key]: value };
    expect(moved(ingressOf(direction.from, { annotations }), direction).blockers).toEqual([]);
  });

  it('is not asked for where client certificates are switched off beside their Secret', () => {
    const annotations = { 'auth-tls-secret': 'shop/ca', 'auth-tls-verify-client': 'off' };
    expect(moved(ingressOf('aks', { annotations }), aksToEks).blockers).toEqual([]);
  });
});

describe('the exposure of an Ingress', () => {
  const nginxController = (name: string, internal: boolean): AnyObject => ({
    apiVersion: 'approuting.kubernetes.azure.com/v1alpha1',
    kind: 'NginxIngressController',
    metadata: { name },
    spec: {
      ingressClassName: name === 'default' ? nginxClass : name,
      loadBalancerAnnotations: internal ? { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'true' } : {},
    },
  });
  const of = (name: string): AnyObject => ingressOf('aks', { spec: { ingressClassName: name } });
  const classes = ['nginx-internal', 'nginx-other', nginxClass].map((name) => ({
    name,
    controller: 'webapprouting.kubernetes.azure.com/nginx',
    isDefault: false,
  }));
  const source = { ingressClasses: classes, kinds: ['approuting.kubernetes.azure.com/NginxIngressController'] };
  const schemeOf = (object: AnyObject, controllers: readonly AnyObject[]) => {
    const { outcomes } = move([object, ...controllers], aksToEks, { source });
    const { annotations, warnings } = seen(outcomes[0] as (typeof outcomes)[0]);
    return [annotations[alb('scheme')], warnings.some((message) => message.includes('could not be read'))];
  };

  it('is that of the controller of its class', () => {
    expect(schemeOf(of('nginx-internal'), [nginxController('nginx-internal', true)])).toEqual(['internal', false]);
    expect(schemeOf(of('nginx-other'), [nginxController('nginx-other', false)])).toEqual(['internet-facing', false]);
    expect(schemeOf(of(nginxClass), [nginxController('default', true)])).toEqual(['internal', false]);
    expect(schemeOf(of(nginxClass), [nginxController('default', false)])).toEqual(['internet-facing', false]);
  });

  it('is internal and reported where nothing of the controller could be read', () => {
    expect(schemeOf(of('nginx-other'), [])).toEqual(['internal', true]);
    expect(schemeOf(of(nginxClass), [])).toEqual(['internal', true]);
  });

  it('is read from the Service the controller made as well', () => {
    const controller = {
      ...nginxController('nginx-other', false),
      status: { managedResourceRefs: [{ kind: 'Service', namespace: 'app-routing-system', name: 'nginx-other-0' }] },
    };
    const service: AnyObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'nginx-other-0',
        namespace: 'app-routing-system',
        annotations: { 'service.beta.kubernetes.io/azure-load-balancer-internal': 'true' },
      },
    };
    expect(schemeOf(of('nginx-other'), [controller, service])).toEqual(['internal', false]);
  });

  it('is what IngressClassParams say, whatever the Ingress says', () => {
    const objects: readonly AnyObject[] = [
      ingressOf('eks', { annotations: isPublic }),
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'IngressClass',
        metadata: { name: 'alb' },
        spec: { controller: 'ingress.k8s.aws/alb', parameters: { kind: 'IngressClassParams', name: 'inside' } },
      },
      {
        apiVersion: 'elbv2.k8s.aws/v1beta1',
        kind: 'IngressClassParams',
        metadata: { name: 'inside' },
        spec: { scheme: 'internal', inboundCIDRs: ['10.0.0.0/8'] },
      },
    ];
    const { blockers, annotations } = seen(move(objects, eksToAks).outcomes[0] as never);
    expect(blockers).toEqual([`the Ingress was internal; the load balancer of class ${nginxClass} is public`]);
    expect(annotations[nginx('whitelist-source-range')]).toBe('10.0.0.0/8');
  });

  it('chooses the class of the target, and stops the run where none has it', () => {
    const internal = ingressOf('eks', { annotations: { scheme: 'internal' } });
    expect(moved(internal, eksToAks).blockers).toHaveLength(1);
    const there = [nginxController('nginx-internal', true), nginxController('default', false)];
    const chosen = moved(internal, eksToAks, { there, target: { ingressClasses: classes } });
    expect([chosen.spec.ingressClassName, chosen.blockers]).toEqual(['nginx-internal', []]);
    const open = moved(ingressOf('eks', { annotations: isPublic }), eksToAks, { there });
    expect([open.spec.ingressClassName, open.blockers]).toEqual([nginxClass, []]);
  });
});

describe('plain HTTP', () => {
  it.each<[string, Direction, Parameters<typeof ingressOf>[1], Record<string, string | undefined>]>([
    [
      'Contour without HTTP',
      vksToEks,
      { annotations: { 'kubernetes.io/ingress.allow-http': 'false' }, spec: tls },
      {
        [alb('listen-ports')]: '[{"HTTPS":443}]',
        [alb('ssl-redirect')]: undefined,
        'kubernetes.io/ingress.allow-http': undefined,
      },
    ],
    [
      'Contour without HTTP',
      vksToAks,
      { annotations: { 'kubernetes.io/ingress.allow-http': 'false' }, spec: tls },
      { [nginx('ssl-redirect')]: 'true' },
    ],
    [
      'Contour with both',
      vksToEks,
      {
        annotations: {
          'kubernetes.io/ingress.allow-http': 'false',
          'ingress.kubernetes.io/force-ssl-redirect': 'true',
        },
        spec: tls,
      },
      { [alb('ssl-redirect')]: '443' },
    ],
    ['Contour with HTTP', vksToAks, { spec: tls }, { [nginx('ssl-redirect')]: 'false' }],
    ['NGINX by default', aksToEks, { spec: tls }, { [alb('ssl-redirect')]: '443' }],
    ['NGINX by default', aksToVks, { spec: tls }, { 'ingress.kubernetes.io/force-ssl-redirect': 'true' }],
    [
      'NGINX configured not to',
      aksToEks,
      { annotations: { 'ssl-redirect': 'false' }, spec: tls },
      { [alb('ssl-redirect')]: undefined, [alb('listen-ports')]: '[{"HTTP":80},{"HTTPS":443}]' },
    ],
    [
      'NGINX forced',
      aksToEks,
      { annotations: { 'force-ssl-redirect': 'true', 'ssl-redirect': 'false' }, spec: tls },
      { [alb('ssl-redirect')]: '443' },
    ],
    [
      'NGINX without TLS',
      aksToEks,
      { annotations: { 'ssl-redirect': 'true' } },
      { [alb('ssl-redirect')]: undefined, [alb('listen-ports')]: undefined },
    ],
    [
      'an ALB with HTTPS only',
      eksToVks,
      { annotations: { 'listen-ports': '[{"HTTPS":443}]' } },
      { 'kubernetes.io/ingress.allow-http': 'false' },
    ],
    [
      'an ALB with HTTPS only',
      eksToAks,
      { annotations: { 'listen-ports': '[{"HTTPS":443}]' } },
      { [nginx('force-ssl-redirect')]: 'true' },
    ],
    [
      'an ALB with a certificate and no ports',
      eksToVks,
      { annotations: { 'certificate-arn': 'arn:aws:acm:x' } },
      { 'kubernetes.io/ingress.allow-http': 'false' },
    ],
    [
      'an ALB with both',
      eksToVks,
      { annotations: { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]' } },
      { 'kubernetes.io/ingress.allow-http': undefined },
    ],
    [
      'AGIC with TLS',
      aksToEks,
      { spec: { ...tls, ingressClassName: 'azure-application-gateway' } },
      { [alb('listen-ports')]: '[{"HTTPS":443}]' },
    ],
  ])('%s, %o', (_, direction, of, expected) => {
    const { annotations } = moved(ingressOf(direction.from, of), direction);
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, annotations[key]]))).toEqual(expected);
  });
});

describe('the certificate of an Ingress', () => {
  const byHost = ingressOf('eks', { annotations: { ...isPublic, 'listen-ports': '[{"HTTPS":443},{"HTTPS":8443}]' } });

  it('that an ALB finds by host is asked for, and other ports are reported', () => {
    const { warnings, spec } = moved(byHost, eksToAks);
    expect(spec.tls).toBeUndefined();
    expect(warnings).toEqual([
      'the listener HTTPS 8443: other controllers listen on 80 and 443 (listen-ports)',
      'the certificate of shop.example.com is looked up by host name in ACM, and is not a Secret',
    ]);
  });

  it.each(['shop.example.com', '*.example.com'])('that an ALB finds by host has a row for %s', (row) => {
    const { warnings, spec, annotations } = moved(byHost, eksToAks, { tables: { certificates: { [row]: 'shop/t' } } });
    expect(spec.tls).toEqual([{ hosts: ['shop.example.com'], secretName: 't' }]);
    expect(warnings).toHaveLength(1);
    expect(annotations[nginx('ssl-redirect')]).toBe('true');
  });

  it('is not asked for where a Secret is named, or nothing listens to HTTPS', () => {
    const secret = ingressOf('eks', { annotations: { ...isPublic, 'listen-ports': '[{"HTTPS":443}]' }, spec: tls });
    expect(moved(secret, eksToVks).warnings).toEqual([]);
    expect(moved(ingressOf('eks', { annotations: isPublic }), eksToVks).warnings).toEqual([]);
  });

  it('is reported where a table knows only some of an ALB', () => {
    const two = { tls: [...tls.tls, { hosts: ['b.example.com'], secretName: 'u' }] };
    const tables = { certificates: { 'shop/t': 'arn:aws:acm:x' } };
    const { warnings, annotations } = moved(ingressOf('vks', { spec: two }), vksToEks, { tables });
    expect(annotations[alb('certificate-arn')]).toBe('arn:aws:acm:x');
    expect(warnings).toEqual([
      'an ALB with explicit certificates does not look up others by host name, and these hosts have none',
    ]);
  });

  it('in another namespace is reported', () => {
    const { warnings } = moved(byHost, eksToVks, { tables: { certificates: { 'shop.example.com': 'certs/t' } } });
    expect(warnings).toContain('the Secret certs/t is in another namespace, which an Ingress cannot refer to');
  });
});
