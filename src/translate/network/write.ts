import { list, text, tree, trees, type Manifest } from '../draft.ts';
import { antreaPlace, isAny, type ClusterPolicy, type Peer, type PodSet, type PolicyRule } from './model.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Objects a policy becomes, and what they do not say. */
export type WrittenPolicy =
  { readonly manifests: readonly Manifest[]; readonly losses: readonly string[] } | { readonly refused: string };

const nameOf = (policy: ClusterPolicy, index: number): string =>
  index === 0 ? policy.name : `${policy.name}-${index + 1}`;

/** ClusterNetworkPolicy of EKS (networking.k8s.aws/v1alpha1): one subject an object. */
export function writeAws(policy: ClusterPolicy): WrittenPolicy {
  const losses: string[] = [];
  const rules = (side: 'ingress' | 'egress'): readonly Tree[] =>
    policy[side].map((rule) => {
      const ports = rule.ports.map(upstreamPort);
      const peers =
        rule.peers.length === 0
          ? anything(side, losses)
          : rule.peers.map((peer) => upstreamPeer(peer, side, losses)).filter((peer) => peer !== undefined);
      return {
        ...(rule.name === '' ? {} : { name: rule.name }),
        action: rule.action,
        [side === 'ingress' ? 'from' : 'to']: peers,
        ...(ports.length > 0 ? { ports } : {}),
      };
    });
  const ingress = rules('ingress');
  const egress = rules('egress');
  const manifests = policy.subjects.map((subject, index): Manifest => ({
    apiVersion: 'networking.k8s.aws/v1alpha1',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: nameOf(policy, index) },
    spec: {
      tier: policy.tier,
      priority: policy.priority,
      subject: upstreamSet(subject),
      ...(ingress.length > 0 ? { ingress } : {}),
      ...(egress.length > 0 ? { egress } : {}),
    },
  }));
  return { manifests, losses: [...new Set(losses)] };
}

/** `from` must not be empty; all pods are the nearest to anything. */
function anything(side: 'ingress' | 'egress', losses: string[]): readonly Tree[] {
  if (side === 'egress') return [{ networks: ['0.0.0.0/0', '::/0'] }];
  losses.push('a rule for connections from anywhere applies only to pods, not to traffic from outside the cluster');
  return [{ namespaces: {} }];
}

function upstreamSet({ namespaces, pods }: PodSet): Tree {
  if (pods === undefined) return { namespaces: namespaces ?? {} };
  return { pods: { namespaceSelector: namespaces ?? {}, podSelector: pods } };
}

function upstreamPeer(peer: Peer, side: 'ingress' | 'egress', losses: string[]): Tree | undefined {
  if ('set' in peer) return upstreamSet(peer.set);
  if (side === 'ingress') {
    losses.push('connections from addresses outside the cluster: EKS policies select only pods there');
    return undefined;
  }
  return 'cidr' in peer ? { networks: [peer.cidr] } : { domainNames: [peer.domain] };
}

function upstreamPort(port: Tree): Tree {
  const protocol = text(port, 'protocol') || 'TCP';
  if (typeof port['port'] === 'string') return { namedPort: port['port'] };
  if (port['endPort'] !== undefined) return { portRange: { protocol, start: port['port'], end: port['endPort'] } };
  return { portNumber: { protocol, port: port['port'] } };
}

/**
 * CiliumClusterwideNetworkPolicy: denials win over everything, so only policies of denials mean the same. Rules that let
 * in come after them or not at all.
 */
