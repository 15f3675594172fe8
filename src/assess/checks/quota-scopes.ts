import type { PodSpec, QuotaObject } from '../../core/kube-objects.ts';
import { containersOf } from '../workloads.ts';

type Match = Readonly<Record<string, (pod: PodSpec) => boolean>>;

interface ScopeSelector {
  readonly matchExpressions?: readonly {
    readonly scopeName: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/** Scopes by what a pod says (core/v1 ResourceQuotaScope; pkg/quota/v1/evaluator/core, `podMatchesScopeFunc`). */
const scopes: Match = {
  Terminating: ({ activeDeadlineSeconds }) => activeDeadlineSeconds !== undefined,
  NotTerminating: ({ activeDeadlineSeconds }) => activeDeadlineSeconds === undefined,
  BestEffort: isBestEffort,
  NotBestEffort: (pod) => !isBestEffort(pod),
  CrossNamespacePodAffinity: looksElsewhere,
};

/** Whether a quota has scopes. */
export function isScoped({ spec }: QuotaObject): boolean {
  return (spec?.scopes ?? []).length > 0 || spec?.scopeSelector !== undefined;
}

/** Whether a quota counts a pod; undefined where its scope is not of pods, or is one of a later Kubernetes. */
export function countsPods(quota: QuotaObject): ((pod: PodSpec) => boolean) | undefined {
  const { scopes: named = [], scopeSelector } = quota.spec ?? {};
  const expressions = (scopeSelector as ScopeSelector | undefined)?.matchExpressions ?? [];
  const all = [
    ...named.map((name) => (Object.hasOwn(scopes, name) ? scopes[name] : undefined)),
    ...expressions.map(({ scopeName, operator, values = [] }) => {
      if (scopeName === 'PriorityClass') return (pod: PodSpec) => isOfClass(pod, operator, values);
      // The others are said by `Exists` alone (validation of core/v1 ScopedResourceSelectorRequirement).
      return operator === 'Exists' && Object.hasOwn(scopes, scopeName) ? scopes[scopeName] : undefined;
    }),
  ];
  if (all.some((one) => one === undefined)) return undefined;
  return (pod) => all.every((one) => one?.(pod) === true);
}

function isOfClass({ priorityClassName = '' }: PodSpec, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'In':
      return values.includes(priorityClassName);
    case 'NotIn':
      return !values.includes(priorityClassName);
    case 'Exists':
      return priorityClassName !== '';
    default:
      return priorityClassName === '';
  }
}

function isBestEffort(pod: PodSpec): boolean {
  return containersOf(pod).every(({ resources }) =>
    [resources?.requests, resources?.limits].every((one) => one?.['cpu'] === undefined && one?.['memory'] === undefined)
  );
}

function looksElsewhere({ affinity }: PodSpec): boolean {
  return /"(?:namespaces|namespaceSelector)":/.test(JSON.stringify(affinity ?? {}));
}
