import { isTree, list, tree, trees } from '../draft.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Fields of the experimental channel of Gateway API: not written where the definition of the target is not known. */
const experimental: readonly string[] = [
  'spec.rules.retry',
  'spec.rules.sessionPersistence',
  'spec.useDefaultGateways',
  'spec.rules.filters.externalAuth',
];

/** Below such a field everything is taken. */
const anything = '.**';
const fieldsMax = 4_000;

/** The fields below `spec` that a version of a CustomResourceDefinition has, as paths without indexes. */
export function fieldsOf(definition: unknown, version: string): readonly string[] {
  const served = trees(tree(definition, 'spec'), 'versions').find((one) => one['name'] === version);
  const schema = tree(served, 'schema', 'openAPIV3Schema');
  const spec = tree(schema, 'properties', 'spec');
  if (schema === undefined) return [];
  if (spec === undefined) return [`spec${anything}`];
  const found: string[] = [];
  collect(spec, 'spec', found);
  return found;
}

function collect(schema: Tree, path: string, found: string[]): void {
  if (found.length >= fieldsMax) return;
  found.push(path);
  const items = tree(schema, 'items');
  if (items !== undefined) return collect(items, path, found);
  const properties = tree(schema, 'properties');
  if (properties === undefined || schema['x-kubernetes-preserve-unknown-fields'] === true)
    found.push(`${path}${anything}`);
  for (const [key, member] of Object.entries(properties ?? {}))
    if (isTree(member)) collect(member, `${path}.${key}`, found);
}

/**
 * Takes out of an object what its definition on the target does not have: the API server would drop it in silence. Gives
 * the paths. Without a known definition only fields of the experimental channel go.
 */
export function dropUnknownFields(object: Tree, fields: readonly string[] | undefined): readonly string[] {
  const dropped = new Set<string>();
  const known = fields === undefined ? undefined : new Set(fields);
  const isKnown = (path: string): boolean => (known === undefined ? !experimental.includes(path) : known.has(path));
  const visit = (value: unknown, path: string): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, path);
    if (!isTree(value) || known?.has(`${path}${anything}`) === true) return;
    for (const key of Object.keys(value)) {
      const own = `${path}.${key}`;
      if (isKnown(own)) visit(value[key], own);
      else {
        delete value[key];
        dropped.add(own);
      }
    }
  };
  visit(object['spec'], 'spec');
  return [...dropped].sort();
}

/** A filter whose own member is gone says nothing, and would be refused. */
export function dropEmptyFilters(object: Tree): void {
  const holders = trees(object['spec'], 'rules').flatMap((rule) => [rule, ...trees(rule, 'backendRefs')]);
  for (const holder of holders) {
    const filters = list(holder, 'filters');
    if (filters.length === 0) continue;
    const kept = filters.filter((filter) => isTree(filter) && Object.keys(filter).length > 1);
    if (kept.length === 0) delete holder['filters'];
    else holder['filters'] = kept;
  }
}
