import { numeric, text, tree, trees, type Draft, type Manifest, type Tree } from '../draft.ts';
import { chooseGatewayClass, type ChosenGatewayClass } from '../ingress/classes.ts';
import { convertRoute, hostLosses, type ConvertedRoute } from '../ingress/http-proxy.ts';
import { writeGatewayExposure } from '../ingress/gateway-exposure.ts';
import { inheriting } from '../ingress/inclusion.ts';
import type { PackObject, PackRule } from '../pack.ts';
import { serves, type Translation } from '../translation.ts';
import { dnsAnnotations } from './external-dns.ts';
import { tellAlbLosses } from './gateway.ts';

const group = 'gateway.networking.k8s.io';

/** Whether HTTPProxies of this run become routes of Gateway API. */
function becomesGateway({ tables, target }: Translation): boolean {
  const { routes } = tables.ingress;
  if (routes === 'gateway') return true;
  return routes === 'auto' && !serves(target, 'projectcontour.io', 'HTTPProxy');
}

/** One HTTPProxy becomes a Gateway, one or two HTTPRoutes, a grant where its certificate lives elsewhere. */
export const httpProxies: PackRule = {
  id: 'http-proxies',
  from: ['vks'],
  to: ['eks', 'aks'],
  kinds: [
    'projectcontour.io/HTTPProxy',
    'projectcontour.io/TLSCertificateDelegation',
    'apiextensions.k8s.io/CustomResourceDefinition',
  ],
  matches: 'HTTPProxies of Contour, where the target does not serve them or translation.ingress.routes is gateway',
  does: 'Makes a Gateway, HTTPRoutes (with the redirect to HTTPS Contour gives by itself) or a TLSRoute of an HTTPProxy.',
  loses: [
    'inclusion as such: an included HTTPProxy becomes routes attached to the Gateway of each host that includes it',
    'prefixes within a word: /api of Contour matches /apis too, of Gateway API only whole segments',
    'rate limits, authorization, client certificates, JWT, IP filters, load balancing strategies, health checks, cookie rewrites, negated conditions',
    'to EKS: what an ALB leaves out of Gateway API (certificateRefs, mirrors, timeouts, retries)',
  ],
  sources: ['https://projectcontour.io/docs/main/config/api/', 'https://gateway-api.sigs.k8s.io/reference/spec/'],
  translate(draft, object, translation) {
    const { head } = object;
    if (!becomesGateway(translation)) return;
    if (head.ref.kind === 'CustomResourceDefinition') {
      if (head.ref.name.endsWith('.projectcontour.io')) draft.leaveOut('Contour does not run on the target');
      return;
    }
    if (head.ref.kind === 'TLSCertificateDelegation') {
      draft.leaveOut('grants of Gateway API take its place, made with the Gateways that need them');
      return;
    }
    convertProxy(draft, object, translation);
  },
};

interface Made {
  readonly name: string;
  readonly namespace: string;
  readonly fqdn: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly chosen: ChosenGatewayClass;
  readonly gateway: string | undefined;
  /** Other namespaces whose routes attach to the Gateway that is made. */
  readonly attached?: readonly string[];
}

function convertProxy(draft: Draft, object: PackObject, translation: Translation): void {
  const metadata = tree(draft.root, 'metadata');
  const spec = tree(draft.root, 'spec');
  const host = tree(spec, 'virtualhost');
  const common = {
    name: text(metadata, 'name'),
    namespace: text(metadata, 'namespace'),
    annotations: keptAnnotations(tree(metadata, 'annotations')),
    chosen: chooseGatewayClass('contour', translation),
  };
  const { gateway } = translation.tables.ingress;
  if (host === undefined) {
    convertIncluded(draft, object, spec, { ...common, gateway, fqdn: '' }, translation);
    return;
  }
  const made: Made = { ...common, gateway, fqdn: text(host, 'fqdn') };
  for (const what of hostLosses(host)) draft.loss('/spec/virtualhost', what);
  const includers = includersOf(object, translation);
  const missing = trees(spec, 'includes').filter(
    (one) => !includers.has(`${text(one, 'namespace') || object.head.ref.namespace}/${text(one, 'name')}`)
  );
  if (missing.length > 0) {
    draft.loss(
      '/spec/includes',
      `${missing.length} included HTTPProxies are not part of the route`,
      'write their routes as HTTPRoutes with this host'
    );
  }
  if (made.gateway === undefined && !made.chosen.isThere) {
    draft.unmapped(
      '/spec/virtualhost',
      `the target has no gateway class ${made.chosen.name}`,
      'make one, or name a Gateway of the target in translation.ingress.gateway'
    );
  }
  const proxy = tree(spec, 'tcpproxy');
  if (proxy === undefined) makeHttpRoutes(draft, spec, host, made);
  else if (!makeTlsRoute(draft, proxy, host, made, translation)) {
    draft.leaveOut('TCP behind TLS, which the gateway of the target does not serve');
    return;
  }
  if (made.gateway === undefined)
    makeGateway(draft, host, { ...made, attached: attachedNamespaces(object, includers) }, translation);
  draft.leaveOut('made anew as routes of Gateway API');
}

