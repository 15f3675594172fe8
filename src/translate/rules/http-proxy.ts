import { text, tree, trees, type Draft } from '../draft.ts';
import { chooseGatewayClass } from '../ingress/classes.ts';
import { hostLosses } from '../ingress/http-proxy.ts';
import { inheriting } from '../ingress/inclusion.ts';
import { makeGateway, makeTlsRoute } from '../ingress/made-gateway.ts';
import { addRoutes, convertRoutes, plainRules, redirectsOf, rulesOf, type Made } from '../ingress/made-routes.ts';
import type { PackObject, PackRule } from '../pack.ts';
import { serves, type Translation } from '../../core/profile/cluster-profile.ts';
import { dnsAnnotations } from './external-dns.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Whether HTTPProxies of this run become routes of Gateway API. */
function becomesGateway({ tables, target }: Translation): boolean {
  const { routes } = tables.ingress;
  if (routes === 'gateway') return true;
  return routes === 'auto' && !serves(target, 'projectcontour.io', 'HTTPProxy');
}

const redirectReason = 'Contour redirects to HTTPS by default; Gateway API needs an explicit redirect';
const guardFix = 'protect it with a policy of the target’s controller or in the application, and waive this finding:';

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
  does: 'Converts an HTTPProxy to a Gateway with HTTPRoutes of at most 16 rules (including the redirect to HTTPS that Contour does by default) or a TLSRoute.',
  loses: [
    'inclusion as such: an included HTTPProxy becomes routes attached to the Gateway of each host that includes it',
    'prefixes within a segment: /api in Contour also matches /apis, in Gateway API only whole segments',
    'authorization, client certificates, JWT, IP filters, negated conditions and others that Gateway API cannot combine: each kept requests from the route, so each stops the run',
    'rate limits, load balancing strategies, health checks, cookie rewrites',
    'more than 16 services in one route, which stops the run',
    'fields that the definition on the target does not have, such as retries in the standard channel',
    'to EKS: what an ALB does not implement in Gateway API (certificateRefs, headers, mirroring, timeouts, retries)',
  ],
  sources: ['https://projectcontour.io/docs/main/config/api/', 'https://gateway-api.sigs.k8s.io/reference/spec/'],
  translate(draft, object, translation) {
    const { head } = object;
    if (!becomesGateway(translation)) return;
    if (head.ref.kind === 'CustomResourceDefinition') {
      if (head.ref.name.endsWith('.projectcontour.io')) draft.exclude('Contour does not run on the target');
      return;
    }
    if (head.ref.kind === 'TLSCertificateDelegation') {
      draft.exclude('ReferenceGrants replace it, created with the Gateways that need them');
      return;
    }
    convertProxy(draft, object, translation);
  },
};

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
    convertIncluded(draft, object, { spec, made: { ...common, gateway, fqdn: '', hasTls: false }, translation });
    return;
  }
  const made: Made = { ...common, gateway, fqdn: text(host, 'fqdn'), hasTls: tree(host, 'tls') !== undefined };
  for (const { what, opens } of hostLosses(host)) {
    if (opens === undefined) draft.loss('/spec/virtualhost', what);
    else draft.opens('/spec/virtualhost', what, `${guardFix} ${made.fqdn}`);
  }
  const includers = includersOf(object, translation);
  reportMissing(draft, object, { spec, includers });
  if (made.gateway === undefined && !made.chosen.isThere) {
    draft.unmapped('/spec/virtualhost', `the target has no gateway class ${made.chosen.name}`, {
      remedy: 'create one, or set a Gateway of the target in translation.ingress.gateway',
    });
  }
  const proxy = tree(spec, 'tcpproxy');
  if (proxy === undefined) makeHttpRoutes(draft, { spec, made }, translation);
  else if (!makeTlsRoute(draft, { proxy, host, made }, translation)) {
    draft.exclude('TCP behind TLS, which the gateway of the target does not support');
    return;
  }
  if (made.gateway === undefined)
    makeGateway(draft, { host, made: { ...made, attached: attachedNamespaces(object, includers) } }, translation);
  draft.exclude('recreated as Gateway API routes');
}

