import { read } from '../json/node.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { objectKey, type ApiResource, type ObjectRef } from '../resource.ts';
import { isBuiltInGroup } from '../graph/groups.ts';
import { podSpecsOf } from '../graph/pod-places.ts';
import type { ObjectHead } from './head.ts';
import { ownedKinds } from '../edge/grants.ts';
import { matchesLabels, selectorOf } from './labels.ts';
import { accountsOf } from './subjects.ts';

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

/** Kinds of which objects are captured because others need them: everything that is asked for with the mode `capture`. */
export const dependencyKinds: readonly string[] = [
  'customresourcedefinitions.apiextensions.k8s.io',
  `clusterroles.${rbac}`,
  `clusterrolebindings.${rbac}`,
  'priorityclasses.scheduling.k8s.io',
];
const neededByMax = 3;
/** Roles every cluster makes for itself: bindings to them travel, the roles do not. */
const builtInRoles: ReadonlySet<string> = new Set(['cluster-admin', 'admin', 'edit', 'view']);

/**
 * What the objects in scope need of the cluster. `candidates` are the source's ClusterRoleBindings, ClusterRoles and
 * webhook configurations: bindings are found from their subjects, so they must be looked through. `served` are the kinds
 * of the source: definitions of those that only a role in scope works on are taken, objects or not. Sorted by key.
 */
export function clusterDependencies(
  objects: readonly SelectedObject[],
  candidates: readonly SelectedObject[] = [],
  served: readonly ApiResource[] = []
): readonly DependencyRequest[] {
  const requests = new Map<string, DependencyRequest>();
  const add: Add = (need, by) => {
    const key = objectKey(need.ref);
    const known = requests.get(key);
    if (known === undefined) requests.set(key, { ...need, neededBy: [by] });
    else if (known.neededBy.length < neededByMax) requests.set(key, { ...known, neededBy: [...known.neededBy, by] });
  };
  const index = indexOf(objects, candidates, served);
  for (const object of objects) addFor(object, index, add);
  for (const candidate of candidates) addCandidate(candidate, index, add);
  addDefinitions(requests, index, add);
  return [...requests.keys()].sort().flatMap((key) => requests.get(key) ?? []);
}

type Add = (need: Omit<DependencyRequest, 'neededBy'>, by: ObjectRef) => void;

interface Index {
  /** `namespace/name` of the ServiceAccounts in scope. */
  readonly accounts: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
  readonly roles: ReadonlyMap<string, SelectedObject>;
  readonly candidates: readonly SelectedObject[];
  readonly served: readonly ApiResource[];
}

function indexOf(
  objects: readonly SelectedObject[],
  candidates: readonly SelectedObject[],
  served: readonly ApiResource[]
): Index {
  const accounts = new Set<string>();
  const namespaces = new Set<string>();
  for (const { head } of objects) {
    if (head.ref.namespace !== '') namespaces.add(head.ref.namespace);
    if (head.ref.group !== '') continue;
    if (head.ref.kind === 'ServiceAccount') accounts.add(`${head.ref.namespace}/${head.ref.name}`);
    if (head.ref.kind === 'Namespace') namespaces.add(head.ref.name);
  }
  // Every namespace has the account `default`, also where it was excluded for being untouched.
  for (const namespace of namespaces) accounts.add(`${namespace}/default`);
  const roles = new Map<string, SelectedObject>();
  for (const candidate of candidates)
    if (isKind(candidate, rbac, 'ClusterRole')) roles.set(candidate.head.ref.name, candidate);
  return { accounts, namespaces, roles, candidates, served };
}

