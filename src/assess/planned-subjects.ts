import { isBuiltInGroup } from '../core/graph/groups.ts';
import { podSpecPointer } from '../core/graph/pod-spec.ts';
import type { ObjectRef } from '../core/resource.ts';

/** What checks of the planning pass are about. What nothing that comes is about is not read from the clusters either. */
export type PlannedSubject =
  | 'anything'
  | 'limited'
  | 'custom'
  | 'nodePort'
  | 'workload'
  | 'podClass'
  | 'claim'
  | 'ingress'
  | 'gateway'
  | 'host'
  | 'issuer'
  | 'address'
  | 'serviceName';

const subjects: Readonly<Record<string, PlannedSubject>> = {
  'capacity/quota': 'anything',
  'capacity/limit-ranges': 'limited',
  'capacity/placement': 'workload',
  'capacity/room': 'workload',
  'capacity/classes': 'podClass',
  'storage/classes': 'claim',
  'storage/claims': 'claim',
  'storage/capacity': 'claim',
  'traffic/node-ports': 'nodePort',
  'traffic/ingress-classes': 'ingress',
  'traffic/gateway-classes': 'gateway',
  'traffic/hosts': 'host',
  'certificates/issuers': 'issuer',
  'external/source-only': 'address',
  'external/services': 'serviceName',
};

/** What the check of an id is about; what no row names is about custom resources. */
export function subjectOfCheck(id: string): PlannedSubject {
  return subjects[id] ?? 'custom';
}

const forms: readonly (readonly [PlannedSubject, readonly string[], RegExp])[] = [
  ['nodePort', ['/Service'], /"(?:nodePort|healthCheckNodePort)":/],
  ['claim', ['/PersistentVolumeClaim'], /./],
  ['limited', ['/PersistentVolumeClaim'], /./],
  ['ingress', ['networking.k8s.io/Ingress'], /./],
  ['gateway', ['gateway.networking.k8s.io/Gateway'], /./],
  ['host', ['networking.k8s.io/Ingress'], /"host":/],
  ['host', ['gateway.networking.k8s.io/Gateway', 'gateway.networking.k8s.io/HTTPRoute'], /"hostnames?":/],
  ['issuer', ['cert-manager.io/Certificate'], /./],
  ['issuer', ['networking.k8s.io/Ingress'], /"cert-manager\.io\/(?:cluster-)?issuer":/],
];

/** What an object gives checks to look at, by what is kept of it. */
export function subjectsOf(ref: ObjectRef, kept: string, runsPods: boolean): readonly PlannedSubject[] {
  const kind = `${ref.group}/${ref.kind}`;
  const found = forms.flatMap(([subject, kinds, form]) => (kinds.includes(kind) && form.test(kept) ? [subject] : []));
  if (!isBuiltInGroup(ref.group)) found.push('custom');
  if (!runsPods) return found;
  return [
    ...found,
    'workload',
    'limited',
    // The two classes of the system are part of every cluster.
    ...(/"(?:priorityClassName|runtimeClassName)":"(?!system-|")/.test(kept) ? (['podClass'] as const) : []),
  ];
}

const cert = 'cert-manager.io';
const gateway = 'gateway.networking.k8s.io';
/** Kinds of which checks look into the object, beside workloads and roles. */
const keptKinds: ReadonlySet<string> = new Set([
  ...['/Service', '/PersistentVolumeClaim', 'networking.k8s.io/Ingress'],
  ...[`${gateway}/Gateway`, `${gateway}/HTTPRoute`, `${cert}/Certificate`, `${cert}/Issuer`, `${cert}/ClusterIssuer`],
]);
/** Classes that travel with what names them: their names are enough. */
const classKinds: ReadonlySet<string> = new Set([
  ...['scheduling.k8s.io/PriorityClass', 'node.k8s.io/RuntimeClass', 'networking.k8s.io/IngressClass'],
]);

/** How much of an object the checks need. */
export function keepingOf(ref: ObjectRef): 'whole' | 'name' | 'nothing' {
  const kind = `${ref.group}/${ref.kind}`;
  if (ref.group === 'rbac.authorization.k8s.io' || podSpecPointer(ref) !== undefined || keptKinds.has(kind)) {
    return 'whole';
  }
  return !isBuiltInGroup(ref.group) || classKinds.has(kind) ? 'name' : 'nothing';
}
