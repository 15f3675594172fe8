import { read } from '../json/node.ts';
import { asText, isJsonObject, type JsonValue } from '../json/value.ts';
import { describeRef, type ObjectRef } from '../resource.ts';
import type { SelectedObject } from '../select/dependencies.ts';
import { accountsOf } from '../select/subjects.ts';
import { admissionPolicies } from './admission-policies.ts';
import { edgeFinding, namesText, policyFinding } from './finding.ts';
import type { EdgeScope, Referrer } from './edge-scope.ts';
import { customGrants } from './grants.ts';
import { serviceOfHost } from './service-hosts.ts';
import { excepts, namesNamespaces, relationTo, type LabelledNamespace } from './selects.ts';

const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io';

/** Groups whose cluster-scoped objects act on every namespace they do not except. */
const policyGroups: ReadonlySet<string> = new Set([
  'kyverno.io',
  'policies.kyverno.io',
  'constraints.gatekeeper.sh',
  'mutations.gatekeeper.sh',
  'policies.kubewarden.io',
  'policy.networking.k8s.io',
  'crd.antrea.io',
  'cilium.io',
  'crd.projectcalico.org',
  'projectcalico.org',
]);

/**
 * Kinds that controllers write for themselves and in which namespaces stand as data, and claims of volumes, which are
 * moved as claims. Nobody has to bring these to the target.
 */
const derivedKinds =
  /^(?:volumesnapshotcontents|volumegroupsnapshotcontents|ciliumidentities|ciliumnodes|ciliumendpointslices|blockaffinities|ipamblocks|ipamhandles|ipamconfigs|clusterinformations|[a-z]*agentinfos|[a-z]*controllerinfos|[a-z]*reports|customresourcedefinitions|apiservices|namespaces|nodes)$/;

/** Whether objects of a cluster-scoped kind are looked through at all. */
export function mayRefer({ group, plural }: { readonly group: string; readonly plural: string }): boolean {
  return !derivedKinds.test(plural) && !/(?:^|\.)(?:metrics|stats|reports|wgpolicyk8s)\./.test(`${group}.`);
}

/**
 * The objects out of scope that refer into it: bindings elsewhere whose subjects move, webhooks, APIServices and
 * conversion webhooks that lead to Services that move, policies and cluster-scoped settings that name or select a
 * namespace. What every cluster has by itself is none. In the order given.
 */
export function findReferrers(objects: readonly SelectedObject[], scope: EdgeScope): readonly Referrer[] {
  const names = new Set(scope.namespaces.map(({ name }) => name));
  const found = objects.flatMap((object): readonly Referrer[] => {
    const { head, text, resource } = object;
    if (isBootstrapped(object) || names.has(head.ref.namespace)) return [];
    if (resource.kind === 'ClusterRole') return aggregated(object, scope);
    if (resource.group === rbac) return binding(object, names);
    if (resource.kind === 'APIService') {
      const service = movedService(read(text, '/spec/service'), names);
      return service === undefined ? [] : calls(object, service, 'the target does not serve its API');
    }
    if (resource.kind === 'CustomResourceDefinition') {
      const service = movedService(serviceOfClient(read(text, '/spec/conversion/webhook/clientConfig')), names);
      if (service === undefined) return definition(object, scope);
      return calls(object, service, 'it does not travel, as no object or role in scope needs it');
    }
    if (isClass(object)) return isProvided(object) ? [] : classOf(object, scope);
    if (resource.kind.endsWith('WebhookConfiguration')) return webhook(object, names, scope);
    return resource.group === admission || isProvided(object) ? [] : setting(object, scope);
  });
  return [
    ...found,
    ...admissionPolicies(
      objects.filter((one) => !isBootstrapped(one) && !isProvided(one)),
      scope
    ),
  ];
}

/** Made by Kubernetes itself for every cluster. */
function isBootstrapped({ head }: SelectedObject): boolean {
  return head.labels['kubernetes.io/bootstrapping'] !== undefined || head.ref.name.startsWith('system:');
}

/** Made by a provider, or by a controller from something else, so that nobody would bring it to the target by hand. */
function isProvided({ head }: SelectedObject): boolean {
  return (
    head.labels['addonmanager.kubernetes.io/mode'] !== undefined ||
    /^(?:kubeadm:|eks:|eks-|gce:|gke-|aks-|aks:)/.test(head.ref.name) ||
    head.ownerReferences.some(({ controller }) => controller)
  );
}