function addFor(object: SelectedObject, index: Index, add: Add): void {
  const { head, text, resource } = object;
  if (!isBuiltInGroup(resource.group)) {
    const ref = clusterRef('apiextensions.k8s.io', 'CustomResourceDefinition', `${resource.plural}.${resource.group}`);
    add({ ref, mode: 'capture', reason: 'defines the kind of objects in scope' }, head.ref);
  }
  const key = `${resource.group}/${resource.kind}`;
  if (key === `${rbac}/RoleBinding` || key === `${rbac}/ClusterRoleBinding`) addRole(object, index, add);
  if (key === '/ResourceQuota') addQuotaClasses(object, add);
  if (key === '/PersistentVolumeClaim') addClass(object, '/spec/storageClassName', add);
  if (key === 'apps/StatefulSet') addTemplateClasses(object, add);
  if (key === 'networking.k8s.io/Ingress') {
    const name = stringAt(text, '/spec/ingressClassName') ?? head.annotations['kubernetes.io/ingress.class'];
    if (name !== undefined) {
      const ref = clusterRef('networking.k8s.io', 'IngressClass', name);
      add({ ref, mode: 'inventory', reason: 'an Ingress refers to it' }, head.ref);
    }
  }
  if (key === 'gateway.networking.k8s.io/Gateway') {
    const name = stringAt(text, '/spec/gatewayClassName');
    if (name !== undefined) {
      const ref = clusterRef(resource.group, 'GatewayClass', name);
      add({ ref, mode: 'inventory', reason: 'a Gateway refers to it' }, head.ref);
    }
  }
  addPodClasses(object, add);
}

/** PriorityClass is captured: a pod that names a missing one is refused, and it is a number, tied to no platform. */
function addPodClasses({ head, text }: SelectedObject, add: Add): void {
  // Most pods name neither, and decoding their spec is what costs.
  if (!/"(?:priority|runtime)ClassName"/.test(text)) return;
  for (const spec of podSpecsOf(text, head.ref)) addClassesOf(spec, head.ref, add);
}

function addClassesOf(spec: { readonly [key: string]: JsonValue }, by: ObjectRef, add: Add): void {
  const priority = spec['priorityClassName'];
  if (typeof priority === 'string' && priority !== '' && !priority.startsWith('system-')) {
    const ref = clusterRef('scheduling.k8s.io', 'PriorityClass', priority);
    add({ ref, mode: 'capture', reason: 'pods name it' }, by);
  }
  const runtime = spec['runtimeClassName'];
  if (typeof runtime === 'string' && runtime !== '') {
    const ref = clusterRef('node.k8s.io', 'RuntimeClass', runtime);
    add({ ref, mode: 'inventory', reason: 'pods name it; its handler is set up on nodes' }, by);
  }
}

function addRole(binding: SelectedObject, index: Index, add: Add): void {
  const roleRef = read(binding.text, '/roleRef');
  if (!isJsonObject(roleRef) || roleRef['kind'] !== 'ClusterRole' || typeof roleRef['name'] !== 'string') return;
  const name = roleRef['name'];
  const role = index.roles.get(name);
  const system =
    role === undefined ? builtInRoles.has(name) : role.head.labels['kubernetes.io/bootstrapping'] !== undefined;
  if (system || name.startsWith('system:')) return;
  const ref = clusterRef(rbac, 'ClusterRole', name);
  add({ ref, mode: 'capture', reason: 'a binding in scope grants it' }, binding.head.ref);
  if (role !== undefined) addAggregated(role, index, add);
}

/**
 * An operator serves kinds of which there may be no object yet, and fails at its start where one is not served. Its
 * definitions are those its roles work on, unless an account that stays works on them too: then the operator is elsewhere.
 */
function addDefinitions(requests: ReadonlyMap<string, DependencyRequest>, index: Index, add: Add): void {
  const { candidates, served, roles } = index;
  if (served.length === 0) return;
  const others = new Set(candidates.flatMap((one) => (isForeignGrant(one, index) ? ownedByRole(one, index) : [])));
  for (const { ref: by, mode } of requests.values()) {
    const role = mode === 'capture' && by.kind === 'ClusterRole' ? roles.get(by.name) : undefined;
    if (role === undefined) continue;
    for (const name of ownedKinds(role.text, served)) {
      if (others.has(name)) continue;
      const ref = clusterRef('apiextensions.k8s.io', 'CustomResourceDefinition', name);
      add({ ref, mode: 'capture', reason: 'defines a kind that an operator in scope manages' }, by);
    }
  }
}

/** A binding all of whose accounts stay. People who may do something with a kind are no operators of it. */
function isForeignGrant(candidate: SelectedObject, index: Index): boolean {
  if (!isKind(candidate, rbac, 'ClusterRoleBinding')) return false;
  const subjects = read(candidate.text, '/subjects');
  if (!Array.isArray(subjects) || subjectInScope(subjects, index) !== undefined) return false;
  return (subjects as readonly JsonValue[]).some(
    (subject) => isJsonObject(subject) && subject['kind'] === 'ServiceAccount'
  );
}

