import { isBuiltInGroup } from '../graph/groups.ts';
import { read } from '../json/node.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { groupResource, type ApiResource } from '../resource.ts';

/** One rule of a Role or ClusterRole that is about kinds which kube-apiserver does not serve by itself. */
interface CustomGrant {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Rules about custom groups named one by one; `*` for a group says nothing about any of them. */
export function customGrants(role: string): readonly CustomGrant[] {
  const rules = read(role, '/rules');
  if (!Array.isArray(rules)) return [];
  return (rules as readonly JsonValue[]).filter(isJsonObject).flatMap((rule) =>
    strings(rule['apiGroups'])
      .filter((group) => group !== '*' && !isBuiltInGroup(group))
      .map((group) => ({ group, resources: strings(rule['resources']), verbs: strings(rule['verbs']) }))
  );
}

/**
 * The kinds (`plural.group`) a role works on as an operator does: it may do everything with them, or writes their status
 * or finalizers, which clients of a kind never do.
 */
export function ownedKinds(role: string, served: readonly ApiResource[]): readonly string[] {
  const owned = new Set<string>();
  for (const { group, resources, verbs } of customGrants(role)) {
    const all = verbs.includes('*');
    const writes = all || verbs.includes('update') || verbs.includes('patch');
    for (const resource of resources) {
      const [plural = '', subresource] = resource.split('/');
      const isOperator = subresource === undefined ? all : writes && /^(?:status|finalizers|\*)$/.test(subresource);
      if (!isOperator) continue;
      for (const one of served) {
        if (one.group === group && (plural === '*' || one.plural === plural)) owned.add(groupResource(one));
      }
    }
  }
  return [...owned].sort();
}

/** Kinds (`plural.group`) a role grants something on that `source` serves and `target` does not. */
export function unservedGrants(
  role: string,
  source: readonly ApiResource[],
  target: readonly ApiResource[]
): readonly string[] {
  const onTarget = new Set(target.map(groupResource));
  const missing = new Set<string>();
  for (const { group, resources } of customGrants(role)) {
    const plurals = new Set(resources.map((resource) => resource.split('/')[0] ?? ''));
    for (const one of source) {
      if (one.group !== group || onTarget.has(groupResource(one))) continue;
      if (plurals.has('*') || plurals.has(one.plural)) missing.add(groupResource(one));
    }
  }
  return [...missing].sort();
}

function strings(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((one) => typeof one === 'string') : [];
}
