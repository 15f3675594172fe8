import { list, text, tree, trees, type Draft, type Tree } from '../draft.ts';
import { everywhere, type PackRule } from '../pack.ts';
import { requirementsOf, type Requirement } from '../scheduling.ts';
import { lookUp, type KnownPlatform, type Translation } from '../translation.ts';

/** Labels whose value is the name of a node pool. */
const poolKeys: Readonly<Record<KnownPlatform, ReadonlySet<string>>> = {
  vks: new Set([
    'node.cluster.x-k8s.io/pool',
    'node.cluster.x-k8s.io/nodepool',
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

/** The label by which pods ask for a pool of the target; VKS sets none of itself. */
const poolLabels: Readonly<Record<KnownPlatform, string | undefined>> = {
  vks: undefined,
  eks: 'eks.amazonaws.com/nodegroup',
  aks: 'kubernetes.azure.com/agentpool',
};

/** Labels and taints of nodes that only the platform sets. */
const providerKeys: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^(?:run\.tanzu\.vmware\.com|tkg\.tanzu\.vmware\.com|node\.cluster\.x-k8s\.io|vmoperator\.vmware\.com|cns\.vmware\.com)\/|^topology\.csi\.vmware\.com\/host$/,
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
  kinds: ['pods'],
  matches: 'node selectors, node affinity and tolerations with labels or taints of the source platform',
  does: 'Maps node pools by translation.nodePools and spot capacity by platform; takes other provider keys away.',
  loses: [
    'instance types and sizes',
    'labels of the platform’s nodes',
    'spot capacity on VKS',
    'names of single nodes',
    'pools without a word in the table',
  ],
  sources: [
    'https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html',
    'https://learn.microsoft.com/azure/aks/use-labels',
    'https://learn.microsoft.com/azure/aks/spot-node-pool',
    'https://karpenter.sh/docs/concepts/scheduling/',
  ],
  translate(draft, { podSpec, contains }, translation) {
    if (podSpec === undefined || !contains(/nodeSelector|nodeAffinity|tolerations|"nodeName"/)) return;
    const spec = tree(draft.root, ...podSpec);
    if (spec === undefined) return;
    for (const requirement of requirementsOf(spec, podSpec))
      translateRequirement(draft, spec, requirement, translation);
    translateTolerations(draft, spec, podSpec, translation);
  },
};

function translateRequirement(draft: Draft, spec: Tree, requirement: Requirement, translation: Translation): void {
  const { from, to } = translation;
  const { key, values, path } = requirement;
  const neutral = Object.hasOwn(neutralKeys, key) ? neutralKeys[key] : undefined;
  if (neutral !== undefined) {
    draft.step('nodes no longer carry the beta label', () => requirement.write(neutral, values));
  } else if (poolKeys[from].has(key)) translatePool(draft, requirement, translation);
  else if (spotKeys.has(key)) translateSpot(draft, spec, requirement, to);
  else if (instanceKeys.has(key)) {
    draft.loss(
      path,
      `instance type ${values.join(', ')} exists on ${from.toUpperCase()} only`,
      'ask for what the pods need (resources, GPU), or map the pool'
    );
    draft.step('an instance type of the source', () => requirement.remove());
  } else if (key === 'kubernetes.io/hostname' || key === 'metadata.name') {
    draft.loss(path, `node ${values.join(', ')} is one of the source; pods are no longer held to it`);
    draft.step('a node of the source', () => requirement.remove());
  } else if (providerKeys[from].test(key)) {
    draft.loss(
      path,
      `${key} is set on nodes of ${from.toUpperCase()} only`,
      'label nodes of the target, and say it by a transform'
    );
    draft.step(`a label of nodes of ${from.toUpperCase()}`, () => requirement.remove());
  }
}

function translatePool(draft: Draft, requirement: Requirement, { tables, from, to }: Translation): void {
  const words = requirement.values.map((value) => lookUp(tables.nodePools, value));
  const missing = requirement.values.filter((_, index) => words[index] === undefined);
  const labels = words.flatMap((word) => (word === undefined || word === '' ? [] : [labelOf(word, to)]));
  const unsaid = labels.filter(({ key }) => key === undefined).map(({ value }) => value);
  if (missing.length > 0) {
    draft.unmapped(
      requirement.path,
      `node pool ${missing.join(', ')} of ${from.toUpperCase()} has no counterpart in translation.nodePools; pods run anywhere`,
      `add ${missing.map((name) => `${name}: …`).join(', ')} to translation.nodePools; '' takes the constraint away`
    );
  }
  if (unsaid.length > 0) {
    draft.unmapped(
      requirement.path,
      `nodes of VKS carry no label of their pool, so ${unsaid.join(', ')} does not say which nodes`,
      'write the value as key=value with a label of your node pool'
    );
  }
  const keys = [...new Set(labels.flatMap(({ key }) => key ?? []))];
  const [only] = keys;
  if (keys.length > 1) {
    draft.unmapped(
      requirement.path,
      `pools ${requirement.values.join(', ')} map to labels with different keys`,
      'use one key for all of them'
    );
  }
  draft.step(only === undefined ? 'a node pool of the source' : 'translation.nodePools maps the pool', () => {
    if (only === undefined || keys.length > 1) requirement.remove();
    else
      requirement.write(
        only,
        labels.filter(({ key }) => key === only).map(({ value }) => value)
      );
  });
}

/** `db` is a pool by the platform's own label, `tier=db` a label of the user's. */
function labelOf(word: string, to: KnownPlatform): { readonly key: string | undefined; readonly value: string } {
  const equals = word.indexOf('=');
  return equals < 0
    ? { key: poolLabels[to], value: word }
    : { key: word.slice(0, equals), value: word.slice(equals + 1) };
}

function translateSpot(draft: Draft, spec: Tree, requirement: Requirement, to: KnownPlatform): void {
  const isSpot = requirement.values.some((value) => value.toLowerCase() === 'spot');
  const keyOnTarget = { vks: undefined, eks: 'eks.amazonaws.com/capacityType', aks: 'kubernetes.azure.com/priority' }[
    to
  ];
  if (!isSpot || keyOnTarget === undefined) {
    if (isSpot) draft.loss(requirement.path, 'VKS has no spot capacity; the pods run on ordinary nodes');
    draft.step(isSpot ? 'there is no spot capacity on the target' : 'ordinary capacity is the default', () =>
      requirement.remove()
    );
    return;
  }
  draft.step('spot capacity is asked for in the words of the target', () => {
    requirement.write(keyOnTarget, [to === 'aks' ? 'spot' : 'SPOT']);
    if (to !== 'aks' || trees(spec, 'tolerations').some((one) => text(one, 'key') === spotTaint)) return;
    const toleration = { key: spotTaint, operator: 'Equal', value: 'spot', effect: 'NoSchedule' };
    spec['tolerations'] = [...list(spec, 'tolerations'), toleration];
  });
}

function translateTolerations(
  draft: Draft,
  spec: Tree,
  podSpec: readonly string[],
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
    draft.loss(
      `/${podSpec.join('/')}/tolerations`,
      `taint ${key} is set on nodes of ${from.toUpperCase()} only`,
      'taint nodes of the target, and add a toleration by a transform'
    );
  }
  if (dropped.length === 0) return;
  draft.step(`taints of nodes of ${from.toUpperCase()}`, () => {
    const kept = tolerations.filter((one) => !dropped.includes(one));
    if (kept.length === 0) delete spec['tolerations'];
    else spec['tolerations'] = kept;
  });
}