/** A role that adds rights on kinds of the scope to a built-in one (`aggregate-to-view`) that a binding in scope grants. */
function aggregated(object: SelectedObject, { boundRoles, groups }: EdgeScope): readonly Referrer[] {
  const { head, text } = object;
  const role = ['admin', 'edit', 'view'].find(
    (name) => head.labels[`rbac.authorization.k8s.io/aggregate-to-${name}`] === 'true' && boundRoles?.has(name) === true
  );
  const group =
    role === undefined ? undefined : customGrants(text).find((one) => groups?.has(one.group) === true)?.group;
  if (role === undefined || group === undefined) return [];
  const message = `it adds permissions on ${group}, which has objects in scope, to ClusterRole ${role}, which a binding in scope grants, and it is not moved: it would change the permissions of everybody who has that role on the target`;
  return [{ object, finding: edgeFinding('REFERENCE_LEFT_BEHIND', { subject: describe(object), message }) }];
}

/** Groups that every account is in (serviceaccount.AllServiceAccountsGroup, user.AllAuthenticated). */
export const everyones: ReadonlySet<string> = new Set(['system:serviceaccounts', 'system:authenticated']);

function whereOf({ namespace }: ObjectRef): string {
  return namespace === '' ? 'in the cluster' : `in namespace ${namespace}`;
}

function binding(object: SelectedObject, names: ReadonlySet<string>): readonly Referrer[] {
  const { head, text } = object;
  const subjects = read(text, '/subjects');
  const role = read(text, '/roleRef');
  if (!Array.isArray(subjects) || !isJsonObject(role)) return [];
  const accounts = (subjects as readonly JsonValue[])
    .flatMap((subject) => accountsOf(subject) ?? [])
    .filter(({ kind, name, namespace }) => names.has(kind === 'Namespace' ? name : namespace));
  const [first] = accounts;
  if (first === undefined) {
    const everyone = (subjects as readonly JsonValue[]).some(
      (subject) => isJsonObject(subject) && subject['kind'] === 'Group' && everyones.has(asText(subject['name']))
    );
    if (!everyone || isProvided(object)) return [];
    const message = `it gives every account, those in scope as well, the rights of ${roleText(role)} ${whereOf(head.ref)}`;
    return [
      {
        object,
        finding: edgeFinding('REFERENCE_LEFT_BEHIND', { subject: describe(object), message, severity: 'info' }),
      },
    ];
  }
  const message = `it gives ${accountsText(accounts)} the rights of ${roleText(role)} ${whereOf(head.ref)}, and does not travel: on the target the rights are missing`;
  return [
    { object, account: first, finding: edgeFinding('REFERENCE_LEFT_BEHIND', { subject: describe(object), message }) },
  ];
}

function accountsText(accounts: readonly ObjectRef[]): string {
  const names = accounts.map((ref) =>
    ref.kind === 'Namespace' ? `every ServiceAccount in namespace ${ref.name}` : describeRef(ref)
  );
  return namesText([...new Set(names)]);
}

function roleText(role: { readonly [key: string]: JsonValue }): string {
  return `${asText(role['kind'])} ${asText(role['name'])}`;
}

function webhook(object: SelectedObject, names: ReadonlySet<string>, scope: EdgeScope): readonly Referrer[] {
  const all = read(object.text, '/webhooks');
  if (!Array.isArray(all)) return [];
  const webhooks = (all as readonly JsonValue[]).filter(isJsonObject);
  for (const one of webhooks) {
    const service = movedService(serviceOfClient(one['clientConfig']), names);
    if (service === undefined) continue;
    return calls(object, service, 'nothing calls it on the target, so objects are neither validated nor mutated');
  }
  if (isProvided(object)) return [];
  const selectors = webhooks.map((one) => ({ namespaceSelector: one['namespaceSelector'] ?? null }));
  const selected = scope.namespaces.filter((one) => /^(?:names|selects)$/.test(relationTo(selectors, one) ?? ''));
  if (selected.length === 0) return [];
  const message = `it validates or mutates objects in namespace ${namesText(selected.map(({ name }) => name))}, and is not moved`;
  return [{ object, finding: edgeFinding('POLICY_LEFT_BEHIND', { subject: describe(object), message }) }];
}

