import { formatPointer } from '../core/json/pointer.ts';
import { isTree, list, text, tree, trees } from './draft.ts';
import type { Tree } from '../core/json/tree.ts';

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

/** The affinity of a pod spec; operators also write its terms beside tolerations, without a word around them. */
export function affinityOf(spec: Tree): { readonly affinity: Tree | undefined; readonly segments: readonly string[] } {
  const own = tree(spec, 'affinity');
  if (own !== undefined && hasTerms(own)) return { affinity: own, segments: ['affinity'] };
  return hasTerms(spec) ? { affinity: spec, segments: [] } : { affinity: own, segments: ['affinity'] };
}

function hasTerms(holder: Tree): boolean {
  return ['nodeAffinity', 'podAffinity', 'podAntiAffinity'].some((key) => isTree(holder[key]));
}

/** What names a key by which pods are spread or kept together: constraints, terms of affinity, a bare `topologyKey`. */
export function topologyTerms(
  spec: Tree,
  podSpec: readonly string[]
): readonly { readonly holder: Tree; readonly path: string; readonly isRequired: boolean }[] {
  const at = formatPointer(podSpec);
  const { affinity, segments } = affinityOf(spec);
  const spread = trees(spec, 'topologySpreadConstraints').map((holder, index) => ({
    holder,
    path: `${at}/topologySpreadConstraints/${index}`,
    isRequired: text(holder, 'whenUnsatisfiable') !== 'ScheduleAnyway',
  }));
  const terms = ['podAffinity', 'podAntiAffinity'].flatMap((name) => {
    const below = formatPointer([...podSpec, ...segments, name]);
    const required = trees(tree(affinity, name), 'requiredDuringSchedulingIgnoredDuringExecution').map(
      (holder, index) => ({
        holder,
        path: `${below}/requiredDuringSchedulingIgnoredDuringExecution/${index}`,
        isRequired: true,
      })
    );
    const preferred = trees(tree(affinity, name), 'preferredDuringSchedulingIgnoredDuringExecution').flatMap(
      (weighted, index) => {
        const holder = tree(weighted, 'podAffinityTerm');
        const path = `${below}/preferredDuringSchedulingIgnoredDuringExecution/${index}/podAffinityTerm`;
        return holder === undefined ? [] : [{ holder, path, isRequired: false }];
      }
    );
    return [...required, ...preferred];
  });
  const bare = text(spec, 'topologyKey') === '' ? [] : [{ holder: spec, path: at, isRequired: true }];
  return [...spread, ...terms, ...bare];
}

/**
 * Every condition on nodes of a pod spec. Terms of required affinity are alternatives: where one loses its last condition
 * any node will do, so all of them go (an empty term would match no node).
 */
export function requirementsOf(spec: Tree, podSpec: readonly string[]): readonly Requirement[] {
  const at = formatPointer(podSpec);
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
  const { affinity: holder, segments } = affinityOf(spec);
  const affinity = tree(holder, 'nodeAffinity');
  const below = formatPointer([...podSpec, ...segments, 'nodeAffinity']);
  const required = tree(affinity, 'requiredDuringSchedulingIgnoredDuringExecution');
  trees(required, 'nodeSelectorTerms').forEach((term, index) =>
    collect(found, {
      term,
      path: `${below}/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/${index}`,
      tidy: () => clean(spec),
    })
  );
  trees(affinity, 'preferredDuringSchedulingIgnoredDuringExecution').forEach((weighted, index) => {
    const term = tree(weighted, 'preference');
    const path = `${below}/preferredDuringSchedulingIgnoredDuringExecution/${index}/preference`;
    if (term !== undefined) collect(found, { term, path, tidy: () => clean(spec) });
  });
  return found;
}

function collect(
  found: Requirement[],
  { term, path, tidy }: { readonly term: Tree; readonly path: string; readonly tidy: () => void }
): void {
  for (const member of ['matchExpressions', 'matchFields']) collectFrom(found, term, { member, path, tidy });
}

function collectFrom(
  found: Requirement[],
  term: Tree,
  { member, path, tidy }: { readonly member: string; readonly path: string; readonly tidy: () => void }
): void {
  trees(term, member).forEach((expression, index) => {
    found.push({
      key: text(expression, 'key'),
      operator: text(expression, 'operator'),
      isPlain: false,
      values: list(expression, 'values').map(String),
      path: `${path}/${member}/${index}`,
      remove: () => {
        const kept = list(term, member).filter((one) => one !== expression);
        if (kept.length === 0) delete term[member];
        else term[member] = kept;
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
  const { affinity } = affinityOf(spec);
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
  if (affinity !== spec && Object.keys(affinity).length === 0) delete spec['affinity'];
}
