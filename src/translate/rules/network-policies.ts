import { text, tree, trees, type Draft } from '../draft.ts';
import { readAntrea, readAws, type ReadPolicy } from '../network/model.ts';
import { writeAntrea, writeAws, writeCilium, writeNetworkPolicy, type WrittenPolicy } from '../network/write.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { serves, type Translation } from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

const antrea = 'crd.antrea.io';
const sources = [
  'https://github.com/antrea-io/antrea/blob/main/docs/antrea-network-policy.md',
  'https://network-policy-api.sigs.k8s.io/',
  'https://docs.aws.amazon.com/eks/latest/userguide/cni-network-policy.html',
  'https://docs.cilium.io/en/stable/security/policy/',
];

/** Makes what was written and leaves the original out; a refusal is a loss by name. */
function settle(
  draft: Draft,
  { kind, name, more = [] }: { readonly kind: string; readonly name: string; readonly more?: readonly string[] },
  written: WrittenPolicy | { readonly refused: string }
): void {
  if ('refused' in written) {
    draft.loss('/spec', `${kind} ${name} cannot be expressed on the target: ${written.refused}`, {
      remedy: 'write a policy for the target by hand before the cutover',
    });
    draft.exclude('a network policy the target does not implement');
    return;
  }
  for (const loss of [...more, ...written.losses])
    draft.loss('/spec', loss, { remedy: 'check the policy on the target' });
  for (const manifest of written.manifests) draft.add('the same policy in the target’s form', manifest);
  draft.exclude(`recreated as ${written.manifests[0]?.kind ?? 'policy'} of ${written.manifests[0]?.apiVersion ?? ''}`);
}

function writeForTarget(read: ReadPolicy, { to, target }: Translation): WrittenPolicy {
  if ('refused' in read) return read;
  if (to === 'vks') return writeAntrea(read.policy);
  if (to === 'eks') {
    if (serves(target, 'networking.k8s.aws', 'ClusterNetworkPolicy')) return writeAws(read.policy);
    return { refused: 'the target does not serve ClusterNetworkPolicy of networking.k8s.aws' };
  }
  if (serves(target, 'cilium.io', 'CiliumClusterwideNetworkPolicy')) return writeCilium(read.policy);
  return { refused: 'the target does not serve CiliumClusterwideNetworkPolicy' };
}

export const antreaPolicies: PackRule = {
  id: 'antrea-policies',
  from: ['vks'],
  to: ['eks', 'aks'],
  kinds: [`${antrea}/NetworkPolicy`, `${antrea}/ClusterNetworkPolicy`],
  matches: 'policies of Antrea',
  does: 'Creates an equivalent NetworkPolicy, EKS ClusterNetworkPolicy or Cilium policy if there is one; otherwise reports the loss.',
  loses: [
    'priorities and tiers, if the target has no order',
    'logging, Reject, L7 rules, policies on nodes, groups and Services',
    'policies that the target cannot express: they are excluded and reported by name',
  ],
  sources,
  translate(draft, { head }, translation) {
    const { name } = head.ref;
    if (head.ref.kind === 'NetworkPolicy') {
      settle(draft, { kind: 'NetworkPolicy of Antrea', name }, writeNetworkPolicy(draft.root));
      return;
    }
    const read = readAntrea(draft.root);
    settle(
      draft,
      { kind: 'ClusterNetworkPolicy of Antrea', name, more: 'refused' in read ? [] : read.losses },
      writeForTarget(read, translation)
    );
  },
};

/** Everything else of Antrea, with what ends with it. */
const antreaKinds: Readonly<Record<string, string>> = {
  Egress: 'pods leave the cluster from different addresses; allowlists with the old addresses deny them',
  ExternalIPPool: 'the pool of addresses for Services and Egress',
  IPPool: 'the pool of addresses for pods',
  ClusterGroup: 'policies that refer to the group are excluded and reported by name',
  Group: 'policies that refer to the group are excluded and reported by name',
  TrafficControl: 'mirroring and redirection of traffic',
  BGPPolicy: 'routes are no longer announced by BGP',
  NodeLatencyMonitor: '',
};

