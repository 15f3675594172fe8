import { isOpenBlocker } from '../findings/waivers.ts';
import type { ApiResource } from '../resource.ts';
import { groupResource } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import type { AppliedSpec, RunSpec } from '../spec/spec.ts';
import { decideNamespace } from '../select/decide-object.ts';
import type { SelectionContext } from '../select/decide-object.ts';
import type { ObjectHead } from '../select/head.ts';

/** Beyond this the tokens and signatures of either side may be refused (AWS: 15 minutes, Azure SAS: at once). */
const clockSkewMaxMs = 5 * 60_000;

export interface PermissionCheck {
  readonly side: 'source' | 'target';
  readonly cluster?: string;
  readonly verb: string;
  readonly resource: Pick<ApiResource, 'group' | 'plural'>;
  readonly namespace: string;
  readonly allowed: boolean;
  /** What it means when it is not allowed. */
  readonly severity: 'blocker' | 'warning';
  /** The run that asks, the migration it prepares, or a check that is not made without it. */
  readonly neededBy: 'run' | 'migration' | 'restore' | 'check';
  /** What can be written into the file instead of granting it. */
  readonly or?: string;
}

/** The namespaces of a scope as they are now; a finding when there are none or one named does not exist. */
export function scopeNamespaces(
  spec: RunSpec,
  existing: readonly ObjectHead[],
  context: SelectionContext
): ScopedNamespaces {
  const names = existing.map((head) => head.ref.name).sort();
  const namespaces: string[] = [];
  const excludedNamespaces: Record<string, string> = {};
  for (const head of existing) {
    const decision = decideNamespace(head, spec.scope, context);
    if (decision.in) namespaces.push(head.ref.name);
    else if (!decision.rule.startsWith('scope/')) excludedNamespaces[head.ref.name] = decision.reason;
  }
  const missing = spec.scope.namespaces.filter((pattern) => !/[*?[]/.test(pattern) && !names.includes(pattern));
  const findings: Finding[] = missing.map((name) => ({
    code: 'CONFIG_INVALID',
    severity: 'blocker',
    subject: `${spec.source.name}: Namespace ${name}`,
    message: 'the scope names it, but it does not exist',
    remedy: `correct scope.namespaces; the source has: ${names.slice(0, 20).join(', ')}`,
  }));
  if (namespaces.length === 0 && missing.length === 0) {
    findings.push({
      code: 'CONFIG_INVALID',
      severity: 'blocker',
      subject: `${spec.source.name}: scope`,
      message: 'no namespace matches, so there is nothing to move',
      remedy: 'widen scope.namespaces',
    });
  }
  return {
    namespaces: namespaces.sort(),
    excludedNamespaces,
    findings: [...findings, ...meetingNamespaces(spec, namespaces)],
  };
}

/** Namespaces that become one on the target: a pattern of the scope may match what another one is mapped to. */
function meetingNamespaces({ source, namespaceMapping }: RunSpec, namespaces: readonly string[]): Finding[] {
  const byTarget = Map.groupBy(namespaces, (name) =>
    Object.hasOwn(namespaceMapping, name) ? (namespaceMapping[name] ?? name) : name
  );
  return [...byTarget].flatMap(([target, names]): Finding[] => {
    if (names.length < 2) return [];
    return [
      {
        code: 'CONFIG_INVALID',
        severity: 'blocker',
        subject: `${source.name}: ${names
          .toSorted()
          .map((name) => `Namespace ${name}`)
          .join(' and ')}`,
        message: `they are all in scope and become ${target} on the target, where two objects cannot have the same name`,
        remedy: 'map each namespace to a different name, or exclude the others with scope.excludeNamespaces',
      },
    ];
  });
}

export interface ScopedNamespaces {
  readonly namespaces: readonly string[];
  /** In scope by name and excluded all the same (marked, terminating): name to reason. */
  readonly excludedNamespaces: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

/** Are these two different clusters, and do their clocks agree with ours? */
export function assessIdentities(
  spec: AppliedSpec,
  source: { readonly uid: string; readonly clockSkewMs: number },
  target: { readonly uid: string; readonly clockSkewMs: number }
): readonly Finding[] {
  const findings: Finding[] = [];
  const apart = spec.scope.namespaces.every((name) => (spec.namespaceMapping[name] ?? name) !== name);
  if (source.uid === target.uid && !apart) {
    findings.push({
      code: 'CLUSTER_SAME',
      severity: 'blocker',
      subject: `${spec.source.name} and ${spec.target.name}`,
      message: `both are the cluster ${source.uid}, so objects would overwrite themselves`,
      remedy: 'use a different cluster as the target, or map every namespace to a different name',
    });
  }
  return [
    ...findings,
    ...assessClocks([
      [spec.source.name, source],
      [spec.target.name, target],
    ]),
  ];
}

/** Do the clocks of clusters agree with ours? */
export function assessClocks(
  clusters: readonly (readonly [name: string, facts: { readonly clockSkewMs: number }])[]
): readonly Finding[] {
  return clusters.flatMap(([name, { clockSkewMs }]): Finding[] => {
    if (Math.abs(clockSkewMs) <= clockSkewMaxMs) return [];
    const message = `its clock is ${Math.round(clockSkewMs / 1000)} s off from this machine's; tokens and signatures may be rejected`;
    const remedy = 'synchronise the clocks (NTP)';
    return [{ code: 'CLOCK_SKEW', severity: 'warning', subject: name, message, remedy }];
  });
}

/** What is not allowed, all of it at once: one finding for the kinds of a namespace that lack the same verbs. */
export function assessPermissions(checks: readonly PermissionCheck[]): readonly Finding[] {
  const denied = checks.filter((check) => !check.allowed);
  const placeOf = ({ side, namespace, severity, neededBy, or = '' }: PermissionCheck): string =>
    [side, namespace, severity, neededBy, or].join('\n');
  const byKind = Map.groupBy(denied, (check) => `${placeOf(check)}\n${groupResource(check.resource)}`);
  const groups = Map.groupBy(byKind.values(), (kind) => {
    const [first] = kind as [PermissionCheck, ...PermissionCheck[]];
    return `${placeOf(first)}\n${verbsOf(kind)}`;
  });
  return [...groups.values()].map((kinds) => {
    const [first] = kinds[0] as [PermissionCheck, ...PermissionCheck[]];
    const { side, namespace, cluster = side, severity, or } = first;
    const verbs = verbsOf(kinds[0] as PermissionCheck[]);
    const where = namespace === '' ? 'in the cluster' : `in namespace ${namespace}`;
    const names = kinds.flatMap(([check]) => (check === undefined ? [] : [groupResource(check.resource)])).sort();
    return {
      code: 'CLUSTER_FORBIDDEN',
      severity,
      subject: `${cluster} (${side})`,
      message: `this user is not allowed to ${verbs} ${names.join(', ')} ${where}${consequenceOf(first)}`,
      remedy: `grant ${verbs} on them to the user of the kubeconfig${or === undefined ? '' : `, or ${or}`}`,
      side,
    };
  });
}

function consequenceOf({ severity, neededBy }: PermissionCheck): string {
  if (severity === 'blocker' || neededBy === 'run') return '';
  return neededBy === 'check'
    ? ', and a check of the assessment is not made without it'
    : `, and the ${neededBy} does not start without it`;
}

function verbsOf(checks: readonly PermissionCheck[]): string {
  return checks
    .map((check) => check.verb)
    .sort()
    .join(', ');
}

/** How many findings stop the run: those that the file accepts do not. */
export function blockersOf(findings: readonly Finding[]): number {
  return findings.filter(isOpenBlocker).length;
}
