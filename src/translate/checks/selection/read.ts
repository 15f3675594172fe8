import { isBuiltInGroup } from '../../../core/graph/groups.ts';
import { formatPointer } from '../../../core/json/pointer.ts';
import { isTree, list, tree, trees } from '../../draft.ts';
import { affinityOf } from '../../scheduling.ts';
import { placesOf, type CheckedObject } from '../pair.ts';
import { ciliumQuery, mapQuery, peerQueries, requirementsIn, termQuery, type Query } from './query.ts';
import type { Tree } from '../../../core/json/tree.ts';

/** Kinds that guard pods: without them what they refused is let through. */
const policies: ReadonlySet<string> = new Set([
  'networking.k8s.io/NetworkPolicy',
  'networking.k8s.aws/ClusterNetworkPolicy',
  'networking.k8s.aws/ApplicationNetworkPolicy',
  'policy.networking.k8s.io/AdminNetworkPolicy',
  'policy.networking.k8s.io/BaselineAdminNetworkPolicy',
  'policy.networking.k8s.io/ClusterNetworkPolicy',
  'cilium.io/CiliumNetworkPolicy',
  'cilium.io/CiliumClusterwideNetworkPolicy',
  'crd.antrea.io/NetworkPolicy',
  'crd.antrea.io/ClusterNetworkPolicy',
  'projectcalico.org/NetworkPolicy',
  'projectcalico.org/GlobalNetworkPolicy',
  'crd.projectcalico.org/NetworkPolicy',
  'crd.projectcalico.org/GlobalNetworkPolicy',
  'vpcresources.k8s.aws/SecurityGroupPolicy',
]);

export function isPolicy({ ref }: CheckedObject): boolean {
  return policies.has(`${ref.group}/${ref.kind}`);
}

/** Every selector of pods of an object, by what the selected pods are to it. */
export function queriesOf(object: CheckedObject): readonly Query[] {
  const { ref, root } = object;
  const spec = tree(root, 'spec');
  const pods = placesOf(object).flatMap(({ path }, index) =>
    podQueries(tree(root, ...path), index === 0 ? '' : `${formatPointer(path)} `)
  );
  switch (`${ref.group}/${ref.kind}`) {
    case '/Service':
    case '/ReplicationController':
      return [{ role: 'pods', namespaces: 'own', pods: mapQuery(tree(spec, 'selector')) }, ...pods];
    case 'policy/PodDisruptionBudget':
      return [{ role: 'pods', namespaces: 'own', pods: requirementsIn(tree(spec, 'selector')) }];
    case 'networking.k8s.io/NetworkPolicy':
    case 'networking.k8s.aws/ApplicationNetworkPolicy':
    case 'vpcresources.k8s.aws/SecurityGroupPolicy':
      return [
        { role: 'subject', namespaces: 'own', pods: requirementsIn(tree(spec, 'podSelector') ?? {}) },
        ...directions(spec, { from: 'from', to: 'to' }, peerQueries),
      ];
    case 'crd.antrea.io/NetworkPolicy':
    case 'crd.antrea.io/ClusterNetworkPolicy':
      return [
        ...trees(spec, 'appliedTo').flatMap((one) => peerQueries('subject', one)),
        ...directions(spec, { from: 'from', to: 'to' }, peerQueries),
      ];
    case 'networking.k8s.aws/ClusterNetworkPolicy':
    case 'policy.networking.k8s.io/AdminNetworkPolicy':
    case 'policy.networking.k8s.io/BaselineAdminNetworkPolicy':
    case 'policy.networking.k8s.io/ClusterNetworkPolicy':
      return [
        ...subjectQueries('subject', tree(spec, 'subject') ?? {}),
        ...directions(spec, { from: 'from', to: 'to' }, subjectQueries),
      ];
    case 'cilium.io/CiliumNetworkPolicy':
    case 'cilium.io/CiliumClusterwideNetworkPolicy': {
      const isWide = ref.kind === 'CiliumClusterwideNetworkPolicy';
      const read = (role: string, one: Tree): readonly Query[] => [ciliumQuery(role, one, isWide)];
      const specs = spec === undefined ? trees(root, 'specs') : [spec];
      return specs.flatMap((one) => [
        ...read('subject', tree(one, 'endpointSelector') ?? {}),
        ...directions(one, { from: 'fromEndpoints', to: 'toEndpoints' }, read),
      ]);
    }
    default:
      return [...ownQuery(spec, isBuiltInGroup(ref.group) ? ref.group === 'apps' : hasTemplates(object)), ...pods];
  }
}

