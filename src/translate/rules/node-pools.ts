import { list, text, tree, trees, type Draft } from '../draft.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { affinityOf, requirementsOf, topologyTerms, type Requirement } from '../scheduling.ts';
import {
  lookUp,
  type ClusterProfile,
  type KnownPlatform,
  type Translation,
} from '../../core/profile/cluster-profile.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Labels whose value is the name of a node pool. */
const poolKeys: Readonly<Record<KnownPlatform, ReadonlySet<string>>> = {
  vks: new Set([
    'node.cluster.x-k8s.io/pool',
    'node.cluster.x-k8s.io/nodepool',
    'vks.vmware.com/nodepool',
    'run.tanzu.vmware.com/nodepool',
    'tkg.tanzu.vmware.com/nodepool',
  ]),
  eks: new Set([
    'eks.amazonaws.com/nodegroup',
    'alpha.eksctl.io/nodegroup-name',
    'karpenter.sh/nodepool',
    'karpenter.sh/provisioner-name',
  ]),
  aks: new Set(['kubernetes.azure.com/agentpool', 'agentpool']),
};

/** The label by which pods ask for a pool of the target; VKS sets its own from version 3 on. */
const poolLabels: Readonly<Record<KnownPlatform, string>> = {
  vks: 'vks.vmware.com/nodepool',
  eks: 'eks.amazonaws.com/nodegroup',
  aks: 'kubernetes.azure.com/agentpool',
};

/** Labels and taints of nodes that only the platform sets. */
const providerKeys: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^(?:vks\.vmware\.com|run\.tanzu\.vmware\.com|tkg\.tanzu\.vmware\.com|node\.cluster\.x-k8s\.io|vmoperator\.vmware\.com|cns\.vmware\.com)\/|^topology\.csi\.vmware\.com\/host$/,
  eks: /^(?:eks\.amazonaws\.com|karpenter\.sh|karpenter\.k8s\.aws|alpha\.eksctl\.io|vpc\.amazonaws\.com|k8s\.amazonaws\.com)\//,
  aks: /^(?:kubernetes\.azure\.com|karpenter\.azure\.com|karpenter\.sh)\/|^(?:agentpool|storageprofile|storagetier)$/,
};

const instanceKeys: ReadonlySet<string> = new Set([
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
]);
const neutralKeys: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
};
const spotKeys: ReadonlySet<string> = new Set([
  'eks.amazonaws.com/capacityType',
  'karpenter.sh/capacity-type',
  'kubernetes.azure.com/scalesetpriority',
  'kubernetes.azure.com/priority',
]);
const spotTaint = 'kubernetes.azure.com/scalesetpriority';

export const nodePools: PackRule = {
  id: 'node-pools',
  from: everywhere,
  to: everywhere,
  kinds: ['pods', 'scheduling'],
  matches: 'node selectors, node affinity, spreading and tolerations with labels or taints of the source platform',
  does: 'Maps node pools with translation.nodePools and spot capacity by platform; removes other provider-specific keys.',
  loses: [
    'instance types and sizes',
    'labels of the platform’s nodes',
    'spot capacity on VKS',
    'names of single nodes',
    'pools without an entry in the table',
  ],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html',
    'https://learn.microsoft.com/azure/aks/use-labels',
    'https://learn.microsoft.com/azure/aks/spot-node-pool',
    'https://karpenter.sh/docs/concepts/scheduling/',
  ],
  translate(draft, { podSpec, contains }, translation) {
    if (podSpec === undefined || !contains(/nodeSelector|nodeAffinity|tolerations|"nodeName"|topologyKey/)) return;
    const spec = tree(draft.root, ...podSpec);
    if (spec === undefined) return;
    const alternatives = termsOf(spec).length;
    for (const requirement of requirementsOf(spec, podSpec))
      translateRequirement(draft, { spec, requirement }, translation);
    if (alternatives > 1 && termsOf(spec).length === 0)
      draft.loss(
        `/${podSpec.join('/')}/affinity/nodeAffinity`,
        `one of ${alternatives} alternatives matches any node of the target, so pods are no longer constrained`,
        { remedy: 'set with a transform which nodes they need' }
      );
    translateSpread(draft, spec, translation);
    translateTolerations(draft, { spec, podSpec }, translation);
  },
};

