import { text, tree, trees, type Draft, type Tree } from '../draft.ts';
import { readAntrea, readAws, type ReadPolicy } from '../network/model.ts';
import { writeAntrea, writeAws, writeCilium, writeNetworkPolicy, type WrittenPolicy } from '../network/write.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { serves, type Translation } from '../translation.ts';

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
  kind: string,
  name: string,
  written: WrittenPolicy | { readonly refused: string },
  more: readonly string[] = []
): void {
  if ('refused' in written) {
    draft.loss(
      '/spec',
      `${kind} ${name} cannot be said on the target: ${written.refused}`,
      'write a policy of the target by hand before the cutover'
    );
    draft.leaveOut('a network policy the target does not implement');
    return;
  }
  for (const loss of [...more, ...written.losses]) draft.loss('/spec', loss, 'check the policy on the target');
  for (const manifest of written.manifests) draft.add('the same policy in the words of the target', manifest);
  draft.leaveOut(`made anew as ${written.manifests[0]?.kind ?? 'policy'} of ${written.manifests[0]?.apiVersion ?? ''}`);
}

function writeForTarget(read: ReadPolicy, { to, target }: Translation): WrittenPolicy {
  if ('refused' in read) return read;
  if (to === 'vks') return writeAntrea(read.policy);
  if (to === 'eks') {
    if (serves(target, 'networking.k8s.aws', 'ClusterNetworkPolicy')) return writeAws(read.policy);
    return { refused: 'the target serves no ClusterNetworkPolicy of networking.k8s.aws' };
  }
  if (serves(target, 'cilium.io', 'CiliumClusterwideNetworkPolicy')) return writeCilium(read.policy);
  return { refused: 'the target serves no CiliumClusterwideNetworkPolicy' };
}

export const antreaPolicies: PackRule = {
  id: 'antrea-policies',
  from: ['vks'],
  to: ['eks', 'aks'],
  kinds: [`${antrea}/NetworkPolicy`, `${antrea}/ClusterNetworkPolicy`],
  matches: 'policies of Antrea',
  does: 'Makes a NetworkPolicy, a ClusterNetworkPolicy of EKS or a policy of Cilium, where it means the same; else names the loss.',
  loses: [
    'priorities and tiers where the target has no order',
    'logging, Reject, L7 rules, policies on nodes, groups and Services',
    'policies of which the target cannot say the meaning: they are left out and named',
  ],
  sources,
  translate(draft, { head }, translation) {
    const { name } = head.ref;
    if (head.ref.kind === 'NetworkPolicy') {
      settle(draft, 'NetworkPolicy of Antrea', name, writeNetworkPolicy(draft.root));
      return;
    }
    const read = readAntrea(draft.root);
    settle(
      draft,
      'ClusterNetworkPolicy of Antrea',
      name,
      writeForTarget(read, translation),
      'refused' in read ? [] : read.losses
    );
  },
};

/** Everything else of Antrea, with what ends with it. */
const antreaKinds: Readonly<Record<string, string>> = {
  Egress: 'pods leave the cluster by other addresses; whoever lists the old ones refuses them',
  ExternalIPPool: 'the pool of addresses for Services and Egress',
  IPPool: 'the pool of addresses for pods',
  ClusterGroup: 'policies that name the group are left out by name',
  Group: 'policies that name the group are left out by name',
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
  does: 'Leaves out what only Antrea reads; built-in tiers exist wherever it runs.',
  loses: ['egress addresses, address pools, traffic control, BGP; named object by object'],
  sources,
  translate(draft, { head }) {
    const { group, kind, name } = head.ref;
    if (kind === 'CustomResourceDefinition' && /\.(?:crd\.antrea\.io|antrea\.tanzu\.vmware\.com)$/.test(name)) {
      draft.leaveOut('Antrea does not run on the target');
      return;
    }
    if (group !== antrea && !/(?:^|\.)antrea\.(?:tanzu\.vmware\.com|io)$/.test(group)) return;
    const loss = Object.hasOwn(antreaKinds, kind) ? antreaKinds[kind] : '';
    if (loss !== undefined && loss !== '') draft.loss('', `${kind} ${name}: ${loss}`);
    draft.leaveOut('only Antrea reads it');
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
  does: 'Makes a policy of Antrea or Cilium of a ClusterNetworkPolicy of EKS, a NetworkPolicy of an ApplicationNetworkPolicy without host names.',
  loses: ['policies of Cilium, and those with host names: they are left out and named'],
  sources,
  translate(draft, { head }, translation) {
    const { group, kind, name } = head.ref;
    if (serves(translation.target, group, kind)) return;
    if (group === 'networking.k8s.aws' && kind === 'ClusterNetworkPolicy') {
      settle(draft, 'ClusterNetworkPolicy', name, writeForTarget(readAws(draft.root), translation));
    } else if (kind === 'ApplicationNetworkPolicy') settle(draft, kind, name, asNetworkPolicy(draft.root));
    else settle(draft, kind, name, { refused: `${group} is not served there` });
  },
};

/** An ApplicationNetworkPolicy is a NetworkPolicy that also knows host names. */
function asNetworkPolicy(root: Tree): WrittenPolicy {
  const spec = tree(root, 'spec') ?? {};
  const named = trees(spec, 'egress').some((rule) =>
    trees(rule, 'to').some((peer) => peer['domainNames'] !== undefined)
  );
  if (named) return { refused: 'it allows host names, which a NetworkPolicy does not know' };
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
  does: 'Tells where an ipBlock no longer selects pods or nodes; changes nothing.',
  loses: ['with Cilium on AKS an ipBlock never selects pods or nodes'],
  sources: ['https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium'],
  translate(draft, { contains }) {
    if (!contains(/"ipBlock"/)) return;
    draft.manual(
      '/spec',
      'with Cilium on AKS an ipBlock selects neither pods nor nodes, also where its range holds them',
      'name pods and namespaces by labels, and nodes by a policy of Cilium'
    );
  },
};
