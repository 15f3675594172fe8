import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/core/profile/cluster-profile.ts';
import { ingressOf, move, moved, nginxClass, seen, type AnyObject, type IngressOf } from './ingress-setting.ts';

const eksToAks: Direction = { from: 'eks', to: 'aks' };
const eksToVks: Direction = { from: 'eks', to: 'vks' };
const aksToEks: Direction = { from: 'aks', to: 'eks' };
const aksToVks: Direction = { from: 'aks', to: 'vks' };
const vksToEks: Direction = { from: 'vks', to: 'eks' };

const isPublic = { scheme: 'internet-facing' };
const alb = (name: string): string => `alb.ingress.kubernetes.io/${name}`;
const nginx = (name: string): string => `nginx.ingress.kubernetes.io/${name}`;
const action = { name: 'use-annotation' };

describe('the protocol of a backend', () => {
  it.each<[string, string, string | undefined, string]>([
    ['HTTP', 'HTTP1', undefined, ''],
    ['HTTPS', 'HTTP1', 'HTTPS', 'tls'],
    ['HTTP', 'GRPC', 'GRPC', 'h2c'],
    ['HTTPS', 'GRPC', 'GRPCS', 'h2'],
    ['HTTP', 'HTTP2', undefined, 'h2c'],
    ['HTTPS', 'HTTP2', 'HTTPS', 'h2'],
  ])('%s with version %s of an ALB', (protocol, version, onNginx, onContour) => {
    const annotations = { ...isPublic, 'backend-protocol': protocol, 'backend-protocol-version': version };
    const object = ingressOf('eks', { annotations });
    const there = moved(object, eksToAks);
    expect(there.annotations[nginx('backend-protocol')]).toBe(onNginx);
    expect(there.warnings.some((message) => message.startsWith('HTTP/2'))).toBe(version === 'HTTP2');
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: {} };
    const { annotations: onService } = seen(move([service, object], eksToVks).outcomes[0] as never);
    expect(onService).toEqual(onContour === '' ? {} : { [`projectcontour.io/upstream-protocol.${onContour}`]: '80' });
  });

  it.each<[string, string | undefined, string | undefined]>([
    ['HTTPS', 'HTTPS', undefined],
    ['GRPC', undefined, 'GRPC'],
    ['GRPCS', 'HTTPS', 'GRPC'],
    ['grpcs', 'HTTPS', 'GRPC'],
    ['AUTO_HTTP', undefined, undefined],
  ])('%s of NGINX', (value, protocol, version) => {
    const { annotations } = moved(ingressOf('aks', { annotations: { 'backend-protocol': value } }), aksToEks);
    expect([annotations[alb('backend-protocol')], annotations[alb('backend-protocol-version')]]).toEqual([
      protocol,
      version,
    ]);
  });

  it.each<[string, Record<string, string | undefined>, Record<string, string | undefined>]>([
    ['tls', { [alb('backend-protocol')]: 'HTTPS' }, { [nginx('backend-protocol')]: 'HTTPS' }],
    [
      'h2',
      { [alb('backend-protocol')]: 'HTTPS', [alb('backend-protocol-version')]: 'HTTP2' },
      { [nginx('backend-protocol')]: 'HTTPS' },
    ],
    ['h2c', { [alb('backend-protocol-version')]: 'HTTP2' }, { [nginx('backend-protocol')]: undefined }],
  ])('%s of a Service of Contour', (name, onAlb, onNginx) => {
    const service: AnyObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web',
        namespace: 'shop',
        annotations: { [`projectcontour.io/upstream-protocol.${name}`]: 'https' },
      },
      spec: { ports: [{ name: 'https', port: 80 }] },
    };
    for (const [direction, expected] of [
      [vksToEks, onAlb],
      [{ from: 'vks', to: 'aks' }, onNginx],
    ] as const) {
      const { annotations } = seen(move([ingressOf('vks'), service], direction).outcomes[0] as never);
      expect(Object.fromEntries(Object.keys(expected).map((key) => [key, annotations[key]]))).toEqual(expected);
    }
  });

  it('that no other controller speaks is named', () => {
    const { warnings } = moved(ingressOf('aks', { annotations: { 'backend-protocol': 'FCGI' } }), aksToEks);
    expect(warnings).toContain('the protocol FCGI of the backend (backend-protocol)');
  });
});