function termsOf(spec: Tree): readonly Tree[] {
  return trees(
    tree(affinityOf(spec).affinity, 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'),
    'nodeSelectorTerms'
  );
}

function translateRequirement(
  draft: Draft,
  { spec, requirement }: { readonly spec: Tree; readonly requirement: Requirement },
  translation: Translation
): void {
  const { from, to } = translation;
  const { key, values, path } = requirement;
  const neutral = Object.hasOwn(neutralKeys, key) ? neutralKeys[key] : undefined;
  if (neutral !== undefined) {
    draft.step('nodes no longer carry the beta label', () => requirement.write(neutral, values));
  } else if (poolKeys[from].has(key)) translatePool(draft, requirement, translation);
  else if (spotKeys.has(key)) translateSpot(draft, { spec, requirement }, to);
  else if (instanceKeys.has(key)) {
    draft.loss(path, `instance type ${values.join(', ')} exists on ${from.toUpperCase()} only`, {
      remedy: 'request what the pods need (resources, GPU), or map the pool',
    });
    draft.step('an instance type of the source', () => requirement.remove());
  } else if (key === 'kubernetes.io/hostname' || key === 'metadata.name') {
    draft.loss(path, `node ${values.join(', ')} is a node of the source; pods are no longer bound to it`);
    draft.step('a node of the source', () => requirement.remove());
  } else if (providerKeys[from].test(key)) {
    draft.loss(path, `${key} is set on nodes of ${from.toUpperCase()} only`, {
      remedy: 'label nodes of the target, and select them with a transform',
    });
    draft.step(`a label of nodes of ${from.toUpperCase()}`, () => requirement.remove());
  }
}

function translatePool(draft: Draft, requirement: Requirement, translation: Translation): void {
  const { tables, from } = translation;
  const words = requirement.values.map((value) => lookUp(tables.nodePools, value));
  const missing = requirement.values.filter((_, index) => words[index] === undefined);
  const labels = words.flatMap((word) => (word === undefined || word === '' ? [] : [labelOf(word, translation)]));
  const unsaid = labels.filter(({ key }) => key === undefined).map(({ value }) => value);
  // Values of In are alternatives: where one of them may be any node, all of them may. NotIn keeps away from the rest.
  const isFree = requirement.operator !== 'NotIn' && words.some((word) => word === undefined || word === '');
  if (missing.length > 0) {
    draft.unmapped(
      requirement.path,
      `node pool ${missing.join(', ')} of ${from.toUpperCase()} has no counterpart in translation.nodePools; pods run ${isFree ? 'anywhere' : 'there too'}`,
      {
        remedy: `add ${missing.map((name) => `${name}: …`).join(', ')} to translation.nodePools; '' takes the constraint away`,
      }
    );
  }
  if (isFree && labels.length > 0 && missing.length === 0)
    draft.loss(
      requirement.path,
      `pools ${requirement.values.join(', ')} were alternatives, and one of them is any node of the target; pods run anywhere`,
      { remedy: 'map it to a pool in translation.nodePools' }
    );
  if (unsaid.length > 0) {
    draft.unmapped(
      requirement.path,
      `no node of the target has the label of its pool, so ${unsaid.join(', ')} does not identify any nodes`,
      { remedy: 'write the value as key=value with a label of your node pool' }
    );
  }
  const keys = [...new Set(labels.flatMap(({ key }) => key ?? []))];
  const [only] = keys;
  if (keys.length > 1) {
    draft.unmapped(requirement.path, `pools ${requirement.values.join(', ')} map to labels with different keys`, {
      remedy: 'use one key for all of them',
    });
  }
  const isKept = only !== undefined && keys.length === 1 && !isFree;
  draft.step(isKept ? 'translation.nodePools maps the pool' : 'a node pool of the source', () => {
    if (!isKept) requirement.remove();
    else
      requirement.write(
        only,
        labels.filter(({ key }) => key === only).map(({ value }) => value)
      );
  });
}

/** `db` is a pool by the platform's own label, `tier=db` a label of the user's. */
function labelOf(
  word: string,
  { to, target }: Translation
): { readonly key: string | undefined; readonly value: string } {
  const equals = word.indexOf('=');
  return equals < 0
    ? { key: carries(target, poolLabels[to]) ? poolLabels[to] : undefined, value: word }
    : { key: word.slice(0, equals), value: word.slice(equals + 1) };
}

/** Whether nodes of the target have a label; where they are not known it is taken for granted. */
function carries({ nodes }: ClusterProfile, key: string): boolean {
  return key !== poolLabels.vks || nodes?.some(({ labels }) => labels.includes(key)) !== false;
}

/** What a condition on spot capacity allows; a label that is there with any value, or not there, says nothing more. */
function capacityOf({ key, operator, values }: Requirement): 'spot' | 'ordinary' | 'any' {
  const onlySpotNodes = key.startsWith('kubernetes.azure.com/');
  if (operator === 'Exists') return onlySpotNodes ? 'spot' : 'any';
  if (operator === 'DoesNotExist') return onlySpotNodes ? 'ordinary' : 'any';
  const spot = values.some((value) => value.toLowerCase() === 'spot');
  const others = values.some((value) => value.toLowerCase() !== 'spot');
  if (operator === 'NotIn') return spot && !others ? 'ordinary' : spot ? 'any' : 'spot';
  return spot && others ? 'any' : spot ? 'spot' : 'ordinary';
}

/** The label of the target, and its value for spot capacity. AKS labels only the nodes that are spot. */
const spotWords: Readonly<Record<KnownPlatform, readonly [key: string, value: string] | undefined>> = {
  vks: undefined,
  eks: ['eks.amazonaws.com/capacityType', 'SPOT'],
  aks: ['kubernetes.azure.com/scalesetpriority', 'spot'],
};

function translateSpot(
  draft: Draft,
  { spec, requirement }: { readonly spec: Tree; readonly requirement: Requirement },
  to: KnownPlatform
): void {
  const capacity = capacityOf(requirement);
  const words = spotWords[to];
  if (words === undefined) {
    if (capacity === 'spot') draft.loss(requirement.path, 'VKS has no spot capacity; the pods run on ordinary nodes');
    draft.step('there is no spot capacity on the target', () => requirement.remove());
    return;
  }
  const [key, value] = words;
  if (capacity === 'spot') {
    draft.step('spot capacity is requested in the target’s form', () => {
      if (requirement.isPlain) requirement.write(key, [value]);
      else requirement.write(key, [value], 'In');
      if (to === 'aks') tolerateSpot(spec);
    });
    return;
  }
  if (capacity === 'ordinary') {
    draft.step('on-demand capacity is everything that is not spot', () => {
      // Without spot's toleration no pod comes to a spot node of AKS.
      if (requirement.isPlain) requirement.remove();
      else requirement.write(key, [value], 'NotIn');
    });
    return;
  }
  draft.step('any capacity is acceptable', () => {
    requirement.remove();
    if (to === 'aks') tolerateSpot(spec);
  });
}

function tolerateSpot(spec: Tree): void {
  if (trees(spec, 'tolerations').some((one) => text(one, 'key') === spotTaint)) return;
  const toleration = { key: spotTaint, operator: 'Equal', value: 'spot', effect: 'NoSchedule' };
  spec['tolerations'] = [...list(spec, 'tolerations'), toleration];
}

/** Keys by which pods are spread over pools; others of the platform have no counterpart, and the plan says so. */
function translateSpread(draft: Draft, spec: Tree, { from, to }: Translation): void {
  for (const { holder } of topologyTerms(spec, [])) {
    if (!poolKeys[from].has(text(holder, 'topologyKey'))) continue;
    draft.step('pods are spread over the node pools of the target', () => (holder['topologyKey'] = poolLabels[to]));
  }
}

function translateTolerations(
  draft: Draft,
  { spec, podSpec }: { readonly spec: Tree; readonly podSpec: readonly string[] },
  { from, to, tables }: Translation
): void {
  const tolerations = trees(spec, 'tolerations');
  const dropped = tolerations.filter((one) => {
    const key = text(one, 'key');
    return providerKeys[from].test(key) && !(to === 'aks' && key === spotTaint);
  });
  for (const one of dropped) {
    const key = text(one, 'key');
    const value = text(one, 'value');
    const mapped = poolKeys[from].has(key) ? lookUp(tables.nodePools, value) : undefined;
    if (mapped !== undefined || key === spotTaint) continue;
    draft.loss(`/${podSpec.join('/')}/tolerations`, `taint ${key} is set on nodes of ${from.toUpperCase()} only`, {
      remedy: 'taint nodes of the target, and add a toleration with a transform',
    });
  }
  if (dropped.length === 0) return;
  draft.step(`taints of nodes of ${from.toUpperCase()}`, () => {
    const kept = tolerations.filter((one) => !dropped.includes(one));
    if (kept.length === 0) delete spec['tolerations'];
    else spec['tolerations'] = kept;
  });
}