/** Included ones that are not read, or do not exist: their names here are those of the target. */
function reportMissing(
  draft: Draft,
  { head, mapNamespace }: PackObject,
  { spec, includers }: { readonly spec: Tree | undefined; readonly includers: ReadonlySet<string> }
): void {
  const known = new Set([...includers].map((key) => `${mapNamespace(key.slice(0, key.indexOf('/')))}/${nameIn(key)}`));
  const own = mapNamespace(head.ref.namespace);
  const missing = trees(spec, 'includes').filter(
    (one) => !known.has(`${text(one, 'namespace') || own}/${text(one, 'name')}`)
  );
  if (missing.length === 0) return;
  const what = missing.length === 1 ? 'HTTPProxy is' : 'HTTPProxies are';
  draft.loss('/spec/includes', `${missing.length} included ${what} not part of the route`, {
    remedy: 'write the included routes as HTTPRoutes with this host',
  });
}

function nameIn(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

function makeHttpRoutes(
  draft: Draft,
  { spec, made }: { readonly spec: Tree | undefined; readonly made: Made },
  translation: Translation
): void {
  const converted = convertRoutes(draft, trees(spec, 'routes'), made);
  const rules = rulesOf(converted);
  if (rules.length > 0) {
    const listener = made.hasTls ? 'https' : 'http';
    addRoutes(draft, { made, name: made.name, rules, reason: 'the routes of the HTTPProxy', listener }, translation);
  }
  if (!made.hasTls) return;
  const plain = { name: `${made.name}-http`, rules: plainRules(converted), reason: redirectReason };
  addRoutes(draft, { made, ...plain, listener: 'http' }, translation);
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
  {
    spec,
    made,
    translation,
  }: { readonly spec: Tree | undefined; readonly made: Made; readonly translation: Translation }
): void {
  const { source } = translation;
  const key = `${head.ref.namespace}/${head.ref.name}`;
  const ways = Object.hasOwn(source.inclusions ?? {}, key) ? (source.inclusions?.[key] ?? []) : [];
  if (ways.length === 0) {
    draft.loss('/spec', 'it has no host, and no HTTPProxy is known to include it', {
      remedy: 'write its routes as an HTTPRoute with the host of the HTTPProxy that includes it',
    });
    draft.exclude('an HTTPProxy without a host: Gateway API has no inclusion');
    return;
  }
  ways.forEach((way, index) => {
    const gateway = made.gateway ?? `${mapNamespace(way.namespace)}/${way.name}`;
    const name = index === 0 ? made.name : `${made.name}-${index + 1}`;
    const route: Made = { ...made, name, gateway, fqdn: way.fqdn, hasTls: way.hasTls };
    const routes = trees(spec, 'routes').map((one) => inheriting(one, way.conditions));
    const converted = convertRoutes(draft, routes, route);
    const rules = rulesOf(converted);
    if (rules.length === 0) return;
    const reason = `its routes below ${way.fqdn}, with the conditions of its inclusion`;
    addRoutes(draft, { made: route, name, rules, reason, listener: way.hasTls ? 'https' : 'http' }, translation);
    if (!way.hasTls) return;
    const plain = { name: `${name}-http`, rules: redirectsOf(converted), reason: redirectReason };
    addRoutes(draft, { made: route, ...plain, listener: 'http' }, translation);
  });
  draft.exclude('recreated as Gateway API routes');
}

/** DNS and certificates follow the host; what Contour reads does not. */
function keptAnnotations(annotations: Tree | undefined): Readonly<Record<string, string>> {
  const issued = Object.entries(annotations ?? {}).filter(([key]) => key.startsWith('cert-manager.io/'));
  return { ...dnsAnnotations(annotations), ...Object.fromEntries(issued.map(([key, value]) => [key, String(value)])) };
}
