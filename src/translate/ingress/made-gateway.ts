import { numeric, text, tree, trees, type Draft } from '../draft.ts';
import { versionServed, type Translation } from '../../core/profile/cluster-profile.ts';
import { writeGatewayExposure } from './gateway-exposure.ts';
import { annotationsIn, group, parentOf, type Made } from './made-routes.ts';
import type { Tree } from '../../core/json/tree.ts';

/** TLS passed through becomes a TLSRoute; false where the target has none, or Contour ended TLS itself. */
export function makeTlsRoute(
  draft: Draft,
  { proxy, host, made }: { readonly proxy: Tree; readonly host: Tree; readonly made: Made },
  { target }: Translation
): boolean {
  if (tree(host, 'tls')?.['passthrough'] !== true) {
    draft.loss('/spec/tcpproxy', 'TCP after TLS termination by Contour', {
      remedy: 'terminate TLS in the application, and create a TLSRoute with passthrough',
    });
    return false;
  }
  const version = versionServed(target, { group, kind: 'TLSRoute', otherwise: 'v1alpha2' });
  if (version === undefined || made.chosen.isAlb) {
    const why = version === undefined ? 'the target does not serve TLSRoute' : 'an ALB does not support TLSRoute';
    draft.loss('/spec/tcpproxy', `${why}, so TLS cannot be passed through`, {
      remedy: 'use a Service of type LoadBalancer',
    });
    return false;
  }
  reportTcp(draft, proxy);
  const services = trees(proxy, 'services');
  const weighted = services.some((one) => one['weight'] !== undefined);
  const backendRefs = services.map((one) => ({
    name: text(one, 'name'),
    port: numeric(one, 'port') ?? 0,
    ...(weighted ? { weight: numeric(one, 'weight') ?? 0 } : {}),
  }));
  draft.add('TLS is passed through', {
    apiVersion: `${group}/${version}`,
    kind: 'TLSRoute',
    metadata: { name: made.name, namespace: made.namespace, ...annotationsIn(made) },
    spec: { parentRefs: [parentOf(made, 'tls')], hostnames: [made.fqdn], rules: [{ backendRefs }] },
  });
  return true;
}

/** What a TCPProxy says beside its services. */
function reportTcp(draft: Draft, proxy: Tree): void {
  const words = {
    include: 'an included HTTPProxy with the services',
    includes: 'an included HTTPProxy with the services',
    loadBalancerPolicy: 'the load balancing strategy (strategy, cookies, hashes)',
    healthCheckPolicy: 'health checks by the proxy',
  };
  for (const [key, what] of Object.entries(words))
    if (proxy[key] !== undefined) draft.loss(`/spec/tcpproxy/${key}`, what);
}

/** A Gateway with the listeners of a host. */
export function makeGateway(
  draft: Draft,
  { host, made }: { readonly host: Tree; readonly made: Made },
  translation: Translation
): void {
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
      draft.loss('/spec/virtualhost/tls', 'an ALB does not read certificateRefs', {
        remedy: 'issue the certificate in ACM; the ALB looks it up by host name',
      });
    if (namespace !== made.namespace) makeGrant(draft, { made, namespace, name }, translation);
  }
  const spec: Tree = { gatewayClassName: made.chosen.name };
  writeGatewayExposure(draft, { ...made, spec, exposure: {} }, translation);
  const version = versionServed(translation.target, { group, kind: 'Gateway', otherwise: 'v1' }) ?? 'v1';
  draft.add('a Gateway with the listeners of the host', {
    apiVersion: `${group}/${version}`,
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

function makeGrant(
  draft: Draft,
  { made, namespace, name: secret }: { readonly made: Made; readonly namespace: string; readonly name: string },
  { target }: Translation
): void {
  const version = versionServed(target, { group, kind: 'ReferenceGrant', otherwise: 'v1beta1' }) ?? 'v1beta1';
  draft.add('Gateways in other namespaces may use a Secret only with a ReferenceGrant', {
    apiVersion: `${group}/${version}`,
    kind: 'ReferenceGrant',
    metadata: { name: `${made.namespace}-${made.name}`, namespace },
    spec: {
      from: [{ group, kind: 'Gateway', namespace: made.namespace }],
      to: [{ group: '', kind: 'Secret', name: secret }],
    },
  });
}
