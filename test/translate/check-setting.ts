import type { Platform } from '../../src/core/spec/spec.ts';
import { createTranslationChecks } from '../../src/translate/checks/checks.ts';
import type { CheckFacts } from '../../src/translate/checks/pair.ts';
import type { ClusterProfile } from '../../src/core/profile/cluster-profile.ts';
import { readHead } from '../../src/core/select/head.ts';
import { resourceOf } from './setting.ts';

/** An object as it is captured, and what is desired on the target: by hand, since the checks know no rule. */
export interface Pair {
  readonly before: Manifest;
  readonly after?: Manifest | undefined;
  readonly made?: readonly Manifest[];
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

function outcomeOf({ before, after, made = [] }: Pair) {
  const [text, desired] = [JSON.stringify(before), JSON.stringify(after ?? before)];
  const refOf = (one: Manifest) => readHead(JSON.stringify(one), resourceOf(one.apiVersion, one.kind)).ref;
  const additional = made.map((one) => ({
    rule: 'r',
    reason: '',
    resource: resourceOf(one.apiVersion, one.kind),
    ref: refOf(one),
    text: JSON.stringify(one),
    changes: [],
  }));
  const excluded = after === undefined ? { exclude: true as const, rule: 'r', reason: '' } : undefined;
  return {
    ref: refOf(before),
    text,
    outcome: {
      text: desired,
      ref: refOf(after ?? before),
      changes: [],
      notes: [],
      deferred: [],
      owners: [],
      additional,
      ...(excluded === undefined ? {} : { excluded }),
    },
  };
}

/** What the checks say of these pairs, a line each. */
export function check(
  pairs: readonly Pair[],
  facts: Partial<CheckFacts> & { readonly from: Platform; readonly to: Platform }
) {
  const checks = createTranslationChecks({ defaultExposure: 'internal', namespaceMapping: {}, ...facts });
  for (const pair of pairs) {
    const { ref, text, outcome } = outcomeOf(pair);
    checks.add(ref, text, outcome);
  }
  return checks.findings().map(({ code, severity, subject, message }) => `${severity} ${code} ${subject}: ${message}`);
}

/** An object that nothing changes. */
export const same = (one: Manifest): Pair => ({ before: one, after: one });

/** A Deployment with these labels, pod spec and selector. */
export function deployment(
  labels: Record<string, string>,
  spec: object = {},
  selector: object = { matchLabels: labels }
): Manifest {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { selector, template: { metadata: { labels }, spec: { containers: [], ...spec } } },
  };
}

/** A cluster of a platform of which nothing is known but this. */
export function profile(platform: Platform, more: Partial<ClusterProfile>): ClusterProfile {
  return {
    platform,
    declared: true,
    evidence: [],
    storageClasses: [],
    ingressClasses: [],
    gatewayClasses: [],
    runtimeClasses: [],
    priorityClasses: [],
    zones: [],
    autoMode: false,
    kinds: [],
    unreadable: [],
    ...more,
  };
}