export function writeCilium(policy: ClusterPolicy): WrittenPolicy {
  const all = [...policy.ingress, ...policy.egress];
  if (all.some(({ action }) => action !== 'Deny'))
    return { refused: 'Cilium evaluates deny rules first, so rules that allow or pass by order cannot be expressed' };
  if (policy.tier === 'Baseline') return { refused: 'Cilium has no tier after NetworkPolicies' };
  if (all.some(({ peers }) => peers.some((peer) => 'domain' in peer)))
    return { refused: 'Cilium denies no host names' };
  const side = (rules: readonly PolicyRule[], name: 'from' | 'to'): readonly Tree[] =>
    rules.flatMap((rule) => ciliumRules(rule, name));
  const ingressDeny = side(policy.ingress, 'from');
  const egressDeny = side(policy.egress, 'to');
  const manifests = policy.subjects.map((subject, index): Manifest => ({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumClusterwideNetworkPolicy',
    metadata: { name: nameOf(policy, index) },
    spec: {
      endpointSelector: ciliumSelector(subject),
      // Without this a policy of denials would also refuse everything it does not name.
      enableDefaultDeny: { ingress: false, egress: false },
      ...(ingressDeny.length > 0 ? { ingressDeny } : {}),
      ...(egressDeny.length > 0 ? { egressDeny } : {}),
    },
  }));
  return { manifests, losses: ['its priority: Cilium has no order, deny rules always win'] };
}

function ciliumRules(rule: PolicyRule, side: 'from' | 'to'): readonly Tree[] {
  const ports = rule.ports.map((port) => ({
    port: String(port['port'] as string | number),
    protocol: text(port, 'protocol') || 'TCP',
    ...(port['endPort'] === undefined ? {} : { endPort: port['endPort'] }),
  }));
  const toPorts = ports.length > 0 ? { toPorts: [{ ports }] } : {};
  if (rule.peers.length === 0) return [{ [`${side}Entities`]: ['all'], ...toPorts }];
  const sets = rule.peers.flatMap((peer) => ('set' in peer ? [ciliumSelector(peer.set)] : []));
  const cidrs = rule.peers.flatMap((peer) => ('cidr' in peer ? [peer.cidr] : []));
  return [
    ...(sets.length > 0 ? [{ [`${side}Endpoints`]: sets, ...toPorts }] : []),
    ...(cidrs.length > 0 ? [{ [`${side}CIDR`]: cidrs, ...toPorts }] : []),
  ];
}

/** Labels of namespaces are labels of endpoints with a prefix; the namespace's name has a label of its own. */
function ciliumSelector({ namespaces, pods }: PodSet): Tree {
  const prefix = (key: string): string =>
    key === 'kubernetes.io/metadata.name'
      ? 'k8s:io.kubernetes.pod.namespace'
      : `k8s:io.cilium.k8s.namespace.labels.${key}`;
  const matchLabels: Tree = { ...tree(pods, 'matchLabels') };
  for (const [key, value] of Object.entries(tree(namespaces, 'matchLabels') ?? {})) matchLabels[prefix(key)] = value;
  const expressions = [
    ...trees(pods, 'matchExpressions'),
    ...trees(namespaces, 'matchExpressions').map((one) => ({ ...one, key: prefix(text(one, 'key')) })),
  ];
  // An empty selector chooses nodes and the world too: pods are what has a namespace.
  if (Object.keys(matchLabels).length === 0 && expressions.length === 0)
    expressions.push({ key: 'k8s:io.kubernetes.pod.namespace', operator: 'Exists' });
  return {
    ...(Object.keys(matchLabels).length > 0 ? { matchLabels } : {}),
    ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
  };
}

/** ClusterNetworkPolicy of Antrea. */
export function writeAntrea(policy: ClusterPolicy): WrittenPolicy {
  const rules = (side: 'ingress' | 'egress'): readonly Tree[] =>
    policy[side].map((rule) => {
      const peers = rule.peers.map(antreaPeer);
      const action = { Accept: 'Allow', Deny: 'Drop', Pass: 'Pass' }[rule.action];
      return {
        ...(rule.name === '' ? {} : { name: rule.name }),
        action,
        ...(peers.length > 0 ? { [side === 'ingress' ? 'from' : 'to']: peers } : {}),
        ...(rule.ports.length > 0 ? { ports: rule.ports } : {}),
      };
    });
  const ingress = rules('ingress');
  const egress = rules('egress');
  const manifest: Manifest = {
    apiVersion: 'crd.antrea.io/v1beta1',
    kind: 'ClusterNetworkPolicy',
    metadata: { name: policy.name },
    spec: {
      ...antreaPlace(policy),
      appliedTo: policy.subjects.map(antreaSet),
      ...(ingress.length > 0 ? { ingress } : {}),
      ...(egress.length > 0 ? { egress } : {}),
    },
  };
  return { manifests: [manifest], losses: [] };
}

