import { list, numeric, text, tree, trees } from '../draft.ts';
import type { Tree } from '../../core/json/tree.ts';

/** A policy over the whole cluster, in nobody's words. */
export interface ClusterPolicy {
  readonly name: string;
  /** Evaluated before (`Admin`) or after (`Baseline`) NetworkPolicies. */
  readonly tier: 'Admin' | 'Baseline';
  /** 0 to 1000, lower first. */
  readonly priority: number;
  /** Selected pods: each becomes an object where the target takes one subject only. */
  readonly subjects: readonly PodSet[];
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
}

/** Absent selector = any. */
export interface PodSet {
  readonly namespaces?: Tree;
  readonly pods?: Tree;
}

export interface PolicyRule {
  readonly name: string;
  readonly action: 'Accept' | 'Deny' | 'Pass';
  /** Empty = anything. */
  readonly peers: readonly Peer[];
  /** In the form of networking.k8s.io: `{protocol, port, endPort}`; empty = all. */
  readonly ports: readonly Tree[];
}

export type Peer = { readonly set: PodSet } | { readonly cidr: string } | { readonly domain: string };

/** A policy that was read, or why it cannot be said otherwise. */
export type ReadPolicy =
  { readonly policy: ClusterPolicy; readonly losses: readonly string[] } | { readonly refused: string };

/** Tiers Antrea brings, in their order; each gets a fifth of the priorities of Admin. */
const antreaTiers = ['emergency', 'securityops', 'networkops', 'platform', 'application'] as const;
const tierWidth = 200;

/** Reads a ClusterNetworkPolicy of Antrea (crd.antrea.io). */
export function readAntrea(root: Tree): ReadPolicy {
  const spec = tree(root, 'spec');
  const losses: string[] = [];
  const tierName = (text(spec, 'tier') || 'application').toLowerCase();
  const tierIndex = antreaTiers.findIndex((name) => name === tierName);
  if (tierIndex < 0 && tierName !== 'baseline')
    return { refused: `it is in the tier ${tierName}, which exists only on the source` };
  const written = Number(spec?.['priority'] ?? 1);
  const within = Math.min(tierWidth - 1, Math.floor(written));
  if (within !== written)
    losses.push(`priority ${written} becomes ${within} within its tier; check the order where several policies meet`);
  const subjects: PodSet[] = [];
  for (const applied of trees(spec, 'appliedTo')) {
    const set = antreaSet(applied);
    if (set === undefined) return { refused: `it applies to ${otherKeys(applied)}, which no other policy can select` };
    subjects.push(set);
  }
  if (subjects.length === 0) return { refused: 'its rules have their own appliedTo' };
  const sides: { ingress: readonly PolicyRule[]; egress: readonly PolicyRule[] } = { ingress: [], egress: [] };
  for (const side of ['ingress', 'egress'] as const) {
    const rules = trees(spec, side).map((rule) => antreaRule(rule, side, losses));
    const refused = rules.find((rule) => typeof rule === 'string');
    if (typeof refused === 'string') return { refused };
    sides[side] = rules.filter((rule) => typeof rule !== 'string');
  }
  const name = text(tree(root, 'metadata'), 'name');
  const tier = tierIndex < 0 ? 'Baseline' : 'Admin';
  const priority = tierIndex < 0 ? within : tierIndex * tierWidth + within;
  return { policy: { name, tier, priority, subjects, ...sides }, losses: [...new Set(losses)] };
}

function antreaSet(value: Tree): PodSet | undefined {
  if (otherKeys(value) !== '') return undefined;
  const namespaces = tree(value, 'namespaceSelector');
  const pods = tree(value, 'podSelector');
  return { ...(namespaces === undefined ? {} : { namespaces }), ...(pods === undefined ? {} : { pods }) };
}

function otherKeys(value: Tree): string {
  return Object.keys(value)
    .filter((key) => key !== 'podSelector' && key !== 'namespaceSelector')
    .join(', ');
}

