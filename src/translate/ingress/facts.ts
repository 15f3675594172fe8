import { list, numeric, text, tree, trees } from '../draft.ts';
import { nameOf, nginxAnnotations, nginxExposures, nginxRanges } from './nginx-controllers.ts';
import type { Tree } from '../../core/json/tree.ts';
import type { IngressFact, RouteFact, RoutingFacts } from '../../core/profile/routing-facts.ts';

/** Objects as a list of the API server gives them. */
export interface RoutingObjects {
  readonly ingresses: readonly unknown[];
  readonly ingressClasses: readonly unknown[];
  /** IngressClassParams of the AWS controller and of EKS Auto Mode. */
  readonly classParameters: readonly unknown[];
  /** NginxIngressControllers of application routing. */
  readonly nginxControllers: readonly unknown[];
  readonly services: readonly unknown[];
}

export const classAnnotations: readonly string[] = ['kubernetes.io/ingress.class', 'projectcontour.io/ingress.class'];

const kept =
  /^(?:alb\.ingress\.kubernetes\.io\/(?:scheme|group\.name|inbound-cidrs|security-groups|security-group-prefix-lists|listen-ports|ssl-redirect|certificate-arn|wafv2-acl-(?:arn|name)|backend-protocol(?:-version)?|load-balancer-attributes)|nginx\.ingress\.kubernetes\.io\/(?:canary(?:-by-header|-by-header-value|-by-header-pattern|-by-cookie|-weight|-weight-total)?|use-regex|rewrite-target|(?:force-)?ssl-redirect|(?:whitelist|allowlist)-source-range|proxy-read-timeout|backend-protocol|server-alias)|appgw\.ingress\.kubernetes\.io\/(?:use-private-ip|backend-protocol|request-timeout|ssl-redirect)|projectcontour\.io\/response-timeout|ingress\.kubernetes\.io\/force-ssl-redirect|kubernetes\.io\/ingress\.allow-http)$/;

/** The facts in objects of a cluster. Pure; the same objects give the same facts. */
export function routingFactsOf(objects: RoutingObjects): RoutingFacts {
  const classRanges = nginxRanges(objects.nginxControllers);
  return {
    ingresses: objects.ingresses.map(ingressFact).sort(byName),
    exposures: nginxExposures(objects.nginxControllers, objects.services),
    classAnnotations: { ...parametersByClass(objects), ...nginxAnnotations(objects.nginxControllers) },
    ...(Object.keys(classRanges).length === 0 ? {} : { classRanges }),
    backends: backendFacts(objects.services),
  };
}

/** One Ingress as a fact. */
export function ingressFact(object: unknown): IngressFact {
  const metadata = tree(object, 'metadata');
  const annotations = tree(metadata, 'annotations');
  const spec = tree(object, 'spec');
  return {
    namespace: text(metadata, 'namespace'),
    name: text(metadata, 'name'),
    className:
      text(spec, 'ingressClassName') || (classAnnotations.map((key) => text(annotations, key)).find(Boolean) ?? ''),
    annotations: Object.fromEntries(
      Object.keys(annotations ?? {})
        .filter((key) => kept.test(key))
        .map((key) => [key, text(annotations, key)])
    ),
    routes: routesOf(spec),
    tls: trees(spec, 'tls').map((one) => ({
      hosts: list(one, 'hosts').filter(isText),
      secretName: text(one, 'secretName'),
    })),
  };
}

/** Every host and path of the spec of an Ingress, the default backend among them. */
function routesOf(spec: Tree | undefined): readonly RouteFact[] {
  const routes = trees(spec, 'rules').flatMap((rule) =>
    trees(tree(rule, 'http'), 'paths').map((path) => ({
      host: text(rule, 'host').toLowerCase(),
      path: text(path, 'path'),
      type: text(path, 'pathType'),
      ...backendOf(path['backend']),
    }))
  );
  const fallback = tree(spec, 'defaultBackend');
  return fallback === undefined ? routes : [...routes, { host: '', path: '', type: '', ...backendOf(fallback) }];
}

