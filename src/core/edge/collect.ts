import { read } from '../json/node.ts';
import { isBuiltInGroup } from '../graph/groups.ts';
import { asText, isJsonObject } from '../json/value.ts';
import { objectKey, type ApiResource, type ObjectRef } from '../resource.ts';
import type { ObjectHead } from '../select/head.ts';
import type { KnownNames, TransformOutcome } from '../transform/rule.ts';
import { createControllers, type Controllers } from './controllers.ts';
import { unservedGrants } from './grants.ts';
import type { EdgeScope } from './edge-scope.ts';
import { createInstalled } from './installed.ts';
import { clusterKindsOf, clusterReferences } from './outgoing.ts';
import type { LabelledNamespace } from './selects.ts';
import { serviceHosts } from './service-hosts.ts';
import { servicesNamed } from './texts.ts';

/** Something an object in scope names, and what names it: the number is whole, the first three by name. */
export interface Named<T> {
  readonly what: T;
  readonly by: readonly ObjectRef[];
  readonly count: number;
}

/** A thing that may have to be on the target already. */
export interface NamedObject {
  readonly ref: ObjectRef;
  readonly resource: ApiResource;
  /** How it is named: `refers to it in spec.issuerRef`. */
  readonly how: string;
}

/** What one pass over the objects of a plan finds at the edge of the scope. */
export interface EdgeCollection {
  add(object: { readonly head: ObjectHead; readonly text: string; readonly outcome: TransformOutcome }): void;
  /** What moves: namespaces under their names on the source. */
  readonly scope: Required<EdgeScope>;
  objects(): readonly Named<NamedObject>[];
  /** Kinds (`plural.group`) that roles of the plan grant something on and the target will not serve. */
  grants(): readonly Named<string>[];
  readonly controllers: Controllers;
}

export interface EdgeOptions {
  readonly source: readonly ApiResource[];
  /** Served now, or once the captured definitions are applied. */
  readonly target: readonly ApiResource[];
  readonly names: KnownNames;
  /** Whether a namespace of the source is in scope. */
  readonly isInScope: (namespace: string) => boolean;
}

const namedMax = 3;
const serviceResource: ApiResource = {
  ...{ group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  ...{ verbs: ['get', 'create'], subresources: [] },
};
const roleKinds: ReadonlySet<string> = new Set(['Role', 'ClusterRole']);

/**
 * Collects what the objects of a plan refer to, as they are desired on the target: names that translation or transforms
 * have replaced are no longer named.
 */
export function createEdge(options: EdgeOptions): EdgeCollection {
  const namespaces: LabelledNamespace[] = [];
  const boundRoles = new Set<string>();
  const groups = new Set<string>();
  const objects = createNaming<NamedObject>();
  const grants = createNaming<string>();
  const kinds = clusterKindsOf(options.source);
  const controllers = createControllers();
  const installed = createInstalled();
  const outside = new Set([...options.names.services].filter((one) => !options.isInScope(one.split('/')[0] ?? '')));
  return {
    scope: { namespaces, boundRoles, groups, installed },
    controllers,
    objects: () => objects.sorted(),
    grants: () => grants.sorted(),
    add({ head, text, outcome }) {
      const { ref } = outcome;
      if (head.ref.group === '' && head.ref.kind === 'Namespace') {
        namespaces.push({ name: head.ref.name, labels: head.labels });
      }
      controllers.add(head, text);
      installed.add(head, text);
      if (!isBuiltInGroup(head.ref.group)) groups.add(head.ref.group);
      const role = head.ref.kind.endsWith('RoleBinding') ? read(text, '/roleRef') : undefined;
      if (isJsonObject(role) && role['kind'] === 'ClusterRole') boundRoles.add(asText(role['name']));
      for (const { path, ...found } of clusterReferences(outcome.text, head, kinds)) {
        objects.note(objectKey(found.ref), { ...found, how: `refers to it in ${path}` }, ref);
      }
      for (const service of servicesOf(head, outcome.text, outside)) objects.note(objectKey(service.ref), service, ref);
      if (head.ref.group === 'rbac.authorization.k8s.io' && roleKinds.has(head.ref.kind)) {
        for (const kind of unservedGrants(outcome.text, options.source, options.target)) grants.note(kind, kind, ref);
      }
    },
  };
}

/** Services out of scope that texts name as hosts, and the one a definition converts by. */
function servicesOf(head: ObjectHead, text: string, outside: ReadonlySet<string>): readonly NamedObject[] {
  const isOutside = (service: string): boolean => outside.has(service);
  const isSecret = head.ref.group === '' && head.ref.kind === 'Secret';
  if (head.ref.kind === 'CustomResourceDefinition') return conversionOf(text);
  if (outside.size === 0) return [];
  // Cheap first: hardly any object refers to a Service of another namespace.
  if (!isSecret && !serviceHosts(text, isOutside).some(({ namespace, name }) => isOutside(`${namespace}/${name}`)))
    return [];
  return servicesNamed(read(text, '') ?? null, isSecret, isOutside)
    .filter(({ namespace, name }) => isOutside(`${namespace}/${name}`))
    .map(({ namespace, name, path }) => ({
      ref: { group: '', kind: 'Service', namespace, name },
      resource: serviceResource,
      how: `uses it as a host in ${path}`,
    }));
}

/** What is named, by key. */
interface Naming<T> {
  note(key: string, what: T, by: ObjectRef): void;
  sorted(): readonly Named<T>[];
}

function createNaming<T>(): Naming<T> {
  const all = new Map<string, Named<T>>();
  return {
    note(key, what, by) {
      const known = all.get(key);
      if (known === undefined) all.set(key, { what, by: [by], count: 1 });
      else {
        const more = known.by.length < namedMax ? [...known.by, by] : known.by;
        all.set(key, { what: known.what, by: more, count: known.count + 1 });
      }
    },
    sorted: () => [...all.keys()].sort().flatMap((key) => all.get(key) ?? []),
  };
}

/** The Service by which a definition converts its versions, as it is named on the target. */
function conversionOf(text: string): readonly NamedObject[] {
  const service = read(text, '/spec/conversion/webhook/clientConfig/service');
  if (!isJsonObject(service)) return [];
  const { namespace, name } = service;
  if (typeof namespace !== 'string' || typeof name !== 'string') return [];
  const ref = { group: '', kind: 'Service', namespace, name };
  return [{ ref, resource: serviceResource, how: 'uses it as its conversion webhook' }];
}
