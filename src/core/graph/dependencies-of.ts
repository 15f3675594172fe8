import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import { objectKey, parseApiVersion, type ObjectRef } from '../resource.ts';
import type { ObjectHead } from '../select/head.ts';
import { kinds, type Collect } from './collect.ts';
import { isBuiltInGroup } from './groups.ts';
import { podSpecsOf } from './pod-places.ts';
import { podReferences } from './pod-references.ts';

type Plain = { readonly [key: string]: JsonValue };

/**
 * What must be there before an object: its namespace, its kind's definition, its owners, and everything its spec
 * names. References to things that are not part of a restore are harmless: `orderApplyGroups` ignores them. Sorted, each once.
 */
export function dependenciesOf(text: string, head: ObjectHead): readonly ObjectRef[] {
  const found = new Map<string, ObjectRef>();
  const self = objectKey(head.ref);
  const collect: Collect = ({ group, kind }, name, namespace = head.ref.namespace) => {
    if (typeof name !== 'string' || name === '') return;
    const ref = { group, kind, namespace, name };
    const key = objectKey(ref);
    if (key !== self) found.set(key, ref);
  };
  if (head.ref.namespace !== '') collect(kinds.namespace, head.ref.namespace, '');
  if (!isBuiltInGroup(head.ref.group)) {
    collect(kinds.customResourceDefinition, head.resource, '');
    const { version } = parseApiVersion(head.apiVersion);
    collect(kinds.apiService, `${version}.${head.ref.group}`, '');
  }
  collectOwners(head, collect);
  for (const spec of podSpecsOf(text, head.ref)) podReferences(spec, collect);
  collectByKind(text, head.ref, collect);
  return [...found.keys()].sort().flatMap((key) => found.get(key) ?? []);
}

/** Owner before owned, except a StatefulSet before its claims: those come first, or it makes empty ones (fact 2). */
function collectOwners(head: ObjectHead, collect: Collect): void {
  for (const owner of head.ownerReferences) {
    const { group } = parseApiVersion(owner.apiVersion);
    if (head.ref.kind === 'PersistentVolumeClaim' && group === 'apps') continue;
    // Nothing in a reference says whether the owner is cluster-scoped: both are named, one of them exists.
    collect({ group, kind: owner.kind }, owner.name);
    collect({ group, kind: owner.kind }, owner.name, '');
  }
}

function collectByKind(text: string, ref: ObjectRef, collect: Collect): void {
  const handler = handlers[`${ref.group}/${ref.kind}`];
  if (handler !== undefined) handler(text, collect, ref);
}

const rbac = 'rbac.authorization.k8s.io';
const handlers: Readonly<Partial<Record<string, (text: string, collect: Collect, ref: ObjectRef) => void>>> = {
  [`${rbac}/RoleBinding`]: bindingReferences,
  [`${rbac}/ClusterRoleBinding`]: bindingReferences,
  // A token Secret made before its account is deleted at once (fact 4). Accounts wait for no Secret they name.
  '/Secret': (text, collect) => {
    if (read(text, '/type') !== 'kubernetes.io/service-account-token') return;
    collect(kinds.serviceAccount, read(text, '/metadata/annotations/kubernetes.io~1service-account.name'));
  },
  '/PersistentVolumeClaim': (text, collect) => {
    collect(kinds.storageClass, read(text, '/spec/storageClassName'), '');
    collect(kinds.persistentVolume, read(text, '/spec/volumeName'), '');
  },
  '/PersistentVolume': (text, collect) => collect(kinds.storageClass, read(text, '/spec/storageClassName'), ''),
  'apps/StatefulSet': (text, collect, ref) => {
    collect(kinds.service, read(text, '/spec/serviceName'));
    collectTemplateClaims(text, ref, collect);
  },
  'networking.k8s.io/Ingress': ingressReferences,
  'autoscaling/HorizontalPodAutoscaler': (text, collect) => {
    const target = read(text, '/spec/scaleTargetRef');
    if (!isJsonObject(target)) return;
    const { group } = parseApiVersion(asText(target['apiVersion']));
    collect({ group, kind: asText(target['kind']) }, target['name']);
  },
  '/Endpoints': (_text, collect, ref) => collect(kinds.service, ref.name),
  'discovery.k8s.io/EndpointSlice': (text, collect) =>
    collect(kinds.service, read(text, '/metadata/labels/kubernetes.io~1service-name')),
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': webhookReferences,
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': webhookReferences,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': (text, collect) =>
    collect(kinds.validatingAdmissionPolicy, read(text, '/spec/policyName'), ''),
  'apiregistration.k8s.io/APIService': (text, collect) => {
    const service = read(text, '/spec/service');
    if (isJsonObject(service)) collect(kinds.service, service['name'], asText(service['namespace']));
  },
  'gateway.networking.k8s.io/Gateway': (text, collect) =>
    collect(kinds.gatewayClass, read(text, '/spec/gatewayClassName'), ''),
  'gateway.networking.k8s.io/HTTPRoute': routeReferences,
  'gateway.networking.k8s.io/GRPCRoute': routeReferences,
  'gateway.networking.k8s.io/TLSRoute': routeReferences,
  'gateway.networking.k8s.io/TCPRoute': routeReferences,
  'cert-manager.io/Issuer': issuerReferences,
  'cert-manager.io/ClusterIssuer': issuerReferences,
  'cert-manager.io/Certificate': (text, collect, ref) => {
    const issuer = read(text, '/spec/issuerRef');
    if (!isJsonObject(issuer)) return;
    const kind = asText(issuer['kind'], 'Issuer');
    collect({ group: 'cert-manager.io', kind }, issuer['name'], kind === 'ClusterIssuer' ? '' : ref.namespace);
    // The issued Secret is restored first: with it there, nothing is issued again.
    collect(kinds.secret, read(text, '/spec/secretName'));
  },
};