/** HTTPProxies that this one includes, directly or through others, by `namespace/name`. */
function includersOf({ head }: PackObject, { source }: Translation): ReadonlySet<string> {
  const own = Object.entries(source.inclusions ?? {}).filter(([, ways]) =>
    ways.some(({ namespace, name }) => namespace === head.ref.namespace && name === head.ref.name)
  );
  return new Set(own.map(([key]) => key));
}

/** Namespaces of the target whose routes attach to the Gateway, beside its own. */
function attachedNamespaces({ head, mapNamespace }: PackObject, includers: ReadonlySet<string>): readonly string[] {
  const own = mapNamespace(head.ref.namespace);
  const others = [...includers].map((key) => mapNamespace(key.slice(0, key.indexOf('/'))));
  return [...new Set(others)].filter((namespace) => namespace !== own).sort();
}

/** An included HTTPProxy becomes routes of its own namespace, attached to the Gateway of each host that includes it. */
function convertIncluded(
  draft: Draft,
  { head, mapNamespace }: PackObject,
  spec: Tree | undefined,
  made: Made,
  { source }: Translation
): void {
  const key = `${head.ref.namespace}/${head.ref.name}`;
  const ways = Object.hasOwn(source.inclusions ?? {}, key) ? (source.inclusions?.[key] ?? []) : [];
  if (ways.length === 0) {
    draft.loss(
      '/spec',
      'it has no host, and none is known that includes it',
      'write its routes as an HTTPRoute with the host of the including one'
    );
    draft.leaveOut('an HTTPProxy without a host: Gateway API has no inclusion');
    return;
  }
  ways.forEach((way, index) => {
    const gateway = made.gateway ?? `${mapNamespace(way.namespace)}/${way.name}`;
    const name = index === 0 ? made.name : `${made.name}-${index + 1}`;
    const route = { ...made, name, gateway, fqdn: way.fqdn };
    const converted = trees(spec, 'routes').map((one, at) =>
      convertRoute(inheriting(one, way.conditions), `/spec/routes/${at}`)
    );
    for (const { path, what } of converted.flatMap(({ losses }) => losses)) draft.loss(path, what);
    if (converted.length === 0) return;
    const rules = converted.map(({ rule }) => rule);
    const secure = httpRoute(route, name, way.hasTls ? 'https' : 'http', rules);
    if (made.chosen.isAlb) tellAlbLosses(draft, secure);
    draft.add(`its routes below ${way.fqdn}, with the conditions it is included by`, secure);
    if (!way.hasTls) return;
    const plain = httpRoute(route, `${name}-http`, 'http', redirectsOf(converted));
    draft.add('Contour redirects to HTTPS by itself; Gateway API has to be told', plain);
  });
  draft.leaveOut('made anew as routes of Gateway API');
}

function makeHttpRoutes(draft: Draft, spec: Tree | undefined, host: Tree, made: Made): void {
  const converted = trees(spec, 'routes').map((route, index) => convertRoute(route, `/spec/routes/${index}`));
  for (const { path, what } of converted.flatMap(({ losses }) => losses)) draft.loss(path, what);
  const hasTls = tree(host, 'tls') !== undefined;
  if (converted.length > 0) {
    const route = httpRoute(
      made,
      made.name,
      hasTls ? 'https' : 'http',
      converted.map(({ rule }) => rule)
    );
    if (made.chosen.isAlb) tellAlbLosses(draft, route);
    draft.add('the routes of the HTTPProxy', route);
  }
  if (!hasTls) return;
  draft.add(
    'Contour redirects to HTTPS by itself; Gateway API has to be told',
    httpRoute(made, `${made.name}-http`, 'http', plainRules(converted))
  );
}

const toHttps = [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }];

/** Each route over plain HTTP: as it is where that is permitted, else a redirect of the same match. */
function redirectsOf(converted: readonly ConvertedRoute[]): readonly Tree[] {
  return converted.map(({ rule, permitInsecure }): Tree => {
    if (permitInsecure) return rule;
    return rule['matches'] === undefined ? { filters: toHttps } : { matches: rule['matches'], filters: toHttps };
  });
}

/** What is served over plain HTTP: routes that permit it, and a redirect for every other, match by match. */
function plainRules(converted: readonly ConvertedRoute[]): readonly Tree[] {
  if (!converted.some(({ permitInsecure }) => permitInsecure)) return [{ filters: toHttps }];
  const rules = redirectsOf(converted);
  return converted.some(({ rule }) => matchesAll(rule)) ? rules : [...rules, { filters: toHttps }];
}

function matchesAll(rule: Tree): boolean {
  return trees(rule, 'matches').every((match) => {
    const path = tree(match, 'path');
    return Object.keys(match).length === 1 && text(path, 'type') === 'PathPrefix' && text(path, 'value') === '/';
  });
}

function httpRoute(made: Made, name: string, listener: 'http' | 'https', rules: readonly Tree[]): Manifest {
  return {
    apiVersion: `${group}/v1`,
    kind: 'HTTPRoute',
    metadata: { name, namespace: made.namespace, ...annotationsIn(made) },
    spec: { parentRefs: [parentOf(made, listener)], hostnames: [made.fqdn], rules },
  };
}