/** Kinds of classes whose controller is found by a name in them. */
export function isClass({ resource: { group, kind } }: Pick<SelectedObject, 'resource'>): boolean {
  return (
    (group === 'networking.k8s.io' && kind === 'IngressClass') ||
    (group === 'gateway.networking.k8s.io' && kind === 'GatewayClass')
  );
}

/** A class belongs to no namespace: without it the controller that moves serves nothing on the target. */
function classOf(object: SelectedObject, { installed }: EdgeScope): readonly Referrer[] {
  const controller = installed?.controllerOf(object);
  if (controller === undefined) return [];
  const message = `its controller is set up by ${controller}, which moves, and the class does not travel: on the target nothing that names it is served`;
  const remedy = 'create it on the target, where it is to be served by the controller that moves';
  return [{ object, finding: edgeFinding('REFERENCE_LEFT_BEHIND', { subject: describe(object), message, remedy }) }];
}

/**
 * An operator whose account may do everything has no role that names its kinds: its definitions are known by the label of
 * the installation alone, which is too little to take them, and enough to name them.
 */
function definition(object: SelectedObject, { installed, boundRoles }: EdgeScope): readonly Referrer[] {
  const owner = boundRoles?.has('cluster-admin') === true ? installed?.ownerOf(object) : undefined;
  if (owner === undefined) return [];
  const message = `it belongs to ${owner}, and does not travel: its account is bound to ClusterRole cluster-admin, so no role says which kinds it works on, and no object of the kind is in scope`;
  const remedy =
    'install its definitions on the target before the run: what watches the kind fails at its start without it';
  return [{ object, finding: edgeFinding('REFERENCE_LEFT_BEHIND', { subject: describe(object), message, remedy }) }];
}

/** The Service a webhook is asked at: by name, or by a URL whose host is one. */
function serviceOfClient(client: JsonValue | undefined): JsonValue | undefined {
  if (!isJsonObject(client)) return undefined;
  const [, host = ''] = /^https:\/\/([a-z0-9.-]+)/i.exec(asText(client['url'])) ?? [];
  return client['service'] ?? serviceOfHost(host.toLowerCase(), () => false);
}

/** `namespace/name` of a Service that moves; undefined for any other. */
function movedService(service: JsonValue | undefined, names: ReadonlySet<string>): string | undefined {
  if (!isJsonObject(service)) return undefined;
  const namespace = asText(service['namespace']);
  return names.has(namespace) ? `${namespace}/${asText(service['name'])}` : undefined;
}

/** Something that leads to a Service that moves. */
function calls(object: SelectedObject, service: string, consequence: string): readonly Referrer[] {
  const message = `it calls Service ${service}, which moves, but it is left behind: ${consequence}`;
  const remedy = 'create it on the target once the Service responds there, with the target’s certificate';
  return [{ object, finding: edgeFinding('REFERENCE_LEFT_BEHIND', { subject: describe(object), message, remedy }) }];
}

/** A cluster-scoped custom resource: a policy, a store with conditions, a tenant. */
function setting(object: SelectedObject, scope: EdgeScope): readonly Referrer[] {
  const { text, resource } = object;
  const value = read(text, '') ?? null;
  const { metadata: _, status: _status, ...content } = isJsonObject(value) ? value : {};
  const isPolicy =
    policyGroups.has(resource.group) && (resource.kind.endsWith('Policy') || resource.group.includes('gatekeeper'));
  const everywhere = isPolicy && !namesNamespaces(content);
  for (const relation of ['names', 'selects', 'all'] as const) {
    if (relation === 'all' && !isPolicy) return [];
    const holds = (one: LabelledNamespace) =>
      (relationTo(content, one) ?? (everywhere && !excepts(content, one) ? 'all' : undefined)) === relation;
    const found = scope.namespaces.filter(holds).map(({ name }) => name);
    if (found.length > 0) return [{ object, finding: policyFinding(object, relation, found) }];
  }
  return [];
}

function describe({ head }: SelectedObject): string {
  return describeRef(head.ref);
}