describe('actions of an ALB', () => {
  const withAction = (value: unknown, more: IngressOf = {}): AnyObject =>
    ingressOf('eks', {
      annotations: { ...isPublic, 'actions.it': JSON.stringify(value), ...more.annotations },
      paths: more.paths ?? [{ path: '/it', service: 'it', port: action }, { path: '/' }],
      ...(more.spec === undefined ? {} : { spec: more.spec }),
    });
  const groups = (...targets: readonly unknown[]): unknown => ({
    type: 'forward',
    forwardConfig: { targetGroups: targets },
  });

  it('keep the heaviest Service of a forward, and name the weights', () => {
    const value = groups(
      { serviceName: 'next', servicePort: 'http', weight: 10 },
      { serviceName: 'web', servicePort: '80', weight: 90 }
    );
    const { paths, warnings, spec } = moved(withAction(value), eksToAks);
    expect(paths).toEqual(['shop.example.com/it Prefix web', 'shop.example.com/ Prefix web']);
    expect(spec.rules?.[0]?.http.paths[0]?.backend.service.port).toEqual({ number: 80 });
    expect(warnings[0]).toContain('(web 90, next 10): all requests go to web');
  });

  it('are a backend like any other where one Service is forwarded to', () => {
    const { paths, warnings } = moved(withAction(groups({ serviceName: 'one', servicePort: 80 })), eksToAks);
    expect([paths[0], warnings]).toEqual(['shop.example.com/it Prefix one', []]);
  });

  it.each<[string, unknown]>([
    ['outside the cluster', { type: 'forward', targetGroupARN: 'arn:aws:x' }],
    ['a redirect', { type: 'redirect', redirectConfig: { host: 'other.example.com', statusCode: 'HTTP_301' } }],
    ['a fixed response 200', { type: 'fixed-response', fixedResponseConfig: { statusCode: '200' } }],
  ])('leave the path out by name: %s', (what, value) => {
    const { paths, warnings, blockers } = moved(withAction(value), eksToAks);
    expect(paths).toEqual(['shop.example.com/ Prefix web']);
    expect(
      warnings.filter((message) => message.includes(what) && message.includes('shop.example.com/it'))
    ).toHaveLength(1);
    expect(blockers).toEqual([]);
  });

  it('that turn requests away stop the run where a wider path takes them now', () => {
    const refuse = { type: 'fixed-response', fixedResponseConfig: { statusCode: '403', contentType: 'text/plain' } };
    expect(moved(withAction(refuse), eksToAks).blockers).toEqual([
      'path shop.example.com/it is excluded: it leads to the ALB action it, a fixed response 403; requests for it then reach /',
    ]);
    const alone = withAction(refuse, { paths: [{ path: '/it', service: 'it', port: action }, { path: '/other' }] });
    expect(moved(alone, eksToAks).blockers).toEqual([]);
  });

  it('that redirect to HTTPS are the setting', () => {
    const value = { type: 'redirect', redirectConfig: { protocol: 'HTTPS', port: '443', statusCode: 'HTTP_301' } };
    const object = withAction(value, { annotations: { 'listen-ports': '[{"HTTP":80},{"HTTPS":443}]' } });
    const { annotations, warnings } = moved(object, eksToAks);
    expect(annotations[nginx('force-ssl-redirect')]).toBe('true');
    expect(warnings).toEqual([
      'the certificate of shop.example.com is looked up by host name in ACM, and is not a Secret',
    ]);
  });

  it('are read for the default backend too', () => {
    const value = groups({ serviceName: 'web', servicePort: 80 });
    const spec = { defaultBackend: { service: { name: 'it', port: action } } };
    expect(moved(withAction(value, { spec }), eksToAks).spec.defaultBackend).toEqual({
      service: { name: 'web', port: { number: 80 } },
    });
    const gone = moved(
      withAction({ type: 'fixed-response', fixedResponseConfig: { statusCode: '404' } }, { spec }),
      eksToAks
    );
    expect(gone.spec.defaultBackend).toBeUndefined();
    expect(gone.warnings).toContain('requests that match no path went to the ALB action it, a fixed response 404');
  });

  it.each<[string, boolean]>([
    ['[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"a","values":["b"]}}]', false],
    ['[{"field":"source-ip","sourceIpConfig":{"values":["10.0.0.0/8"]}}]', false],
    ['[{"field":"query-string","queryStringConfig":{"values":[{"key":"a","value":"b"}]}}]', false],
    ['not json', false],
    ['[{"field":"host-header","hostHeaderConfig":{"values":["b.example.com"]}}]', true],
  ])('with the condition %s stay only where nothing more is answered: %s', (condition, stays) => {
    const annotations = { ...isPublic, 'conditions.api': condition };
    const object = ingressOf('eks', { annotations, paths: [{ path: '/api', service: 'api' }, { path: '/' }] });
    const { paths, warnings } = moved(object, eksToVks);
    expect(paths.includes('shop.example.com/api Prefix api')).toBe(stays);
    expect(warnings).toHaveLength(1);
  });
});