export const antreaObjects: PackRule = {
  id: 'antrea-objects',
  from: ['vks'],
  to: ['eks', 'aks'],
  kinds: ['*'],
  matches: 'other kinds of Antrea: Tier, groups, Egress, pools, and old ones of *.antrea.tanzu.vmware.com; their CRDs',
  does: 'Excludes what only Antrea reads; its built-in tiers exist wherever it runs.',
  loses: ['egress addresses, address pools, traffic control, BGP; reported for each object'],
  sources,
  translate(draft, { head }) {
    const { group, kind, name } = head.ref;
    if (kind === 'CustomResourceDefinition' && /\.(?:crd\.antrea\.io|antrea\.tanzu\.vmware\.com)$/.test(name)) {
      draft.exclude('Antrea does not run on the target');
      return;
    }
    if (group !== antrea && !/(?:^|\.)antrea\.(?:tanzu\.vmware\.com|io)$/.test(group)) return;
    const loss = Object.hasOwn(antreaKinds, kind) ? antreaKinds[kind] : '';
    if (loss !== undefined && loss !== '') draft.loss('', `${kind} ${name}: ${loss}`);
    draft.exclude('only Antrea reads it');
  },
};

export const cloudPolicies: PackRule = {
  id: 'cloud-policies',
  from: ['eks', 'aks'],
  to: everywhere,
  kinds: [
    'networking.k8s.aws/ClusterNetworkPolicy',
    'networking.k8s.aws/ApplicationNetworkPolicy',
    'cilium.io/CiliumNetworkPolicy',
    'cilium.io/CiliumClusterwideNetworkPolicy',
    'policy.networking.k8s.io/AdminNetworkPolicy',
    'policy.networking.k8s.io/BaselineAdminNetworkPolicy',
  ],
  matches: 'policies of EKS and Cilium that the target does not serve',
  does: 'Converts an EKS ClusterNetworkPolicy to an Antrea or Cilium policy, and an ApplicationNetworkPolicy without host names to a NetworkPolicy.',
  loses: ['policies of Cilium, and those with host names: they are excluded and reported by name'],
  sources,
  translate(draft, { head }, translation) {
    const { group, kind, name } = head.ref;
    if (serves(translation.target, group, kind)) return;
    if (group === 'networking.k8s.aws' && kind === 'ClusterNetworkPolicy') {
      settle(draft, { kind: 'ClusterNetworkPolicy', name }, writeForTarget(readAws(draft.root), translation));
    } else if (kind === 'ApplicationNetworkPolicy') settle(draft, { kind, name }, asNetworkPolicy(draft.root));
    else settle(draft, { kind, name }, { refused: `the target does not serve ${group}` });
  },
};

/** An ApplicationNetworkPolicy is a NetworkPolicy that also knows host names. */
function asNetworkPolicy(root: Tree): WrittenPolicy {
  const spec = tree(root, 'spec') ?? {};
  const named = trees(spec, 'egress').some((rule) =>
    trees(rule, 'to').some((peer) => peer['domainNames'] !== undefined)
  );
  if (named) return { refused: 'it allows host names, which a NetworkPolicy does not support' };
  const metadata = tree(root, 'metadata');
  const manifest = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: text(metadata, 'name'), namespace: text(metadata, 'namespace') },
    spec,
  };
  return { manifests: [manifest], losses: [] };
}

/** NetworkPolicies mean the same everywhere but for one thing. */
export const networkPolicies: PackRule = {
  id: 'network-policies',
  from: everywhere,
  to: ['aks'],
  kinds: ['networking.k8s.io/NetworkPolicy'],
  matches: 'NetworkPolicies with an ipBlock',
  does: 'Reports where an ipBlock no longer selects pods or nodes; changes nothing.',
  loses: ['with Cilium on AKS an ipBlock never selects pods or nodes'],
  sources: ['https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium'],
  translate(draft, { contains }) {
    if (!contains(/"ipBlock"/)) return;
    draft.manual(
      '/spec',
      'with Cilium on AKS an ipBlock selects neither pods nor nodes, even if its range contains them',
      'select pods and namespaces by labels, and nodes with a Cilium policy'
    );
  },
};
