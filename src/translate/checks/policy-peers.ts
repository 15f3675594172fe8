import type { Platform } from '../../core/spec/spec.ts';
import { isTree, list, text, tree } from '../draft.ts';
import { isEverywhere, isWithin, parseRange } from './cidr.ts';
import { leftoverRemedy as remedy, subjectOf, type Breach, type CheckedObject, type CheckFacts } from './pair.ts';
import { isPolicy } from './selection/read.ts';
import { isForeign, isPlatformNamespace } from './words.ts';
import type { Tree } from '../../core/json/tree.ts';

const placesMax = 5;

/** Kinds whose peers let traffic through, or not: policies, and what policies name by a set of addresses. */
const peerKinds = /(?:Policy|NetworkSet|CIDRGroup|^(?:Cluster)?Group)$/;
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];
/** Networks that platforms give to Services and to NodeLocal DNS unless configured otherwise. */
const usualNetworks: Readonly<Record<Platform, readonly string[]>> = {
  vks: ['10.96.0.0/12', '198.51.100.0/24', '100.64.0.0/13', '192.168.0.0/16'],
  eks: ['172.20.0.0/16', '10.100.0.0/16'],
  aks: ['10.0.0.0/16'],
  generic: [],
};
/** Addresses at which nodes of a platform answer their pods: the Pod Identity agent, the host of Azure. */
const platformAddresses: Readonly<Record<Platform, readonly string[]>> = {
  vks: [],
  eks: ['169.254.170.23', '169.254.170.2', 'fd00:ec2::23'],
  aks: ['168.63.129.16'],
  generic: [],
};

export function isPeerKind(kind: string): boolean {
  return peerKinds.test(kind);
}

/** Peers of a policy that are the source's own, and select nothing on the target or something else. */
export function peersLeftOver(before: CheckedObject, after: CheckedObject, facts: CheckFacts): readonly Breach[] {
  const addresses = addressesLeftOver(before, after, facts);
  const namespaces = facts.from === facts.to || !isPolicy(after) ? [] : namespacesLeftOver(after, facts);
  if (namespaces.length === 0) return addresses;
  const message = `it lets in or keeps out by ${namespaces.slice(0, placesMax).join(', ')}, which only the source has`;
  return [...addresses, { code: 'SOURCE_LEFTOVER', subject: subjectOf(after), message, remedy }];
}

interface Ranges {
  readonly peers: readonly string[];
  /** Those that are taken out of a peer. */
  readonly exceptions: readonly string[];
}

/**
 * Ranges of a policy that are the same on both sides and lie in a private network: those of Services and nodes of the
 * source select nothing on the target. Only one that is known to be the source's own is more than a warning. One that is
 * taken out of a peer kept the source's own network shut, and leaves that of the target open.
 */
function addressesLeftOver(before: CheckedObject, after: CheckedObject, facts: CheckFacts): readonly Breach[] {
  const was = rangesIn(before.root['spec']);
  const is = rangesIn(after.root['spec']);
  const networks = facts.source?.networks ?? [];
  const isOwn = (range: string): boolean => networks.some((network) => isWithin(range, network));
  const kept = [...new Set(is.peers)].filter((range) => was.peers.includes(range) && isNarrow(range));
  const shut = [...new Set(is.exceptions)].filter((range) => was.exceptions.includes(range) && isNarrow(range));
  const breach = (message: string, severity?: 'warning'): Breach => ({
    code: 'SOURCE_LEFTOVER',
    subject: subjectOf(after),
    message,
    remedy,
    ...(severity === undefined ? {} : { severity }),
  });
  const named = (ranges: readonly string[]): string => ranges.slice(0, placesMax).join(', ');
  const [own, ownShut] = [kept.filter(isOwn), shut.filter(isOwn)];
  const sure = [
    ...(own.length === 0 ? [] : [`it names addresses of Services, pods or nodes of the source: ${named(own)}`]),
    ...(ownShut.length === 0
      ? []
      : [`it keeps out Services, pods or nodes of the source, and not those of the target: ${named(ownShut)}`]),
  ];
  if (sure.length > 0) return sure.map((message) => breach(message));
  if (facts.from === facts.to) return [];
  const only = is.peers.filter((range) => platformAddresses[facts.from].includes(range.replace(/\/(?:32|128)$/, '')));
  const maybe = [...new Set([...kept, ...shut])];
  if (only.length > 0)
    return [
      breach(`it names addresses that only nodes of ${facts.from.toUpperCase()} answer: ${named(only)}`, 'warning'),
    ];
  if (maybe.length === 0) return [];
  const isUsual = maybe.some((range) => usualNetworks[facts.from].some((network) => isWithin(range, network)));
  return [
    breach(
      isUsual
        ? `it names addresses where ${facts.from.toUpperCase()} has its Services: ${named(maybe)}`
        : `it names private addresses, which may be of the source: ${named(maybe)}`,
      'warning'
    ),
  ];
}

function isNarrow(range: string): boolean {
  if (parseRange(range) === undefined || isEverywhere(range) || privateRanges.includes(range)) return false;
  return privateRanges.some((network) => isWithin(range, network));
}

/** Every range of a policy, in the words of Kubernetes, Antrea, Cilium, Calico and AWS. */
function rangesIn(value: unknown, key = ''): Ranges {
  const none: Ranges = { peers: [], exceptions: [] };
  if (typeof value === 'string') {
    if (/^(?:except|notNets)$/.test(key)) return { peers: [], exceptions: [value] };
    return /^(?:cidrs?|toCIDR|fromCIDR|networks|nets|externalCIDRs)$/.test(key) ? { ...none, peers: [value] } : none;
  }
  const inner = Array.isArray(value)
    ? value.map((item) => rangesIn(item, key))
    : isTree(value)
      ? Object.entries(value).map(([name, member]) => rangesIn(member, name))
      : [];
  return {
    peers: inner.flatMap(({ peers }) => peers),
    exceptions: inner.flatMap(({ exceptions }) => exceptions),
  };
}

/** Namespaces that a policy selects by the name or a label that only the platform of the source gives. */
function namespacesLeftOver({ root }: CheckedObject, facts: CheckFacts): readonly string[] {
  const found = new Set<string>();
  const probe = (selector: Tree): void => {
    const pairs = [
      ...Object.entries(tree(selector, 'matchLabels') ?? {}).map(([key, value]) => [key, [String(value)]] as const),
      ...list(selector, 'matchExpressions').map((one) => [text(one, 'key'), list(one, 'values').map(String)] as const),
    ];
    for (const [key, values] of pairs) {
      if (isForeign(key, facts)) found.add(`namespaces with the label ${key}`);
      if (key !== 'kubernetes.io/metadata.name') continue;
      for (const name of values) if (isPlatformNamespace(name, facts)) found.add(`namespace ${name}`);
    }
  };
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!isTree(value)) return;
    for (const [key, member] of Object.entries(value)) {
      if ((key === 'namespaceSelector' || key === 'namespaces') && isTree(member)) probe(member);
      visit(member);
    }
  };
  visit(root['spec']);
  return [...found];
}
