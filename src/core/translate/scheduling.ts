import { list, text, tree, trees, type Tree } from './draft.ts';

/** One condition on nodes, wherever it stands: a node selector, or an expression of node affinity. */
export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
  readonly path: string;
  /** Takes it away; a term without conditions left goes with it. */
  remove(): void;
  /** Writes another key and values; the operator stays. */
  write(key: string, values: readonly string[]): void;
}

/**
 * Every condition on nodes of a pod spec. A term of required affinity that loses its last condition is removed and not
 * kept empty: an empty term matches no node.
 */
export function requirementsOf(spec: Tree, podSpec: readonly string[]): readonly Requirement[] {
  const at = `/${podSpec.join('/')}`;
  const found: Requirement[] = [];
  const selector = tree(spec, 'nodeSelector');
  for (const [key, value] of Object.entries(selector ?? {})) {
    found.push({
      key,
      operator: 'In',
      values: [String(value)],
      path: `${at}/nodeSelector/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      remove: () => {
        delete selector?.[key];
        if (selector !== undefined && Object.keys(selector).length === 0) delete spec['nodeSelector'];
      },
      write: (name, values) => {
        delete selector?.[key];
        if (selector !== undefined) selector[name] = values[0] ?? '';
      },
    });
  }
  const affinity = tree(spec, 'affinity', 'nodeAffinity');
  const required = tree(affinity, 'requiredDuringSchedulingIgnoredDuringExecution');
  trees(required, 'nodeSelectorTerms').forEach((term, index) =>
    collect(
      found,
      term,
      `${at}/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/${index}`,
      () => clean(spec)
    )
  );
  trees(affinity, 'preferredDuringSchedulingIgnoredDuringExecution').forEach((weighted, index) => {
    const term = tree(weighted, 'preference');
    const path = `${at}/affinity/nodeAffinity/preferredDuringSchedulingIgnoredDuringExecution/${index}/preference`;
    if (term !== undefined) collect(found, term, path, () => clean(spec));
  });
  return found;
}

function collect(found: Requirement[], term: Tree, path: string, tidy: () => void): void {
  trees(term, 'matchExpressions').forEach((expression, index) => {
    found.push({
      key: text(expression, 'key'),
      operator: text(expression, 'operator'),
      values: list(expression, 'values').map(String),
      path: `${path}/matchExpressions/${index}`,
      remove: () => {
        const kept = list(term, 'matchExpressions').filter((one) => one !== expression);
        if (kept.length === 0) delete term['matchExpressions'];
        else term['matchExpressions'] = kept;
        tidy();
      },
      write: (key, values) => {
        expression['key'] = key;
        if (values.length > 0) expression['values'] = [...values];
      },
    });
  });
}

/** Takes away terms without conditions, and what holds none of them any more. */
function clean(spec: Tree): void {
  const affinity = tree(spec, 'affinity');
  const nodes = tree(affinity, 'nodeAffinity');
  const required = tree(nodes, 'requiredDuringSchedulingIgnoredDuringExecution');
  if (affinity === undefined || nodes === undefined) return;
  if (required !== undefined) {
    const kept = trees(required, 'nodeSelectorTerms').filter((term) => Object.keys(term).length > 0);
    if (kept.length === 0) delete nodes['requiredDuringSchedulingIgnoredDuringExecution'];
    else required['nodeSelectorTerms'] = kept;
  }
  const preferred = trees(nodes, 'preferredDuringSchedulingIgnoredDuringExecution');
  const keptPreferred = preferred.filter((one) => Object.keys(tree(one, 'preference') ?? {}).length > 0);
  if (keptPreferred.length === 0) delete nodes['preferredDuringSchedulingIgnoredDuringExecution'];
  else if (keptPreferred.length < preferred.length)
    nodes['preferredDuringSchedulingIgnoredDuringExecution'] = keptPreferred;
  if (Object.keys(nodes).length === 0) delete affinity['nodeAffinity'];
  if (Object.keys(affinity).length === 0) delete spec['affinity'];
}
