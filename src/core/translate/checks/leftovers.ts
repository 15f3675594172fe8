import { isBuiltInGroup } from '../../graph/groups.ts';
import { podSpecPointer } from '../../graph/pod-spec.ts';
import { escapeSegment, formatPointer } from '../../json/pointer.ts';
import type { Platform } from '../../spec/spec.ts';
import { isTree, tree, type Tree } from '../draft.ts';
import { isEverywhere, isWithin, parseRange } from './cidr.ts';
import { placesOf, subjectOf, type Breach, type CheckedObject, type CheckedPair, type CheckFacts } from './pair.ts';
import { isForeign } from './words.ts';

const remedy = 'replace it by a transform or a table of the Migration, or accept it by its name in spec.waivers';
const placesMax = 5;

/** Whether anything still names what exists on the platform of the source only. */
export interface LeftoverCheck {
  add(pair: CheckedPair): void;
  breaches(): readonly Breach[];
}

/** Words in values that mean something on one platform only, wherever they stand. */
const words: Readonly<Record<Platform, readonly { readonly pattern: RegExp; readonly what: string }[]>> = {
  vks: [{ pattern: /\bvmware-system-[a-z]/, what: 'a component of VKS' }],
  eks: [
    { pattern: /\barn:aws[a-z-]*:/, what: 'an ARN of AWS' },
    { pattern: /\b[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com\b/, what: 'a registry of ECR' },
    { pattern: /\.elb(?:\.[a-z0-9-]+)?\.amazonaws\.com\b/, what: 'a load balancer of AWS' },
    { pattern: /\beks(?:\.[a-z0-9-]+)?\.amazonaws\.com\b(?!\/)/, what: 'an address of an EKS cluster' },
  ],
  aks: [
    { pattern: /\/subscriptions\/[^/\s"]+\/|^\/subscriptions\//i, what: 'a resource of Azure by its id' },
    { pattern: /\b[a-z0-9-]+\.azurecr\.io\b/, what: 'a registry of ACR' },
    { pattern: /\.cloudapp\.azure\.com\b/, what: 'an address of Azure' },
    { pattern: /\.azmk8s\.io\b/, what: 'an address of an AKS cluster' },
  ],
  generic: [],
};

/** Annotations whose domain does not say the platform. */
const orders: Readonly<Record<Platform, RegExp>> = {
  vks: /^$/,
  eks: /^(?:alb\.ingress\.kubernetes\.io\/|service\.beta\.kubernetes\.io\/aws-)/,
  aks: /^(?:appgw\.ingress\.kubernetes\.io\/|service\.beta\.kubernetes\.io\/azure-|aadpodidbinding$)/,
  generic: /^$/,
};

/** Providers that custom resources log in to, by the words operators have for them. */
const providers: Readonly<Record<Platform, RegExp>> = {
  vks: /^$/,
  eks: /^aws(?:-eks|-secret-manager|sm)?$/i,
  aks: /^azure(?:-workload|kv)?$/i,
  generic: /^$/,
};

/** Without any of these a text has nothing left over, and is not looked at further. */
const traces: Readonly<Record<Platform, RegExp>> = {
  vks: /vmware|x-k8s\.io|ipBlock|toCIDR/,
  eks: /aws|amazon|eksctl|karpenter|ipBlock|toCIDR/i,
  aks: /azure|azmk8s|subscriptions|karpenter|aadpodid|agentpool|ipBlock|toCIDR/i,
  generic: /ipBlock|toCIDR/,
};

/** Left-over words of the source in everything that is made on the target: keys, drivers, identities, addresses. */
export function createLeftoverCheck(facts: CheckFacts): LeftoverCheck {
  const found: Breach[] = [];
  return {
    add({ before, after }) {
      for (const object of after) {
        if (!traces[facts.from].test(object.text)) continue;
        found.push(...addressesLeft(before, object, facts));
        if (facts.from !== facts.to) found.push(...wordsLeft(object, facts));
      }
    },
    breaches: () => found,
  };
}

interface Place {
  readonly what: string;
  readonly path: string;
}

function wordsLeft(object: CheckedObject, facts: CheckFacts): readonly Breach[] {
  const { ref, root } = object;
  const key = `${ref.group}/${ref.kind}`;
  // Values of Secrets are nobody's business; definitions describe words and do not say them.
  if (key === '/Secret' || key === 'apiextensions.k8s.io/CustomResourceDefinition' || key === '/Event') return [];
  const places: Place[] = [...keysLeft(object, facts)];
  // Drivers of volumes of pods are a matter of placement.
  const isPods = podSpecPointer(ref) !== undefined;
  for (const [member, value] of Object.entries(root)) {
    if (member === 'metadata' || member === 'status') continue;
    visit(value, `/${escapeSegment(member)}`, { facts, places, name: member, isPods });
  }
  const annotations = tree(root, 'metadata', 'annotations') ?? {};
  for (const [name, value] of Object.entries(annotations)) {
    if (name.endsWith('last-applied-configuration') || typeof value !== 'string') continue;
    places.push(...wordsIn(value, `/metadata/annotations/${escapeSegment(name)}`, facts));
  }
  if (!isBuiltInGroup(ref.group)) places.push(...loginsIn(root['spec'] ?? root, '/spec', facts));
  if (places.length === 0) return [];
  return [
    {
      code: 'SOURCE_LEFTOVER',
      subject: subjectOf(object),
      message: `it still names ${placesText(places)}`,
      remedy,
      // What an application does with its own configuration is its own matter, and may be meant.
      ...(key === '/ConfigMap' ? { severity: 'warning' as const } : {}),
    },
  ];
}

/** Annotations of the object and of its pods; labels, too, where something selects or schedules by them. */
function keysLeft(object: CheckedObject, facts: CheckFacts): readonly Place[] {
  const { root } = object;
  const holders: readonly (readonly [string, Tree | undefined])[] = [
    ['/metadata/annotations', tree(root, 'metadata', 'annotations')],
    ...placesOf(object)
      .filter(({ path, isTemplate }) => isTemplate && path.length > 1)
      .map(({ path }) => [...path.slice(0, -1), 'metadata', 'annotations'])
      .map((path) => [formatPointer(path), tree(root, ...path)] as const),
    ['/spec/infrastructure/annotations', tree(root, 'spec', 'infrastructure', 'annotations')],
  ];
  return holders.flatMap(([path, holder]) =>
    Object.keys(holder ?? {})
      .filter((name) => isForeign(name, facts) || (facts.from !== facts.to && orders[facts.from].test(name)))
      .map((name) => ({ what: `the annotation ${name}`, path }))
  );
}

interface Visit {
  readonly facts: CheckFacts;
  readonly places: Place[];
  /** Key of the member. */
  readonly name: string;
  readonly isPods: boolean;
}

function visit(value: unknown, path: string, { facts, places, name, isPods }: Visit): void {
  if (typeof value === 'string') {
    if (/^(?:driver|provisioner)$/.test(name) && !isPods && isForeign(value, facts))
      places.push({ what: `the ${name} ${value}`, path });
    places.push(...wordsIn(value, path, facts));
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => visit(item, `${path}/${index}`, { facts, places, name, isPods }));
  } else if (isTree(value)) {
    for (const [key, member] of Object.entries(value)) {
      if (key === 'managedFields') continue;
      visit(member, `${path}/${escapeSegment(key)}`, { facts, places, name: key, isPods });
    }
  }
}

function wordsIn(value: string, path: string, { from }: CheckFacts): readonly Place[] {
  return words[from].flatMap(({ pattern, what }) => (pattern.test(value) ? [{ what, path }] : []));
}

/** Custom resources that log in to the cloud of the source with the identity of their pods: no static credentials. */
function loginsIn(value: unknown, path: string, facts: CheckFacts): readonly Place[] {
  const pattern = providers[facts.from];
  if (Array.isArray(value)) return value.flatMap((item, index) => loginsIn(item, `${path}/${index}`, facts));
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([key, member]): readonly Place[] => {
    const at = `${path}/${escapeSegment(key)}`;
    const isLogin =
      (isTree(member) && pattern.test(key) && !holdsCredentials(member)) ||
      (typeof member === 'string' && key === 'provider' && pattern.test(member));
    return isLogin ? [{ what: 'an identity of the cloud of the source', path: at }] : loginsIn(member, at, facts);
  });
}

/** A reference to a Secret: such a login works from anywhere. */
function holdsCredentials(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsCredentials);
  if (!isTree(value)) return false;
  return Object.entries(value).some(
    ([key, member]) =>
      (/secret(?:access)?key|secretRef|clientSecret|accessToken/i.test(key) && isTree(member)) ||
      holdsCredentials(member)
  );
}

