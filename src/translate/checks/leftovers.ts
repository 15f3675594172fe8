import { podSpecPointer } from '../../core/graph/pod-spec.ts';
import { escapeSegment, formatPointer } from '../../core/json/pointer.ts';
import type { Platform } from '../../core/spec/spec.ts';
import { isTree, tree } from '../draft.ts';
import { loginsOf } from './logins.ts';
import { leftoverRemedy as remedy, placesOf, subjectOf } from './pair.ts';
import type { Breach, CheckedObject, CheckedPair, CheckFacts } from './pair.ts';
import { isPeerKind, peersLeftOver } from './policy-peers.ts';
import { isForeign } from './words.ts';
import type { Tree } from '../../core/json/tree.ts';

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

/** Without any of these a text has nothing left over, and is not looked at further. */
const traces: Readonly<Record<Platform, RegExp>> = {
  vks: /vmware|x-k8s\.io/,
  eks: /aws|amazon|eksctl|karpenter|alb\.ingress|"iam"|ECRAuthorizationToken|STSSessionToken/i,
  aks: /azure|azmk8s|subscriptions|karpenter|aadpodid|agentpool|appgw\.ingress|AzureADTokenExchange|ACRAccessToken/i,
  generic: /(?!)/,
};

/** Left-over words of the source in everything that is made on the target: keys, drivers, identities, addresses. */
export function createLeftoverCheck(facts: CheckFacts): LeftoverCheck {
  const found: Breach[] = [];
  return {
    add({ before, after }) {
      for (const object of after) {
        if (isPeerKind(object.ref.kind)) found.push(...peersLeftOver(before, object, facts));
        if (facts.from !== facts.to && traces[facts.from].test(object.text))
          found.push(...wordsLeftOver(object, facts));
      }
    },
    breaches: () => found,
  };
}

interface Place {
  readonly what: string;
  readonly path: string;
}

function wordsLeftOver(object: CheckedObject, facts: CheckFacts): readonly Breach[] {
  const { ref, root } = object;
  const key = `${ref.group}/${ref.kind}`;
  // Values of Secrets are nobody's business; definitions describe words and do not say them.
  if (key === '/Secret' || key === 'apiextensions.k8s.io/CustomResourceDefinition' || key === '/Event') return [];
  const places: Place[] = [...keysLeftOver(object, facts)];
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
  places.push(...loginsOf(object, facts).map((path) => ({ what: 'an identity of the cloud of the source', path })));
  if (places.length === 0) return [];
  return [
    {
      code: 'SOURCE_LEFTOVER',
      subject: subjectOf(object),
      message: `it still refers to ${placesText(places)}`,
      remedy,
      // What an application does with its own configuration is its own matter, and may be intended.
      ...(key === '/ConfigMap' ? { severity: 'warning' as const } : {}),
    },
  ];
}

/** Annotations of the object and of its pods; labels, too, where something selects or schedules by them. */
function keysLeftOver(object: CheckedObject, facts: CheckFacts): readonly Place[] {
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
