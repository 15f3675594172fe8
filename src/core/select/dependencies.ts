import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import { objectKey, type ApiResource, type ObjectRef } from '../resource.ts';
import { isBuiltInGroup } from '../graph/groups.ts';
import { podSpecOf } from '../graph/pod-spec.ts';
import type { ObjectHead } from './head.ts';
import { matchesLabels, selectorOf } from './labels.ts';

/** A captured or candidate object, as selection sees it. */
export interface SelectedObject {
  readonly head: ObjectHead;
  readonly text: string;
  readonly resource: ApiResource;
}

/**
 * A cluster-scoped object that something in scope needs. `capture`: it is the application's and is taken.
 * `inventory`: it is the platform's (storage, ingress and runtime classes, webhooks); it is written down by name, so
 * that plan and assessment can ask for it on the target, and never copied.
 */
export interface DependencyRequest {
  readonly ref: ObjectRef;
  readonly mode: 'capture' | 'inventory';
  readonly reason: string;
  /** The objects that need it, at most the first three. */
  readonly neededBy: readonly ObjectRef[];
}

const rbac = 'rbac.authorization.k8s.io';
const neededByMax = 3;
/** Roles every cluster makes for itself: bindings to them travel, the roles do not. */
const builtInRoles: ReadonlySet<string> = new Set(['cluster-admin', 'admin', 'edit', 'view']);

/**
 * What the objects in scope need of the cluster. `candidates` are the source's ClusterRoleBindings, ClusterRoles and
 * webhook configurations: bindings are found from their subjects, so they must be looked through. Sorted by key.
 */
export function clusterDependencies(
  objects: readonly SelectedObject[],
  candidates: readonly SelectedObject[] = []
): readonly DependencyRequest[] {
  const requests = new Map<string, DependencyRequest>();
  const add: Add = (ref, mode, reason, by) => {
    const key = objectKey(ref);
    const known = requests.get(key);
    if (known === undefined) requests.set(key, { ref, mode, reason, neededBy: [by] });
    else if (known.neededBy.length < neededByMax) requests.set(key, { ...known, neededBy: [...known.neededBy, by] });
  };
  const index = indexOf(objects, candidates);
  for (const object of objects) addFor(object, index, add);
  for (const candidate of candidates) addCandidate(candidate, index, add);
  return [...requests.keys()].sort().flatMap((key) => requests.get(key) ?? []);
}

type Add = (ref: ObjectRef, mode: DependencyRequest['mode'], reason: string, by: ObjectRef) => void;

interface Index {
  /** `namespace/name` of the ServiceAccounts in scope. */
  readonly accounts: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  readonly roles: ReadonlyMap<string, SelectedObject>;
}

function indexOf(objects: readonly SelectedObject[], candidates: readonly SelectedObject[]): Index {
  const accounts = new Set<string>();
  const namespaces = new Set<string>();
  for (const { head } of objects) {
    if (head.ref.namespace !== '') namespaces.add(head.ref.namespace);
    if (head.ref.group !== '') continue;
    if (head.ref.kind === 'ServiceAccount') accounts.add(`${head.ref.namespace}/${head.ref.name}`);
    if (head.ref.kind === 'Namespace') namespaces.add(head.ref.name);
  }
  // Every namespace has the account `default`, also where it was left out for being untouched.
  for (const namespace of namespaces) accounts.add(`${namespace}/default`);
  const roles = new Map<string, SelectedObject>();
  for (const candidate of candidates)
    if (isKind(candidate, rbac, 'ClusterRole')) roles.set(candidate.head.ref.name, candidate);
  return { accounts, namespaces, roles };
}

function addFor(object: SelectedObject, index: Index, add: Add): void {
  const { head, text, resource } = object;
  if (!isBuiltInGroup(resource.group)) {
    const ref = clusterRef('apiextensions.k8s.io', 'CustomResourceDefinition', `${resource.plural}.${resource.group}`);
    add(ref, 'capture', 'defines a kind of objects in scope', head.ref);
  }
  const key = `${resource.group}/${resource.kind}`;
  if (key === `${rbac}/RoleBinding` || key === `${rbac}/ClusterRoleBinding`) addRole(object, index, add);
  if (key === '/PersistentVolumeClaim') addClass(text, '/spec/storageClassName', head.ref, add);
  if (key === 'apps/StatefulSet') addTemplateClasses(text, head.ref, add);
  if (key === 'networking.k8s.io/Ingress') {
    const name = stringAt(text, '/spec/ingressClassName') ?? head.annotations['kubernetes.io/ingress.class'];
    if (name !== undefined)
      add(clusterRef('networking.k8s.io', 'IngressClass', name), 'inventory', 'an Ingress names it', head.ref);
  }
  if (key === 'gateway.networking.k8s.io/Gateway') {
    const name = stringAt(text, '/spec/gatewayClassName');
    if (name !== undefined)
      add(clusterRef(resource.group, 'GatewayClass', name), 'inventory', 'a Gateway names it', head.ref);
  }
  addPodClasses(object, add);
}

