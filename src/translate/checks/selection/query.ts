import { isLandfallError } from '../../../core/errors.ts';
import { selectorOf, type LabelSelector } from '../../../core/select/labels.ts';
import { list, text, tree } from '../../draft.ts';
import type { Tree } from '../../../core/json/tree.ts';

/** Namespaces a query looks into: its own, all, some by name, or by their labels. */
export type NamespaceQuery = 'own' | 'all' | { readonly names: readonly string[] } | { readonly labels: LabelSelector };

/** Which pods a selector means; `pods` empty: all of the namespaces, undefined: none. */
export interface Query {
  /** What the selected pods are to the object: `subject`, `peers of ingress`, a place in the pod spec. */
  readonly role: string;
  readonly namespaces: NamespaceQuery;
  readonly pods: LabelSelector | undefined;
}

/** A label selector as requirements; undefined where there is none, or none anybody can read. */
export function requirementsIn(selector: Tree | undefined): LabelSelector | undefined {
  if (selector === undefined) return undefined;
  try {
    return selectorOf(selector);
  } catch (error) {
    if (isLandfallError(error)) return undefined;
    throw error;
  }
}

/** The plain map of a Service; an empty one selects nothing. */
export function mapQuery(selector: Tree | undefined): LabelSelector | undefined {
  const entries = Object.entries(selector ?? {});
  if (entries.length === 0) return undefined;
  return entries.map(([key, value]) => ({ key, operator: 'In' as const, values: [String(value)] }));
}

/** A peer of a policy, or what it is applied to: `podSelector` and `namespaceSelector`, each alone or both. */
export function peerQueries(role: string, peer: Tree): readonly Query[] {
  const pods = tree(peer, 'podSelector');
  const namespaces = tree(peer, 'namespaceSelector');
  if (pods === undefined && namespaces === undefined) return [];
  return [
    {
      role,
      namespaces: namespaces === undefined ? 'own' : { labels: requirementsIn(namespaces) ?? [] },
      pods: pods === undefined ? [] : requirementsIn(pods),
    },
  ];
}

/** A term of pod affinity: without a label selector it means no pods. */
export function termQuery(role: string, term: Tree): Query {
  const names = list(term, 'namespaces').map(String);
  const labels = tree(term, 'namespaceSelector');
  const namespaces: NamespaceQuery =
    labels !== undefined ? { labels: requirementsIn(labels) ?? [] } : names.length > 0 ? { names } : 'own';
  return { role, namespaces, pods: requirementsIn(tree(term, 'labelSelector')) };
}

const ciliumNamespace = /^(?:k8s:|any:)?io\.kubernetes\.pod\.namespace$/;
const ciliumNamespaceLabel = /^(?:k8s:|any:)?io\.cilium\.k8s\.namespace\.labels\./;

/** A selector of Cilium: labels of namespaces stand among those of pods, and keys may say where they come from. */
export function ciliumQuery(role: string, selector: Tree, isClusterWide: boolean): Query {
  const all = requirementsIn(unprefixed(selector)) ?? [];
  const named = all.find(({ key }) => ciliumNamespace.test(key));
  const labelled = all.filter(({ key }) => ciliumNamespaceLabel.test(key));
  const namespaces: NamespaceQuery =
    named !== undefined && named.operator === 'In'
      ? { names: named.values }
      : named !== undefined
        ? 'all'
        : labelled.length > 0
          ? { labels: labelled.map((one) => ({ ...one, key: one.key.replace(ciliumNamespaceLabel, '') })) }
          : isClusterWide
            ? 'all'
            : 'own';
  const pods = all.filter(({ key }) => !ciliumNamespace.test(key) && !ciliumNamespaceLabel.test(key));
  return { role, namespaces, pods };
}

function unprefixed(selector: Tree): Tree {
  const plain = (key: string): string => key.replace(/^(?:k8s|any):/, '');
  const labels = Object.entries(tree(selector, 'matchLabels') ?? {}).map(
    ([key, value]) => [plain(key), value] as const
  );
  const expressions = list(selector, 'matchExpressions').map((one) => ({
    ...(one as Tree),
    key: plain(text(one, 'key')),
  }));
  return { matchLabels: Object.fromEntries(labels), matchExpressions: expressions };
}
