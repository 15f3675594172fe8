import type { ObjectRef } from '../core/resource.ts';
import { isTree, list, tree } from './draft.ts';
import type { Tree } from '../core/json/tree.ts';

/**
 * Removes labels wherever an object carries or selects by them: its own, those of its pod template, and selectors of
 * workloads, services, budgets, policies and scheduling terms. A label in a template and not in its selector, or the
 * other way round, would be refused or match nothing.
 */
export function removeLabels(
  root: Tree,
  {
    ref,
    templates,
  }: { readonly ref: Pick<ObjectRef, 'group' | 'kind'>; readonly templates: readonly (readonly string[])[] },
  isRemoved: (key: string) => boolean
): void {
  const own = templates.length === 0 ? undefined : tree(root, 'spec', 'selector');
  // A selector is never emptied: what would be its last conditions stays, on the pods of a workload as well.
  const last = own !== undefined && conditionKeys(own).every(isRemoved) ? new Set(conditionKeys(own)) : new Set();
  const goes = (key: string): boolean => isRemoved(key) && !last.has(key);
  prune(tree(root, 'metadata'), 'labels', ref.kind === 'Pod' ? goes : isRemoved);
  for (const template of templates) if (template.length > 0) prune(tree(root, ...template, 'metadata'), 'labels', goes);
  for (const claim of list(tree(root, 'spec'), 'volumeClaimTemplates'))
    prune(tree(claim, 'metadata'), 'labels', isRemoved);
  visitSelectors(tree(root, 'spec'), ref.kind === 'Service' || ref.kind === 'ReplicationController', isRemoved);
}

/** Names of members that hold a label selector; `selector` of a Service is a plain map. */
const selectorKeys: ReadonlySet<string> = new Set(['selector', 'labelSelector', 'podSelector', 'endpointSelector']);

function visitSelectors(value: unknown, plainSelector: boolean, isRemoved: (key: string) => boolean): void {
  if (Array.isArray(value)) for (const item of value) visitSelectors(item, plainSelector, isRemoved);
  if (!isTree(value)) return;
  for (const [key, member] of Object.entries(value)) {
    if (selectorKeys.has(key) && isTree(member)) {
      if (plainSelector && key === 'selector') {
        if (!Object.keys(member).every(isRemoved)) prune(value, key, isRemoved);
      } else if (!conditionKeys(member).every(isRemoved)) pruneSelector(member, isRemoved);
    } else visitSelectors(member, plainSelector, isRemoved);
  }
}

/** Keys of all conditions of a selector, in either form. */
function conditionKeys(selector: Tree): readonly string[] {
  const labels = tree(selector, 'matchLabels');
  const expressions = list(selector, 'matchExpressions').flatMap((one) =>
    isTree(one) && typeof one['key'] === 'string' ? [one['key']] : []
  );
  const isPlain = labels === undefined && selector['matchExpressions'] === undefined;
  return isPlain ? Object.keys(selector) : [...Object.keys(labels ?? {}), ...expressions];
}

function pruneSelector(selector: Tree, isRemoved: (key: string) => boolean): void {
  prune(selector, 'matchLabels', isRemoved);
  const expressions = selector['matchExpressions'];
  if (!Array.isArray(expressions)) return;
  const kept = expressions.filter((one) => !(isTree(one) && typeof one['key'] === 'string' && isRemoved(one['key'])));
  if (kept.length === 0) delete selector['matchExpressions'];
  else selector['matchExpressions'] = kept;
}

/** Removes keys of a map, and the map when nothing is left. */
export function prune(parent: Tree | undefined, container: string, isRemoved: (key: string) => boolean): void {
  const map = tree(parent, container);
  if (parent === undefined || map === undefined) return;
  let removed = false;
  for (const key of Object.keys(map)) {
    if (!isRemoved(key)) continue;
    delete map[key];
    removed = true;
  }
  if (removed && Object.keys(map).length === 0) delete parent[container];
}
