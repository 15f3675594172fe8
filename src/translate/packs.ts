import type { Rule } from '../core/transform/rule.ts';
import { asRule, isIn, type PackRule } from './pack.ts';
import { issuers } from './rules/cert-manager.ts';
import { dnsEndpoints, externalDns } from './rules/external-dns.ts';
import { gatewayRoutes } from './rules/gateway-routes.ts';
import { gateways } from './rules/gateway.ts';
import { httpProxies } from './rules/http-proxy.ts';
import { httpRoutes } from './rules/http-route.ts';
import { podIdentity, serviceAccountIdentity } from './rules/identity.ts';
import { ingress } from './rules/ingress.ts';
import { albBackends, ingressBackends } from './rules/ingress-backends.ts';
import { loadBalancer } from './rules/load-balancer.ts';
import { finalizers, marks } from './rules/marks.ts';
import { antreaObjects, antreaPolicies, cloudPolicies, networkPolicies } from './rules/network-policies.ts';
import { nodePools } from './rules/node-pools.ts';
import { platformAdmission, platformClasses, platformKinds, platformNamespacesRule } from './rules/platform-kinds.ts';
import { podClasses, priorityClassObjects, runtimeClassObjects } from './rules/pod-classes.ts';
import { podSecurityLabels, podSecurityNeeds } from './rules/pod-security.ts';
import { pullSecrets, registries } from './rules/registries.ts';
import { customStorageClass, storageClass, storageMarks, storageObjects } from './rules/storage.ts';
import { zoneMarks, zones } from './rules/zones.ts';
import { directions, type Direction } from '../core/profile/cluster-profile.ts';

/**
 * Every rule there is, in the order they run. What leaves objects out comes first; what reads annotations (load
 * balancers, ingresses, identities) before `marks`, which removes the rest; external-dns before the routes, which take
 * its annotations over.
 */
export const packRules: readonly PackRule[] = [
  platformNamespacesRule,
  platformKinds,
  platformClasses,
  platformAdmission,
  storageObjects,
  runtimeClassObjects,
  priorityClassObjects,
  finalizers,
  storageClass,
  customStorageClass,
  zoneMarks,
  storageMarks,
  zones,
  nodePools,
  podClasses,
  serviceAccountIdentity,
  podIdentity,
  registries,
  pullSecrets,
  podSecurityLabels,
  podSecurityNeeds,
  loadBalancer,
  externalDns,
  dnsEndpoints,
  ingress,
  ingressBackends,
  albBackends,
  httpProxies,
  httpRoutes,
  gateways,
  gatewayRoutes,
  issuers,
  antreaPolicies,
  antreaObjects,
  cloudPolicies,
  networkPolicies,
  marks,
];

const packs: ReadonlyMap<string, readonly Rule[]> = new Map(
  directions.map((direction) => [keyOf(direction), [asRule(packRules.filter((rule) => isIn(rule, direction)))]])
);

/** The rules of one direction, in their order. */
export function packOf(direction: Direction): readonly Rule[] {
  return packs.get(keyOf(direction)) ?? [];
}

function keyOf({ from, to }: Direction): string {
  return `${from}-${to}`;
}