function antreaSet({ namespaces, pods }: PodSet): Tree {
  if (isAny(pods)) return { namespaceSelector: namespaces ?? {} };
  return { podSelector: pods, ...(isAny(namespaces) ? {} : { namespaceSelector: namespaces }) };
}

function antreaPeer(peer: Peer): Tree {
  if ('cidr' in peer) return { ipBlock: { cidr: peer.cidr } };
  return 'domain' in peer ? { fqdn: peer.domain } : antreaSet(peer.set);
}

/**
 * NetworkPolicies that mean the same as a namespaced policy of Antrea: only where every direction ends in a rule that
 * drops everything, since a NetworkPolicy refuses what it does not name and an Antrea policy does not.
 */
export function writeNetworkPolicy(root: Tree): WrittenPolicy {
  const spec = tree(root, 'spec');
  const applied = trees(spec, 'appliedTo');
  if (applied.length === 0 || applied.some((one) => Object.keys(one).some((key) => key !== 'podSelector')))
    return { refused: 'it does not select pods by labels alone' };
  const losses: string[] = [];
  const types: string[] = [];
  const body: Tree = {};
  for (const side of ['ingress', 'egress'] as const) {
    const rules = trees(spec, side);
    if (rules.length === 0) continue;
    const last = rules.at(-1);
    const peersKey = side === 'ingress' ? 'from' : 'to';
    const drops =
      last !== undefined &&
      /^(?:Drop|Reject)$/.test(text(last, 'action')) &&
      list(last, peersKey).length === 0 &&
      list(last, 'ports').length === 0;
    if (!drops) return { refused: `its ${side} rules do not end by dropping everything else` };
    const allowed: Tree[] = [];
    for (const rule of rules.slice(0, -1)) {
      if (text(rule, 'action') !== 'Allow')
        return { refused: `an ${side} rule has the action ${text(rule, 'action')} before others` };
      const peers = trees(rule, peersKey);
      if (
        peers.some((peer) =>
          Object.keys(peer).some((key) => !['podSelector', 'namespaceSelector', 'ipBlock'].includes(key))
        )
      )
        return { refused: `an ${side} rule has a peer that NetworkPolicies do not support` };
      for (const key of ['protocols', 'l7Protocols', 'toServices', 'appliedTo'])
        if (rule[key] !== undefined) return { refused: `a rule has ${key}` };
      allowed.push({
        ...(peers.length > 0 ? { [peersKey]: peers } : {}),
        ...(trees(rule, 'ports').length > 0 ? { ports: trees(rule, 'ports') } : {}),
      });
      if (rule['enableLogging'] === true) losses.push('logging of its rules');
    }
    types.push(side === 'ingress' ? 'Ingress' : 'Egress');
    body[side] = allowed;
    if (text(last, 'action') === 'Reject')
      losses.push('rejected connections time out: only Antrea sends a reject response');
  }
  if (types.length === 0) return { refused: 'it has no rules' };
  const metadata = tree(root, 'metadata');
  const place = `priority ${String(spec?.['priority'] as number)} in tier ${text(spec, 'tier') || 'application'}`;
  const manifests = applied.map((one, index): Manifest => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: {
      name: index === 0 ? text(metadata, 'name') : `${text(metadata, 'name')}-${index + 1}`,
      namespace: text(metadata, 'namespace'),
    },
    spec: { podSelector: tree(one, 'podSelector') ?? {}, policyTypes: types, ...body },
  }));
  return { manifests, losses: [...new Set([...losses, `${place}: NetworkPolicies have no order`])] };
}
