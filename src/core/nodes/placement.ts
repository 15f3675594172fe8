import type { NodeObject, NodeSelectorTerm, PodSpec, Taint, Toleration } from '../kube-objects.ts';

export function isReady({ status }: NodeObject): boolean {
  return (status?.conditions ?? []).some((condition) => condition.type === 'Ready' && condition.status === 'True');
}

export function operatingSystemOf({ metadata, status }: NodeObject): string {
  return metadata.labels?.['kubernetes.io/os'] ?? status?.nodeInfo?.operatingSystem ?? 'linux';
}

export function architectureOf({ metadata, status }: NodeObject): string {
  return metadata.labels?.['kubernetes.io/arch'] ?? status?.nodeInfo?.architecture ?? '';
}

/** Labels as the scheduler sees them, also where the kubelet has not set them yet. */
function labelsOf(node: NodeObject): Readonly<Record<string, string>> {
  return {
    'kubernetes.io/os': operatingSystemOf(node),
    'kubernetes.io/arch': architectureOf(node),
    'kubernetes.io/hostname': node.metadata.name,
    ...node.metadata.labels,
  };
}

/** Values a pod insists on for a label: by its selector, or by every term of its required affinity. */
export function wantedValues(pod: PodSpec, label: string): readonly string[] {
  const selected = pod.nodeSelector?.[label];
  if (selected !== undefined) return [selected];
  const terms = requiredTerms(pod);
  const values = terms.map(
    (term) => (term.matchExpressions ?? []).find(({ key, operator }) => key === label && operator === 'In')?.values
  );
  return values.length > 0 && values.every((one) => one !== undefined) ? values.flat() : [];
}

function requiredTerms(pod: PodSpec): readonly NodeSelectorTerm[] {
  return pod.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
}

/** Whether a node's labels are those a pod asks for (selector and any one term of its required affinity). */
export function selects(pod: PodSpec, node: NodeObject): boolean {
  const labels = labelsOf(node);
  if (!Object.entries(pod.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const terms = requiredTerms(pod);
  return terms.length === 0 || terms.some((term) => isSelected(term, node, labels));
}

/** A term with nothing in it selects nothing; fields of a node are its name alone (core/v1 NodeSelectorTerm). */
function isSelected(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  { metadata }: NodeObject,
  labels: Readonly<Record<string, string>>
): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': metadata.name };
  return matchExpressions.every((one) => matches(one, labels)) && matchFields.every((one) => matches(one, fields));
}

function matches(
  { key, operator, values = [] }: NonNullable<NodeSelectorTerm['matchExpressions']>[number],
  labels: Readonly<Record<string, string>>
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return true;
  }
}

/** Whether a pod may stand on a node in spite of its taints. */
export function tolerates(pod: PodSpec, node: NodeObject): boolean {
  return (node.spec?.taints ?? [])
    .filter(({ effect }) => effect !== 'PreferNoSchedule')
    .every((taint) => (pod.tolerations ?? []).some((toleration) => covers(toleration, taint)));
}

function covers({ key, operator = 'Equal', value, effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== '' && effect !== taint.effect) return false;
  if (key === undefined || key === '') return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || (value ?? '') === (taint.value ?? ''));
}