describe('an NGINX canary', () => {
  const main = ingressOf('aks');
  const canary = (annotations: Record<string, string>, more: IngressOf = {}): AnyObject =>
    ingressOf('aks', {
      name: 'next',
      paths: [{ path: '/', service: 'next' }],
      annotations: { canary: 'true', ...annotations },
      ...more,
    });
  const both = (annotations: Record<string, string>, direction: Direction) =>
    move([main, canary(annotations)], direction).outcomes.map(seen);

  it.each<[Record<string, string>]>([
    [{ 'canary-weight': '10' }],
    [{ 'canary-by-header': 'x-next' }],
    [{ 'canary-by-header': 'x-next', 'canary-by-header-value': 'yes' }],
    [{ 'canary-by-cookie': 'next' }],
    [{}],
  ])('%o is excluded by name where the target has no weights', (annotations) => {
    const [kept, gone] = both(annotations, aksToVks);
    expect(kept?.excluded).toBeUndefined();
    expect(gone?.excluded).toContain('canary');
    expect(gone?.warnings).toHaveLength(1);
  });

  it('by weight is weights of one action of an ALB', () => {
    const [kept, gone] = both({ 'canary-weight': '50', 'canary-weight-total': '200' }, aksToEks);
    expect(kept?.paths).toEqual(['shop.example.com/ Prefix web-and-next']);
    expect(JSON.parse(kept?.annotations[alb('actions.web-and-next')] ?? '')).toEqual({
      type: 'forward',
      forwardConfig: {
        targetGroups: [
          { serviceName: 'web', servicePort: 80, weight: 150 },
          { serviceName: 'next', servicePort: 80, weight: 50 },
        ],
      },
    });
    expect([gone?.excluded === undefined, gone?.warnings]).toEqual([false, []]);
  });

  it.each<[Record<string, string>, boolean]>([
    [{ 'canary-by-header': 'x-next' }, false],
    [{ 'canary-by-cookie': 'next', 'canary-weight': '10' }, true],
    [{ 'canary-weight': '0' }, false],
  ])('%o on an ALB has weights: %s, and the rest is named', (annotations, hasWeights) => {
    const [kept, gone] = both(annotations, aksToEks);
    expect(kept?.paths[0]?.endsWith('web-and-next')).toBe(hasWeights);
    expect([gone?.excluded === undefined, gone?.warnings.length]).toEqual([false, 1]);
  });

  it('of another path, or without an Ingress beside it, changes nothing', () => {
    const other = canary({ 'canary-weight': '10' }, { paths: [{ path: '/api', service: 'next' }] });
    const [kept, gone] = move([main, other], aksToEks).outcomes.map(seen);
    expect(kept?.paths).toEqual(['shop.example.com/ Prefix web']);
    expect([gone?.excluded === undefined, gone?.warnings.length]).toEqual([false, 1]);
  });

  it('switched off is an Ingress like any other', () => {
    expect(moved(canary({ canary: 'false' }), aksToVks).excluded).toBeUndefined();
  });
});