function antreaRule(rule: Tree, side: 'ingress' | 'egress', losses: string[]): PolicyRule | string {
  const written = text(rule, 'action');
  const action = ({ Allow: 'Accept', Drop: 'Deny', Reject: 'Deny', Pass: 'Pass' } as const)[written as 'Allow'];
  if (action === undefined) return `a rule has the action ${written || '(none)'}`;
  if (written === 'Reject') losses.push('rejected connections time out: only Antrea sends a reject response');
  if (rule['enableLogging'] === true) losses.push('logging of its rules');
  for (const key of ['protocols', 'l7Protocols', 'appliedTo', 'toServices'])
    if (rule[key] !== undefined) return `a rule has ${key}`;
  const peers: Peer[] = [];
  for (const peer of trees(rule, side === 'ingress' ? 'from' : 'to')) {
    const cidr = text(tree(peer, 'ipBlock'), 'cidr');
    const domain = text(peer, 'fqdn');
    const set = cidr === '' && domain === '' ? antreaSet(peer) : undefined;
    if (cidr !== '' && list(tree(peer, 'ipBlock'), 'except').length === 0) peers.push({ cidr });
    else if (domain !== '') peers.push({ domain });
    else if (set !== undefined) peers.push({ set });
    else return `a rule names ${Object.keys(peer).join(', ')} as its peer`;
  }
  return { name: text(rule, 'name'), action, peers, ports: trees(rule, 'ports') };
}

/** Reads a ClusterNetworkPolicy of EKS (networking.k8s.aws). */
export function readAws(root: Tree): ReadPolicy {
  const spec = tree(root, 'spec');
  const subject = tree(spec, 'subject');
  const set = upstreamSet(subject);
  if (set === undefined) return { refused: 'its subject selects neither namespaces nor pods' };
  const read = (side: 'ingress' | 'egress'): readonly PolicyRule[] =>
    trees(spec, side).map((rule) => ({
      name: text(rule, 'name'),
      action: ({ Accept: 'Accept', Deny: 'Deny', Pass: 'Pass' } as const)[text(rule, 'action') as 'Deny'] ?? 'Deny',
      peers: trees(rule, side === 'ingress' ? 'from' : 'to').flatMap(upstreamPeers),
      ports: trees(rule, 'ports').map(upstreamPort),
    }));
  const name = text(tree(root, 'metadata'), 'name');
  const tier = text(spec, 'tier') === 'Baseline' ? 'Baseline' : 'Admin';
  const priority = numeric(spec, 'priority') ?? 0;
  return {
    policy: { name, tier, priority, subjects: [set], ingress: read('ingress'), egress: read('egress') },
    losses: [],
  };
}

function upstreamSet(value: Tree | undefined): PodSet | undefined {
  const namespaces = tree(value, 'namespaces');
  if (namespaces !== undefined) return { namespaces };
  const pods = tree(value, 'pods');
  if (pods === undefined) return undefined;
  return { namespaces: tree(pods, 'namespaceSelector') ?? {}, pods: tree(pods, 'podSelector') ?? {} };
}

function upstreamPeers(peer: Tree): readonly Peer[] {
  const set = upstreamSet(peer);
  const cidrs = list(peer, 'networks').map((cidr): Peer => ({ cidr: String(cidr) }));
  const domains = list(peer, 'domainNames').map((domain): Peer => ({ domain: String(domain) }));
  return [...(set === undefined ? [] : [{ set }]), ...cidrs, ...domains];
}

function upstreamPort(value: Tree): Tree {
  const one = tree(value, 'portNumber');
  if (one !== undefined) return { protocol: text(one, 'protocol') || 'TCP', port: one['port'] };
  const range = tree(value, 'portRange');
  if (range !== undefined)
    return { protocol: text(range, 'protocol') || 'TCP', port: range['start'], endPort: range['end'] };
  return { protocol: 'TCP', port: text(value, 'namedPort') };
}

/** The tier and priority of Antrea for a policy. */
export function antreaPlace({ tier, priority }: ClusterPolicy): { readonly tier: string; readonly priority: number } {
  if (tier === 'Baseline') return { tier: 'baseline', priority: Math.max(1, priority) };
  const index = Math.min(antreaTiers.length - 1, Math.floor(priority / tierWidth));
  return { tier: antreaTiers[index] ?? 'application', priority: Math.max(1, priority - index * tierWidth) };
}

/** True when a selector chooses everything. */
export function isAny(selector: Tree | undefined): boolean {
  return selector === undefined || Object.keys(selector).length === 0;
}