function backendOf(backend: unknown): Pick<RouteFact, 'service' | 'port'> {
  const service = tree(backend, 'service');
  const port = tree(service, 'port');
  return { service: text(service, 'name'), port: text(port, 'name') || String(numeric(port, 'number') ?? '') };
}

function byName(left: IngressFact, right: IngressFact): number {
  const one = `${left.namespace}/${left.name}`;
  const other = `${right.namespace}/${right.name}`;
  return one < other ? -1 : one > other ? 1 : 0;
}

/**
 * What IngressClassParams say, as the annotations of Ingresses that they overrule
 * (aws-load-balancer-controller, docs/guide/ingress/ingress_class.md).
 */
function parametersByClass({ ingressClasses, classParameters }: RoutingObjects): RoutingFacts['classAnnotations'] {
  const byName_ = new Map(classParameters.map((one) => [text(tree(one, 'metadata'), 'name'), tree(one, 'spec')]));
  return Object.fromEntries(
    ingressClasses.flatMap((one) => {
      const parameters = tree(one, 'spec', 'parameters');
      if (text(parameters, 'kind') !== 'IngressClassParams') return [];
      const said = annotationsOf(byName_.get(text(parameters, 'name')));
      return Object.keys(said).length === 0 ? [] : [[text(tree(one, 'metadata'), 'name'), said] as const];
    })
  );
}

function annotationsOf(spec: Tree | undefined): Readonly<Record<string, string>> {
  const strings = (key: string): string => list(spec, key).filter(isText).join(',');
  const pairs = (key: string): string =>
    trees(spec, key)
      .map((one) => `${text(one, 'key')}=${text(one, 'value')}`)
      .join(',');
  const said: Record<string, string> = {
    scheme: text(spec, 'scheme'),
    'group.name': text(tree(spec, 'group'), 'name'),
    'inbound-cidrs': strings('inboundCIDRs'),
    'certificate-arn': strings('certificateArn') || strings('certificateARNs'),
    'ssl-policy': text(spec, 'sslPolicy'),
    'ssl-redirect': text(spec, 'sslRedirectPort'),
    'ip-address-type': text(spec, 'ipAddressType'),
    'wafv2-acl-arn': text(spec, 'wafv2AclArn'),
    'security-group-prefix-lists': strings('prefixListsIDs') || strings('PrefixListsIDs'),
    'load-balancer-attributes': pairs('loadBalancerAttributes'),
    'target-type': text(spec, 'targetType'),
  };
  return Object.fromEntries(
    Object.entries(said)
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [`alb.ingress.kubernetes.io/${name}`, value])
  );
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** A port by its name and by its number: an Ingress may say either. */
function sameAs(service: unknown, port: string): readonly string[] {
  const found = trees(tree(service, 'spec'), 'ports').find(
    (one) => text(one, 'name') === port || String(one['port'] as number) === port
  );
  return found === undefined ? [port] : [port, text(found, 'name'), String(found['port'] as number)].filter(Boolean);
}

/** Annotations of the ALB on a Service: the controller takes most of those of a backend from there too. */
export function albWordsOf(annotations: Tree | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.keys(annotations ?? {})
      .filter((key) => key.startsWith('alb.ingress.kubernetes.io/'))
      .map((key) => [key, text(annotations, key)])
  );
}

function backendFacts(services: readonly unknown[]): RoutingFacts['backends'] {
  const prefix = 'projectcontour.io/upstream-protocol.';
  return Object.fromEntries(
    services.flatMap((one) => {
      const annotations = tree(one, 'metadata', 'annotations');
      const protocols = Object.fromEntries(
        Object.keys(annotations ?? {})
          .filter((key) => key.startsWith(prefix))
          .flatMap((key) =>
            text(annotations, key)
              .split(',')
              .flatMap((port) => sameAs(one, port.trim()).map((each) => [each, key.slice(prefix.length)] as const))
          )
      );
      const isExternalName = text(tree(one, 'spec'), 'type') === 'ExternalName';
      const alb = albWordsOf(annotations);
      const hasAlb = Object.keys(alb).length > 0;
      if (!isExternalName && !hasAlb && Object.keys(protocols).length === 0) return [];
      return [[nameOf(one), { isExternalName, protocols, ...(hasAlb ? { alb } : {}) }] as const];
    })
  );
}