describe('Ingresses that share a host', () => {
  const of = (name: string, path: string, more: IngressOf = {}): AnyObject =>
    ingressOf('vks', { name, paths: [{ path, service: name }], ...more });
  const groupsOf = (objects: readonly AnyObject[], direction: Direction = vksToEks) =>
    move(objects, direction).outcomes.map((outcome) => {
      const { annotations } = seen(outcome);
      return `${annotations[alb('group.name')] ?? 'own'} ${annotations[alb('group.order')] ?? ''}`.trimEnd();
    });

  it('share an ALB, the widest path last', () => {
    expect(groupsOf([of('a', '/'), of('b', '/api'), of('c', '/api/v2')])).toEqual([
      'shop.example.com 3',
      'shop.example.com 2',
      'shop.example.com 1',
    ]);
  });

  it('do so over several steps, and others stay alone', () => {
    const both = of('b', '/b', {
      spec: {
        rules: [{ host: 'shop.example.com' }, { host: 'x.example.com' }].map((one) => ({
          ...one,
          http: {
            paths: [{ path: '/b', pathType: 'Prefix', backend: { service: { name: 'b', port: { number: 80 } } } }],
          },
        })),
      },
    });
    expect(
      groupsOf([of('a', '/a'), both, of('c', '/c', { host: 'x.example.com' }), of('d', '/', { host: 'y.example.com' })])
    ).toEqual(['shop.example.com 1', 'shop.example.com 2', 'shop.example.com 3', 'own']);
  });

  it('are served over TLS all, where one of them is', () => {
    const tls = { spec: { tls: [{ hosts: ['shop.example.com'], secretName: 't' }] } };
    const first = of('a', '/a');
    const objects = [{ ...first, spec: { ...(first.spec as object), ...tls.spec } }, of('b', '/b')];
    const listeners = move(objects, vksToEks).outcomes.map((outcome) => seen(outcome).annotations[alb('listen-ports')]);
    expect(listeners).toEqual(['[{"HTTP":80},{"HTTPS":443}]', '[{"HTTP":80},{"HTTPS":443}]']);
  });

  it('stop the run where they let in different addresses', () => {
    const objects = [
      ingressOf('aks', { annotations: { 'whitelist-source-range': '10.0.0.0/8' } }),
      ingressOf('aks', { name: 'api', paths: [{ path: '/api' }] }),
    ];
    const outcomes = move(objects, aksToEks).outcomes.map(seen);
    expect(outcomes.map(({ blockers }) => blockers.length)).toEqual([1, 1]);
    expect(outcomes[0]?.annotations[alb('inbound-cidrs')]).toBeUndefined();
  });

  it('are read as expressions by NGINX, where one of them asks for it', () => {
    const objects = [
      ingressOf('aks', {
        annotations: { 'use-regex': 'true' },
        paths: [{ path: '/a/.*', type: 'ImplementationSpecific' }],
      }),
      ingressOf('aks', { name: 'b', paths: [{ path: '/v[0-9]+/.*', type: 'ImplementationSpecific' }] }),
      ingressOf('aks', {
        name: 'c',
        host: 'other.example.com',
        paths: [{ path: '/v[0-9]+', type: 'ImplementationSpecific' }],
      }),
    ];
    expect(move(objects, aksToVks).outcomes.map((outcome) => seen(outcome).paths)).toEqual([
      ['shop.example.com/a Prefix web'],
      ['shop.example.com/(?i)v[0-9]+/.* ImplementationSpecific web'],
      ['other.example.com/v[0-9]+ Prefix web'],
    ]);
  });

  it('are counted as the load balancers they become', () => {
    const { findings } = move([of('a', '/a'), of('b', '/b'), of('c', '/', { host: 'y.example.com' })], vksToEks);
    expect(findings.map(({ message }) => message)).toEqual([
      '3 Ingresses become 2 application load balancers, each with its own address',
    ]);
  });
});