function bindingReferences(text: string, collect: Collect, ref: ObjectRef): void {
  const role = read(text, '/roleRef');
  if (isJsonObject(role)) {
    const kind = asText(role['kind']);
    collect({ group: rbac, kind }, role['name'], kind === 'ClusterRole' ? '' : ref.namespace);
  }
  for (const subject of objects(read(text, '/subjects'))) {
    if (subject['kind'] !== 'ServiceAccount') continue;
    collect(kinds.serviceAccount, subject['name'], asText(subject['namespace'], ref.namespace));
  }
}

function ingressReferences(text: string, collect: Collect): void {
  const spec = read(text, '/spec');
  if (!isJsonObject(spec)) return;
  collect(kinds.ingressClass, spec['ingressClassName'], '');
  for (const tls of objects(spec['tls'])) collect(kinds.secret, tls['secretName']);
  const backends = objects(spec['rules']).flatMap((rule) => objects(plain(rule['http'])['paths']));
  for (const backend of [spec['defaultBackend'], ...backends.map((path) => path['backend'])]) {
    collect(kinds.service, plain(plain(backend)['service'])['name']);
  }
}

/** Namespace in which cert-manager keeps Secrets of ClusterIssuers unless configured otherwise (`--cluster-resource-namespace`). */
const clusterIssuerNamespace = 'cert-manager';

/**
 * Secrets of an issuer come first: with the key of its ACME account there it logs in and does not register anew, and
 * with its CA there it is ready at once.
 */
function issuerReferences(text: string, collect: Collect, ref: ObjectRef): void {
  const namespace = ref.namespace === '' ? clusterIssuerNamespace : ref.namespace;
  collect(kinds.secret, read(text, '/spec/acme/privateKeySecretRef/name'), namespace);
  collect(kinds.secret, read(text, '/spec/ca/secretName'), namespace);
  for (const solver of objects(read(text, '/spec/acme/solvers'))) {
    for (const provider of Object.values(plain(solver['dns01']))) {
      for (const [key, value] of Object.entries(plain(provider))) {
        if (key.endsWith('SecretRef')) collect(kinds.secret, plain(value)['name'], namespace);
      }
    }
  }
}

function webhookReferences(text: string, collect: Collect): void {
  for (const webhook of objects(read(text, '/webhooks'))) {
    const service = plain(plain(webhook['clientConfig'])['service']);
    collect(kinds.service, service['name'], asText(service['namespace']));
  }
}

function routeReferences(text: string, collect: Collect, ref: ObjectRef): void {
  for (const parent of objects(read(text, '/spec/parentRefs'))) {
    const group = asText(parent['group'], 'gateway.networking.k8s.io');
    const kind = asText(parent['kind'], 'Gateway');
    collect({ group, kind }, parent['name'], asText(parent['namespace'], ref.namespace));
  }
  for (const rule of objects(read(text, '/spec/rules'))) {
    for (const backend of objects(rule['backendRefs'])) {
      const kind = asText(backend['kind'], 'Service');
      const namespace = asText(backend['namespace'], ref.namespace);
      collect({ group: asText(backend['group']), kind }, backend['name'], namespace);
    }
  }
}

/** Claims of a StatefulSet are named `template-set-ordinal`; those of the replicas it has now come before it. */
function collectTemplateClaims(text: string, ref: ObjectRef, collect: Collect): void {
  const replicas = Math.min(Number(read(text, '/spec/replicas') ?? 1) || 0, replicasMax);
  const start = Number(read(text, '/spec/ordinals/start') ?? 0) || 0;
  for (const template of objects(read(text, '/spec/volumeClaimTemplates'))) {
    const name = plain(template['metadata'])['name'];
    if (typeof name !== 'string') continue;
    for (let ordinal = start; ordinal < start + replicas; ordinal++) {
      collect(kinds.persistentVolumeClaim, `${name}-${ref.name}-${ordinal}`);
    }
  }
}

/** More replicas than a StatefulSet ever has; claims come before workloads by their apply group anyway. */
const replicasMax = 1_000;

function objects(value: JsonValue | undefined): readonly Plain[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

function plain(value: JsonValue | undefined): Plain {
  return isJsonObject(value) ? value : {};
}