/** PriorityClass is captured: a pod that names a missing one is refused, and it is a number, tied to no platform. */
function addPodClasses({ head, text }: SelectedObject, add: Add): void {
  // Most pods name neither, and decoding their spec is what costs.
  if (!/"(?:priority|runtime)ClassName"/.test(text)) return;
  const spec = podSpecOf(text, head.ref);
  if (spec === undefined) return;
  const priority = spec['priorityClassName'];
  if (typeof priority === 'string' && priority !== '' && !priority.startsWith('system-')) {
    add(clusterRef('scheduling.k8s.io', 'PriorityClass', priority), 'capture', 'pods name it', head.ref);
  }
  const runtime = spec['runtimeClassName'];
  if (typeof runtime === 'string' && runtime !== '') {
    add(
      clusterRef('node.k8s.io', 'RuntimeClass', runtime),
      'inventory',
      'pods name it; its handler is set up on nodes',
      head.ref
    );
  }
}

function addRole(binding: SelectedObject, index: Index, add: Add): void {
  const role = read(binding.text, '/roleRef');
  if (!isJsonObject(role) || role['kind'] !== 'ClusterRole' || typeof role['name'] !== 'string') return;
  addRoleNamed(role['name'], binding.head.ref, index, add, 'a binding in scope grants it');
}

function addRoleNamed(name: string, by: ObjectRef, index: Index, add: Add, reason: string): void {
  const role = index.roles.get(name);
  const system =
    role === undefined ? builtInRoles.has(name) : role.head.labels['kubernetes.io/bootstrapping'] !== undefined;
  if (system || name.startsWith('system:')) return;
  add(clusterRef(rbac, 'ClusterRole', name), 'capture', reason, by);
  if (role !== undefined) addAggregated(role, index, add);
}

/** An aggregated role is only as good as the roles its selectors gather. Those gathered are not followed further. */
function addAggregated(role: SelectedObject, index: Index, add: Add): void {
  const selectors = read(role.text, '/aggregationRule/clusterRoleSelectors');
  if (!Array.isArray(selectors)) return;
  for (const selector of (selectors as readonly JsonValue[]).map(selectorOf)) {
    for (const [name, other] of index.roles) {
      if (name.startsWith('system:') || other.head.labels['kubernetes.io/bootstrapping'] !== undefined) continue;
      if (!matchesLabels(selector, other.head.labels)) continue;
      add(clusterRef(rbac, 'ClusterRole', name), 'capture', 'aggregated into a role in scope', role.head.ref);
    }
  }
}

function addCandidate(candidate: SelectedObject, index: Index, add: Add): void {
  const { head, text } = candidate;
  if (isKind(candidate, rbac, 'ClusterRoleBinding')) {
    if (head.labels['kubernetes.io/bootstrapping'] !== undefined || head.ref.name.startsWith('system:')) return;
    const account = subjectInScope(read(text, '/subjects'), index);
    if (account === undefined) return;
    add(head.ref, 'capture', 'grants rights to an account in scope', account);
    addRole(candidate, index, add);
  } else if (head.ref.group === 'admissionregistration.k8s.io' && head.ref.kind.endsWith('WebhookConfiguration')) {
    const namespace = webhookNamespace(read(text, '/webhooks'), index);
    if (namespace === undefined) return;
    const by = { group: '', kind: 'Namespace', namespace: '', name: namespace };
    add(head.ref, 'inventory', 'a webhook served from a namespace in scope', by);
  }
}

/** An account, or a group that stands for all accounts of a namespace in scope. */
function subjectInScope(subjects: JsonValue | undefined, index: Index): ObjectRef | undefined {
  if (!Array.isArray(subjects)) return undefined;
  for (const subject of (subjects as readonly JsonValue[]).filter(isJsonObject)) {
    const name = asText(subject['name']);
    if (subject['kind'] === 'ServiceAccount') {
      const namespace = asText(subject['namespace']);
      const ref = { group: '', kind: 'ServiceAccount', namespace, name };
      if (index.accounts.has(`${namespace}/${name}`)) return ref;
    }
    const groupOf = 'system:serviceaccounts:';
    if (subject['kind'] === 'Group' && name.startsWith(groupOf) && index.namespaces.has(name.slice(groupOf.length))) {
      return { group: '', kind: 'Namespace', namespace: '', name: name.slice(groupOf.length) };
    }
  }
  return undefined;
}

function webhookNamespace(webhooks: JsonValue | undefined, index: Index): string | undefined {
  if (!Array.isArray(webhooks)) return undefined;
  for (const webhook of (webhooks as readonly JsonValue[]).filter(isJsonObject)) {
    const client = webhook['clientConfig'];
    const service = isJsonObject(client) ? client['service'] : undefined;
    const namespace = isJsonObject(service) ? service['namespace'] : undefined;
    if (typeof namespace === 'string' && index.namespaces.has(namespace)) return namespace;
  }
  return undefined;
}

function addClass(text: string, pointer: string, by: ObjectRef, add: Add): void {
  const name = stringAt(text, pointer);
  if (name === undefined || name === '') return;
  add(clusterRef('storage.k8s.io', 'StorageClass', name), 'inventory', 'a claim names it', by);
}

function addTemplateClasses(text: string, by: ObjectRef, add: Add): void {
  const templates = read(text, '/spec/volumeClaimTemplates');
  if (!Array.isArray(templates)) return;
  templates.forEach((_, position) =>
    addClass(text, `/spec/volumeClaimTemplates/${position}/spec/storageClassName`, by, add)
  );
}

function isKind(object: SelectedObject, group: string, kind: string): boolean {
  return object.head.ref.group === group && object.head.ref.kind === kind;
}

function clusterRef(group: string, kind: string, name: string): ObjectRef {
  return { group, kind, namespace: '', name };
}

function stringAt(text: string, pointer: string): string | undefined {
  const value = read(text, pointer);
  return typeof value === 'string' ? value : undefined;
}