describe('Ingresses on one load balancer of the target', () => {
  const own = (name: string, more: IngressOf = {}): AnyObject =>
    ingressOf('eks', { name, paths: [{ path: '/', service: name }], annotations: isPublic, ...more });
  const said = (objects: readonly AnyObject[], direction: Direction, there: readonly AnyObject[] = []) =>
    move(objects, direction, { there }).findings.map(({ severity, subject }) => `${severity} ${subject}`);
  const pair = 'blocker Ingress shop/a, Ingress shop/b';

  it.each<[string, readonly AnyObject[], readonly string[]]>([
    ['one host and path', [own('a'), own('b')], [pair]],
    ['no host', [own('a', { host: '' }), own('b', { host: '' })], [pair]],
    ['one wildcard', [own('a', { host: '*.example.com' }), own('b', { host: '*.example.com' })], [pair]],
    [
      'a pattern and a prefix',
      [
        own('a', { paths: [{ path: '/x/*', type: 'ImplementationSpecific', service: 'a' }] }),
        own('b', { paths: [{ path: '/x/', service: 'b' }] }),
      ],
      [pair],
    ],
    [
      'default backends',
      [
        own('a', { spec: { rules: undefined, defaultBackend: { service: { name: 'a', port: { number: 80 } } } } }),
        own('b', { host: '' }),
      ],
      [pair],
    ],
    [
      'an internal and a public one',
      [own('a'), own('b', { annotations: { scheme: 'internal' }, paths: [{ path: '/b', service: 'b' }] })],
      [pair],
    ],
    [
      'an internal one of all hosts',
      [own('a'), own('b', { host: '', annotations: { scheme: 'internal' }, paths: [{ path: '/b', service: 'b' }] })],
      [pair],
    ],
    ['different types', [own('a'), own('b', { paths: [{ path: '/', type: 'Exact', service: 'b' }] })], []],
    ['different hosts', [own('a'), own('b', { host: 'b.example.com' })], []],
    ['the same Service', [own('a'), own('b', { paths: [{ path: '/', service: 'a' }] })], []],
    [
      'one group before',
      [
        own('a', { annotations: { ...isPublic, 'group.name': 'g' } }),
        own('b', { annotations: { ...isPublic, 'group.name': 'g' } }),
      ],
      ['warning Ingress shop/a, Ingress shop/b'],
    ],
  ])('collide, or do not: %s', (_, objects, expected) => {
    expect(said(objects, eksToVks)).toEqual(expected);
    expect(said(objects, eksToAks)).toEqual(expected);
  });

  it('do not collide where one is a canary its controller knows', () => {
    const spec = { ingressClassName: 'nginx' };
    const canary = ingressOf('eks', {
      name: 'next',
      paths: [{ path: '/', service: 'next' }],
      annotations: { [nginx('canary')]: 'true' },
    });
    const objects = [ingressOf('eks'), canary].map((one) => ({ ...one, spec: { ...(one.spec as object), ...spec } }));
    expect(said(objects, eksToVks)).toEqual([]);
  });

  it('collide with those that are there, but not with themselves', () => {
    const there = { ...ingressOf('aks', { name: 'old' }), metadata: { name: 'old', namespace: 'site' } };
    expect(said([own('a')], eksToAks, [there])).toEqual(['blocker Ingress shop/a, Ingress site/old']);
    expect(said([own('a')], eksToAks, [{ ...there, metadata: { name: 'a', namespace: 'shop' } }])).toEqual([]);
  });
});

