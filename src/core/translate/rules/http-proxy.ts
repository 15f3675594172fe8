import { numeric, text, tree, trees, type Draft, type Manifest, type Tree } from '../draft.ts';
import { chooseGatewayClass, type ChosenGatewayClass } from '../ingress/classes.ts';
import { convertRoute, hostLosses, type ConvertedRoute } from '../ingress/http-proxy.ts';
import { writeGatewayExposure } from '../ingress/gateway-exposure.ts';
import type { PackRule } from '../pack.ts';
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
    'inclusion and delegation: an included HTTPProxy has no host of its own',
    'prefixes within a word: /api of Contour matches /apis too, of Gateway API only whole segments',
    'rate limits, authorization, client certificates, JWT, IP filters, load balancing strategies, health checks, cookie rewrites, negated conditions',
    'to EKS: what an ALB leaves out of Gateway API (certificateRefs, mirrors, timeouts, retries)',
  ],
  sources: ['https://projectcontour.io/docs/main/config/api/', 'https://gateway-api.sigs.k8s.io/reference/spec/'],
  translate(draft, { head }, translation) {
    if (!becomesGateway(translation)) return;
    if (head.ref.kind === 'CustomResourceDefinition') {
      if (head.ref.name.endsWith('.projectcontour.io')) draft.leaveOut('Contour does not run on the target');
      return;
    }
    if (head.ref.kind === 'TLSCertificateDelegation') {
      draft.leaveOut('grants of Gateway API take its place, made with the Gateways that need them');
      return;
    }
    convertProxy(draft, translation);
  },
};

interface Made {
  readonly name: string;
  readonly namespace: string;
  readonly fqdn: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly chosen: ChosenGatewayClass;
  readonly gateway: string | undefined;
}

function convertProxy(draft: Draft, translation: Translation): void {
  const metadata = tree(draft.root, 'metadata');
  const spec = tree(draft.root, 'spec');
  const host = tree(spec, 'virtualhost');
  if (host === undefined) {
    draft.loss(
      '/spec',
      'it is included by another HTTPProxy, from which it has its host and the beginning of its paths',
      'write its routes as an HTTPRoute with the host of the including one'
    );
    draft.leaveOut('an included HTTPProxy: Gateway API has no inclusion');
    return;
  }
  const made: Made = {
    name: text(metadata, 'name'),
    namespace: text(metadata, 'namespace'),
    fqdn: text(host, 'fqdn'),
    annotations: keptAnnotations(tree(metadata, 'annotations')),
    chosen: chooseGatewayClass('contour', translation),
    gateway: translation.tables.ingress.gateway,
  };
  for (const what of hostLosses(host)) draft.loss('/spec/virtualhost', what);
  if (trees(spec, 'includes').length > 0) {
    draft.loss(
      '/spec/includes',
      `${trees(spec, 'includes').length} included HTTPProxies are not part of the route`,
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
  if (made.gateway === undefined) makeGateway(draft, host, made, translation);
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

/** What is served over plain HTTP: routes that permit it, and a redirect for every other, match by match. */
function plainRules(converted: readonly ConvertedRoute[]): readonly Tree[] {
  const filters = [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }];
  if (!converted.some(({ permitInsecure }) => permitInsecure)) return [{ filters }];
  const rules = converted.map(({ rule, permitInsecure }): Tree => {
    if (permitInsecure) return rule;
    return rule['matches'] === undefined ? { filters } : { matches: rule['matches'], filters };
  });
  return converted.some(({ rule }) => matchesAll(rule)) ? rules : [...rules, { filters }];
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
    spec: { ...spec, listeners },
  });
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