function parentOf({ gateway, name, namespace }: Made, listener: string): Tree {
  if (gateway === undefined) return { name, sectionName: listener };
  const [first = '', second] = gateway.split('/');
  return second === undefined || first === namespace
    ? { name: second ?? first, sectionName: listener }
    : { name: second, namespace: first, sectionName: listener };
}

function makeTlsRoute(draft: Draft, proxy: Tree, host: Tree, made: Made, { target }: Translation): boolean {
  if (tree(host, 'tls')?.['passthrough'] !== true) {
    draft.loss(
      '/spec/tcpproxy',
      'TCP after TLS was ended by Contour',
      'end TLS in the application, and make a TLSRoute with passthrough'
    );
    return false;
  }
  if (!serves(target, group, 'TLSRoute')) {
    draft.loss(
      '/spec/tcpproxy',
      'the target serves no TLSRoute, so TLS cannot be passed through',
      'use a Service of type LoadBalancer'
    );
    return false;
  }
  const backendRefs = trees(proxy, 'services').map((one) => ({
    name: text(one, 'name'),
    port: numeric(one, 'port') ?? 0,
  }));
  draft.add('TLS is passed through', {
    apiVersion: `${group}/v1alpha2`,
    kind: 'TLSRoute',
    metadata: { name: made.name, namespace: made.namespace, ...annotationsIn(made) },
    spec: { parentRefs: [parentOf(made, 'tls')], hostnames: [made.fqdn], rules: [{ backendRefs }] },
  });
  return true;
}

function makeGateway(draft: Draft, host: Tree, made: Made, translation: Translation): void {
  const tls = tree(host, 'tls');
  const listeners: Tree[] = [];
  const isPassthrough = tls?.['passthrough'] === true;
  if (!isPassthrough) listeners.push({ name: 'http', protocol: 'HTTP', port: 80, hostname: made.fqdn });
  if (isPassthrough)
    listeners.push({ name: 'tls', protocol: 'TLS', port: 443, hostname: made.fqdn, tls: { mode: 'Passthrough' } });
  else if (tls !== undefined) {
    const { ref, namespace, name } = certificateRef(text(tls, 'secretName'), made.namespace);
    listeners.push({
      name: 'https',
      protocol: 'HTTPS',
      port: 443,
      hostname: made.fqdn,
      tls: { mode: 'Terminate', certificateRefs: [ref] },
    });
    if (made.chosen.isAlb)
      draft.loss(
        '/spec/virtualhost/tls',
        'an ALB does not read certificateRefs',
        'issue the certificate in ACM; the ALB finds it by host name'
      );
    if (namespace !== made.namespace) makeGrant(draft, made, namespace, name);
  }
  const spec: Tree = { gatewayClassName: made.chosen.name };
  writeGatewayExposure(draft, { ...made, spec }, undefined, made.chosen, translation);
  draft.add('a Gateway with the listeners of the host', {
    apiVersion: `${group}/v1`,
    kind: 'Gateway',
    metadata: { name: made.name, namespace: made.namespace, ...annotationsIn(made) },
    spec: { ...spec, listeners: listeners.map((one) => ({ ...one, ...allowedRoutes(made) })) },
  });
}

/** Without a word a listener takes routes of its own namespace only. */
function allowedRoutes({ namespace, attached = [] }: Made): Tree {
  if (attached.length === 0) return {};
  const values = [namespace, ...attached];
  const matchExpressions = [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }];
  return { allowedRoutes: { namespaces: { from: 'Selector', selector: { matchExpressions } } } };
}

/** `namespace/name` is a certificate another namespace delegates. */
function certificateRef(
  secret: string,
  own: string
): { readonly ref: Tree; readonly namespace: string; readonly name: string } {
  const slash = secret.indexOf('/');
  const namespace = slash < 0 ? own : secret.slice(0, slash);
  const name = secret.slice(slash + 1);
  return { ref: namespace === own ? { name } : { name, namespace }, namespace, name };
}

function makeGrant(draft: Draft, made: Made, namespace: string, secret: string): void {
  draft.add('Gateways of other namespaces may use a Secret only by a grant', {
    apiVersion: `${group}/v1beta1`,
    kind: 'ReferenceGrant',
    metadata: { name: `${made.namespace}-${made.name}`, namespace },
    spec: {
      from: [{ group, kind: 'Gateway', namespace: made.namespace }],
      to: [{ group: '', kind: 'Secret', name: secret }],
    },
  });
}

function annotationsIn({ annotations }: Made): { readonly annotations?: Tree } {
  return Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } };
}

/** DNS and certificates follow the host; what Contour reads does not. */
function keptAnnotations(annotations: Tree | undefined): Readonly<Record<string, string>> {
  const issued = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith('cert-manager.io/'));
  return { ...dnsAnnotations(annotations), ...Object.fromEntries(issued.map(([key, value]) => [key, String(value)])) };
}