describe('the class of an Ingress', () => {
  const classless = (platform: 'vks' | 'eks' | 'aks'): AnyObject =>
    ingressOf(platform, { spec: { ingressClassName: undefined } });

  it('that names none is the default one, or Contour’s', () => {
    expect(moved(classless('vks'), vksToEks).spec.ingressClassName).toBe('alb');
    const source = { ingressClasses: [{ name: 'contour', controller: 'projectcontour.io/contour', isDefault: false }] };
    expect(moved(classless('vks'), vksToEks, { source }).spec.ingressClassName).toBe('alb');
  });

  it('that nobody served is reported where the target has a default', () => {
    expect(moved(classless('aks'), aksToEks).warnings).toEqual([]);
    const target = { ingressClasses: [{ name: 'alb', controller: 'ingress.k8s.aws/alb', isDefault: true }] };
    expect(moved(classless('aks'), aksToEks, { target }).warnings).toHaveLength(1);
  });

  it('of ingress-nginx on the target reads the words of NGINX as they are', () => {
    const ownClass = { name: 'nginx', controller: 'k8s.io/ingress-nginx', isDefault: false };
    const options = {
      tables: { ingress: { classes: { [nginxClass]: 'nginx' }, routes: 'auto' as const } },
      target: { ingressClasses: [ownClass] },
    };
    const annotations = { 'auth-type': 'basic', canary: 'true', 'canary-weight': '10' };
    const whole = moved(ingressOf('aks', { annotations }), aksToEks, options);
    expect([whole.excluded, whole.spec.ingressClassName, whole.blockers]).toEqual([undefined, 'nginx', []]);
    expect(whole.annotations[nginx('auth-type')]).toBe('basic');
    const back = moved(ingressOf('eks', { annotations: { ...isPublic, 'inbound-cidrs': '10.0.0.0/8' } }), eksToVks, {
      tables: { ingress: { classes: { alb: 'nginx' }, routes: 'auto' as const } },
      target: { ingressClasses: [ownClass] },
    });
    expect(back.annotations[nginx('whitelist-source-range')]).toBe('10.0.0.0/8');
  });

  it('of a controller nobody knows are reported with what is lost', () => {
    const haproxy = { name: 'haproxy', controller: 'haproxy.org/ingress-controller', isDefault: false };
    const annotations = { scheme: 'internal', 'inbound-cidrs': '10.0.0.0/8', 'listen-ports': '[{"HTTPS":443}]' };
    const there = moved(ingressOf('eks', { annotations }), eksToVks, {
      tables: { ingress: { classes: { alb: 'haproxy' }, routes: 'auto' as const } },
      target: { ingressClasses: [haproxy] },
    });
    expect([there.blockers.length, there.warnings.length]).toEqual([2, 2]);
    const away = moved(ingressOf('eks', { spec: { ingressClassName: 'haproxy' } }), eksToVks, {
      tables: { ingress: { classes: { haproxy: 'contour' }, routes: 'auto' as const } },
      source: { ingressClasses: [haproxy] },
    });
    expect(away.warnings[0]).toContain('annotations that Landfall cannot interpret');
  });

  it('may be an annotation', () => {
    const object = ingressOf('aks', {
      annotations: { 'kubernetes.io/ingress.class': nginxClass },
      spec: { ingressClassName: undefined },
    });
    const { spec, annotations } = moved(object, aksToVks);
    expect([spec.ingressClassName, annotations['kubernetes.io/ingress.class']]).toEqual(['contour', undefined]);
  });
});

describe('limits that controllers set by themselves', () => {
  it('are those of the source on the target', () => {
    expect(moved(ingressOf('eks', { annotations: isPublic }), eksToAks).annotations[nginx('proxy-body-size')]).toBe(
      '0'
    );
    expect(
      moved(ingressOf('eks', { annotations: isPublic }), eksToVks).annotations['projectcontour.io/response-timeout']
    ).toBe('60s');
    const endless = ingressOf('vks', { annotations: { 'projectcontour.io/response-timeout': 'infinity' } });
    expect(moved(endless, vksToEks).annotations[alb('load-balancer-attributes')]).toBe(
      'idle_timeout.timeout_seconds=4000'
    );
  });

  it('answer further hosts as hosts of their own', () => {
    const { paths } = moved(ingressOf('aks', { annotations: { 'server-alias': 'www.example.com' } }), aksToEks);
    expect(paths).toEqual(['shop.example.com/ Prefix web', 'www.example.com/ Prefix web']);
  });
});