function ownedByRole(binding: SelectedObject, { roles, served }: Index): readonly string[] {
  const role = roles.get(stringAt(binding.text, '/roleRef/name') ?? '');
  return role === undefined ? [] : ownedKinds(role.text, served);
}

/** An aggregated role is only as good as the roles its selectors gather, and those may gather others. */
function addAggregated(role: SelectedObject, index: Index, add: Add): void {
  const seen = new Set<string>();
  const gather = ({ head, text }: SelectedObject): void => {
    seen.add(head.ref.name);
    const selectors = read(text, '/aggregationRule/clusterRoleSelectors');
    if (!Array.isArray(selectors)) return;
    for (const selector of (selectors as readonly JsonValue[]).map(selectorOf)) {
      for (const [name, other] of index.roles) {
        if (name.startsWith('system:') || other.head.labels['kubernetes.io/bootstrapping'] !== undefined) continue;
        if (!matchesLabels(selector, other.head.labels)) continue;
        const ref = clusterRef(rbac, 'ClusterRole', name);
        add({ ref, mode: 'capture', reason: 'aggregated into a role in scope' }, head.ref);
        if (!seen.has(name)) gather(other);
      }
    }
  };
  gather(role);
}

function addCandidate(candidate: SelectedObject, index: Index, add: Add): void {
  const { head, text } = candidate;
  if (isKind(candidate, rbac, 'ClusterRoleBinding')) {
    if (head.labels['kubernetes.io/bootstrapping'] !== undefined || head.ref.name.startsWith('system:')) return;
    const account = subjectInScope(read(text, '/subjects'), index);
    if (account === undefined) return;
    add({ ref: head.ref, mode: 'capture', reason: 'grants permissions to a ServiceAccount in scope' }, account);
    addRole(candidate, index, add);
  } else if (head.ref.group === 'admissionregistration.k8s.io' && head.ref.kind.endsWith('WebhookConfiguration')) {
    const namespace = webhookNamespace(read(text, '/webhooks'), index);
    if (namespace === undefined) return;
    const by = { group: '', kind: 'Namespace', namespace: '', name: namespace };
    add({ ref: head.ref, mode: 'inventory', reason: 'a webhook served from a namespace in scope' }, by);
  }
}

/** An account, or a Namespace for all of its accounts, in whichever of the three forms a subject has. */
function subjectInScope(subjects: JsonValue | undefined, index: Index): ObjectRef | undefined {
  if (!Array.isArray(subjects)) return undefined;
  return (subjects as readonly JsonValue[])
    .flatMap((subject) => accountsOf(subject) ?? [])
    .find(({ kind, namespace, name }) =>
      kind === 'Namespace' ? index.namespaces.has(name) : index.accounts.has(`${namespace}/${name}`)
    );
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

function addClass({ head, text }: SelectedObject, pointer: string, add: Add): void {
  const name = stringAt(text, pointer);
  if (name === undefined || name === '') return;
  const ref = clusterRef('storage.k8s.io', 'StorageClass', name);
  add({ ref, mode: 'inventory', reason: 'a claim refers to it' }, head.ref);
}

/** A quota that counts pods of a priority is refused nothing without the class, and counts nothing either. */
function addQuotaClasses({ head, text }: SelectedObject, add: Add): void {
  if (!text.includes('PriorityClass')) return;
  const scopes = read(text, '/spec/scopeSelector/matchExpressions');
  if (!Array.isArray(scopes)) return;
  for (const scope of (scopes as readonly JsonValue[]).filter(isJsonObject)) {
    const { scopeName, values } = scope;
    if (scopeName !== 'PriorityClass' || !Array.isArray(values)) continue;
    for (const name of values) {
      if (typeof name !== 'string' || name === '' || name.startsWith('system-')) continue;
      const ref = clusterRef('scheduling.k8s.io', 'PriorityClass', name);
      add({ ref, mode: 'capture', reason: 'a quota refers to it' }, head.ref);
    }
  }
}

function addTemplateClasses(object: SelectedObject, add: Add): void {
  const templates = read(object.text, '/spec/volumeClaimTemplates');
  if (!Array.isArray(templates)) return;
  templates.forEach((_, position) =>
    addClass(object, `/spec/volumeClaimTemplates/${position}/spec/storageClassName`, add)
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
