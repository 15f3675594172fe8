import { list, text, tree, trees, type Tree } from './draft.ts';

/** One condition on nodes, wherever it stands: a node selector, or an expression of node affinity. */
export interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
  readonly path: string;
  /** Takes it away; a term without conditions left goes with it. */
  remove(): void;
  /** Writes another key and values, and another operator where one is given and the place has any. */
  write(key: string, values: readonly string[], operator?: string): void;
  /** Whether it is one of a node selector, which knows no operators. */
  readonly isPlain: boolean;
}

/**
 * Every condition on nodes of a pod spec. Terms of required affinity are alternatives: where one loses its last condition
 * any node will do, so all of them go (an empty term would match no node).
 */
export function requirementsOf(spec: Tree, podSpec: readonly string[]): readonly Requirement[] {
  const at = `/${podSpec.join('/')}`;
  const found: Requirement[] = [];
  const selector = tree(spec, 'nodeSelector');
  for (const [key, value] of Object.entries(selector ?? {})) {
    found.push({
      key,
      operator: 'In',
      isPlain: true,
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
      isPlain: false,
      values: list(expression, 'values').map(String),
      path: `${path}/matchExpressions/${index}`,
      remove: () => {
        const kept = list(term, 'matchExpressions').filter((one) => one !== expression);
        if (kept.length === 0) delete term['matchExpressions'];
        else term['matchExpressions'] = kept;
        tidy();
      },
      write: (key, values, operator) => {
        expression['key'] = key;
        if (operator !== undefined) expression['operator'] = operator;
        if (values.length > 0) expression['values'] = [...values];
      },
    });
  });
}

/** Takes away preferences without conditions, required terms where one of them has none left, and what is empty then. */
function clean(spec: Tree): void {
  const affinity = tree(spec, 'affinity');
  const nodes = tree(affinity, 'nodeAffinity');
  const required = tree(nodes, 'requiredDuringSchedulingIgnoredDuringExecution');
  if (affinity === undefined || nodes === undefined) return;
  if (required !== undefined) {
    const isFree = trees(required, 'nodeSelectorTerms').some((term) => Object.keys(term).length === 0);
    if (isFree) delete nodes['requiredDuringSchedulingIgnoredDuringExecution'];
  }
  const preferred = trees(nodes, 'preferredDuringSchedulingIgnoredDuringExecution');
  const keptPreferred = preferred.filter((one) => Object.keys(tree(one, 'preference') ?? {}).length > 0);
  if (keptPreferred.length === 0) delete nodes['preferredDuringSchedulingIgnoredDuringExecution'];
  else if (keptPreferred.length < preferred.length)
    nodes['preferredDuringSchedulingIgnoredDuringExecution'] = keptPreferred;
  if (Object.keys(nodes).length === 0) delete affinity['nodeAffinity'];
  if (Object.keys(affinity).length === 0) delete spec['affinity'];
}