/** Workloads of apps select their own pods, and so do custom resources that are like them. */
function ownQuery(spec: Tree | undefined, isWorkload: boolean): readonly Query[] {
  const selector = tree(spec, 'selector');
  if (selector === undefined || !isWorkload) return [];
  return [{ role: 'own pods', namespaces: 'own', pods: requirementsIn(selector) }];
}

function hasTemplates(object: CheckedObject): boolean {
  const selector = tree(object.root, 'spec', 'selector');
  return (
    (selector?.['matchLabels'] ?? selector?.['matchExpressions']) !== undefined &&
    placesOf(object).some(({ isTemplate }) => isTemplate)
  );
}

function directions(
  spec: Tree | undefined,
  { from, to }: { readonly from: string; readonly to: string },
  read: (role: string, peer: Tree) => readonly Query[]
): readonly Query[] {
  return [
    ...trees(spec, 'ingress').flatMap((rule) => trees(rule, from).flatMap((peer) => read('peers of ingress', peer))),
    ...trees(spec, 'egress').flatMap((rule) => trees(rule, to).flatMap((peer) => read('peers of egress', peer))),
  ];
}

/** The form of the network policy API for clusters: `namespaces`, or `pods` with both selectors. */
function subjectQueries(role: string, subject: Tree): readonly Query[] {
  const namespaces = tree(subject, 'namespaces');
  const pods = tree(subject, 'pods');
  if (pods !== undefined) {
    const labels = requirementsIn(tree(pods, 'namespaceSelector')) ?? [];
    return [{ role, namespaces: { labels }, pods: requirementsIn(tree(pods, 'podSelector') ?? {}) }];
  }
  return namespaces === undefined ? [] : [{ role, namespaces: { labels: requirementsIn(namespaces) ?? [] }, pods: [] }];
}

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

function podQueries(spec: Tree | undefined, at: string): readonly Query[] {
  if (spec === undefined) return [];
  const { affinity } = affinityOf(spec);
  const terms = ['podAffinity', 'podAntiAffinity'].flatMap((kind) => {
    const one = tree(affinity, kind);
    return [
      ...trees(one, required).map((term, index) => termQuery(`${at}${kind} ${index + 1}`, term)),
      ...trees(one, preferred).flatMap((weighted, index) => {
        const term = tree(weighted, 'podAffinityTerm');
        return term === undefined ? [] : [termQuery(`${at}preferred ${kind} ${index + 1}`, term)];
      }),
    ];
  });
  const spread = trees(spec, 'topologySpreadConstraints').map((one, index) => ({
    role: `${at}topology spread ${index + 1}`,
    namespaces: 'own' as const,
    pods: requirementsIn(tree(one, 'labelSelector')),
  }));
  return [...terms, ...spread];
}

const selectorKey = /[sS]elector$/;

/** Paths of selectors with conditions, anywhere in an object of any kind. */
export function selectorPaths(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => selectorPaths(item, `${path}/${index}`));
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (!selectorKey.test(key) || !isTree(member)) return selectorPaths(member, `${path}/${key}`);
    const isFull = Object.keys(tree(member, 'matchLabels') ?? {}).length + list(member, 'matchExpressions').length > 0;
    return isFull ? [`${path}/${key}`] : [];
  });
}