/** Kinds whose ranges of addresses let traffic through, or not. */
const policyKinds = /Policy$/;
const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'];
/** Networks that platforms give to Services and to NodeLocal DNS unless told otherwise. */
const usualNetworks: Readonly<Record<Platform, readonly string[]>> = {
  vks: ['10.96.0.0/12', '198.51.100.0/24', '100.64.0.0/13', '192.168.0.0/16'],
  eks: ['172.20.0.0/16', '10.100.0.0/16'],
  aks: ['10.0.0.0/16'],
  generic: [],
};

/**
 * Ranges of a policy that are the same on both sides and lie in a private network: those of Services and nodes of the
 * source select nothing on the target. Only one that is known to be the source's own is more than a warning.
 */
function addressesLeft(before: CheckedObject, after: CheckedObject, facts: CheckFacts): readonly Breach[] {
  if (!policyKinds.test(after.ref.kind)) return [];
  const was = new Set(rangesIn(before.root['spec']));
  const kept = [...new Set(rangesIn(after.root['spec']))].filter((range) => was.has(range) && isNarrow(range));
  const networks = facts.source?.networks ?? [];
  const own = kept.filter((range) => networks.some((network) => isWithin(range, network)));
  if (own.length > 0)
    return [
      {
        code: 'SOURCE_LEFTOVER',
        subject: subjectOf(after),
        message: `it names addresses of Services, pods or nodes of the source: ${own.slice(0, placesMax).join(', ')}`,
        remedy,
      },
    ];
  const usual = kept.filter((range) => usualNetworks[facts.from].some((network) => isWithin(range, network)));
  if (kept.length === 0 || facts.from === facts.to) return [];
  const message =
    usual.length > 0
      ? `it names addresses where ${facts.from.toUpperCase()} has its Services: ${kept.slice(0, placesMax).join(', ')}`
      : `it names private addresses, which may be of the source: ${kept.slice(0, placesMax).join(', ')}`;
  return [{ code: 'SOURCE_LEFTOVER', subject: subjectOf(after), message, remedy, severity: 'warning' }];
}

function isNarrow(range: string): boolean {
  if (parseRange(range) === undefined || isEverywhere(range) || privateRanges.includes(range)) return false;
  return privateRanges.some((network) => isWithin(range, network));
}

/** Every range of a policy, in the words of Kubernetes, Antrea and Cilium. */
function rangesIn(value: unknown, key = ''): readonly string[] {
  if (typeof value === 'string') return /^(?:cidr|toCIDR|fromCIDR|cidrs|networks)$/.test(key) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => rangesIn(item, key));
  if (!isTree(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => (name === 'except' ? [] : rangesIn(member, name)));
}

function placesText(places: readonly Place[]): string {
  const groups = Map.groupBy(places, ({ what }) => what);
  return [...groups]
    .map(([what, all]) => {
      const shown = [...new Set(all.map(({ path }) => path))].slice(0, 2).join(', ');
      return `${what} at ${shown}${all.length > 2 ? ' and elsewhere' : ''}`;
    })
    .slice(0, placesMax)
    .join('; ');
}
