import type { CaptureSelection } from '../core/capture/capture-kinds.ts';
import type { PermissionCheck } from '../core/preflight/preflight.ts';
import { groupResource } from '../core/resource.ts';
import type { ApiResource } from '../core/resource.ts';
import type { RunSpec } from '../core/spec/spec.ts';
import { activityRows, type ActivityRow } from './activity-rows.ts';
import { callsOf, type Call } from './calls.ts';
import type { Condition, Need, Place } from './need.ts';
import { applyFactsOf, type PlanFacts } from './tables/applying.ts';
import { assessTable, type AssessFacts } from './tables/assess.ts';
import { backupFactsOf, backupTable } from './tables/backup.ts';
import { migrateTable } from './tables/migrate.ts';
import { planTable } from './tables/plan.ts';
import { restoreTable } from './tables/restore.ts';

/** The run that asks, as far as its table needs more than the specification. */
export type Asking =
  | { readonly kind: 'migrate' | 'restore' | 'backup' }
  | { readonly kind: 'plan' }
  | { readonly kind: 'assess'; readonly probes: AssessFacts };

/** A right to ask for, and what it means when it is missing. */
export type Question = Omit<PermissionCheck, 'allowed' | 'cluster'>;
type Kind = PermissionCheck['resource'];

/** What was looked at before anything is asked. */
export interface Scoped {
  readonly spec: RunSpec;
  readonly plan: Pick<CaptureSelection, 'kinds' | 'namespaces'>;
  /** The scope has claims, whether their data moves or not. */
  readonly hasClaims: boolean;
  /** A namespace of the plan is not on the target yet. */
  readonly newNamespaces: boolean;
  /** Namespaced kinds an application may have on the target. */
  readonly any: readonly Kind[];
  /** `plural.group` of every kind a side serves: what is not served needs no rights. */
  readonly served: Readonly<Record<Need['side'], ReadonlySet<string>>>;
}

/**
 * Every right to ask for before a run begins, each once: of the run itself, its compensations and its clean-up, and of
 * the migration that a planning run, a dry run or an assessment prepares. Pure.
 */
export function permissionQuestions(asking: Asking, scoped: Scoped): readonly Question[] {
  const questions = new Map<string, Question>();
  for (const { need, meaning } of distinctNeeds(asking, scoped)) {
    for (const asked of askedFor(need, scoped)) {
      const { side, verb, resource, namespace } = asked;
      const key = `${side} ${verb} ${groupResource(resource)} ${namespace}`;
      if (!questions.has(key)) questions.set(key, { ...asked, ...meaning, ...avoidedBy(need) });
    }
  }
  return [...questions.values()];
}

interface Asks {
  /** With a single verb. */
  readonly need: Need;
  readonly meaning: Meaning;
}

/** What cannot be done without, as far as it is known before a run, each once, since kinds times namespaces are many. */
function distinctNeeds(asking: Asking, scoped: Scoped): Iterable<Asks> {
  const all = callsAbout(asking, scoped).flatMap(({ calls, meaning }) =>
    calls
      .flatMap(({ activity }) => (activityRows[activity] as ActivityRow).needs)
      .filter(
        ({ side, without, only }) => without === undefined && isAsked(side, asking, scoped) && holds(only, scoped)
      )
      .flatMap((need) => need.verbs.map((verb): Asks => ({ need: { ...need, verbs: [verb] }, meaning })))
  );
  const distinct = new Map<string, Asks>();
  for (const one of all) {
    const { side, verbs, of, in: place } = one.need;
    const key = [side, verbs, of, place].join(' ');
    if (!distinct.has(key)) distinct.set(key, one);
  }
  return distinct.values();
}

type Meaning = Pick<Question, 'severity' | 'neededBy'>;

/** What means most comes first: a right that several need means what the first of them says. */
function callsAbout(
  asking: Asking,
  scoped: Scoped
): readonly { readonly calls: readonly Call[]; readonly meaning: Meaning }[] {
  const { dryRun, point } = scoped.spec;
  if (asking.kind === 'backup')
    return [{ calls: backupCalls(scoped), meaning: { severity: 'blocker', neededBy: 'run' } }];
  const own =
    asking.kind === 'plan' || asking.kind === 'assess' ? ownCalls(asking, scoped) : applyingCalls(scoped, dryRun);
  // An assessment is about the migration: what that lacks stands in the way. Who plans may be somebody else than who moves.
  const severity = asking.kind === 'assess' ? 'blocker' : 'warning';
  return [
    { calls: own.filter(({ noted }) => !noted), meaning: { severity: 'blocker', neededBy: 'run' } },
    {
      calls: applyingCalls(scoped, false),
      meaning: { severity, neededBy: point === undefined ? 'migration' : 'restore' },
    },
    { calls: own.filter(({ noted }) => noted), meaning: { severity: 'warning', neededBy: 'check' } },
  ];
}

/** The cluster that a recovery point was captured on is asked nothing, and a backup has no target. */
function isAsked(side: Need['side'], { kind }: Asking, { spec }: Scoped): boolean {
  return side === 'target' ? kind !== 'backup' : spec.point === undefined;
}

/** A backup before its claims are known: one, where the scope has any. */
function backupCalls(scoped: Scoped): readonly Call[] {
  return callsOf(backupTable, { ...backupFactsOf(scoped.spec), plan: { claims: someClaims(scoped) } });
}

function someClaims({ spec, hasClaims }: Scoped): PlanFacts['claims'] {
  return hasClaims && spec.volumes.mode === 'move' ? [{ namespace: '', name: '', targetNamespace: '' }] : [];
}

function ownCalls(asking: Extract<Asking, { readonly kind: 'plan' | 'assess' }>, { spec }: Scoped): readonly Call[] {
  if (asking.kind === 'assess') return callsOf(assessTable, asking.probes);
  return callsOf(planTable, { fromPoint: spec.point !== undefined });
}

/** A run that applies before its plan is known: every kind of apply group there may be, and a claim where the scope has any. */
function applyingCalls(scoped: Scoped, dryRun: boolean): readonly Call[] {
  const { spec } = scoped;
  const claims = someClaims(scoped);
  const applyGroup = { name: '', objects: 0, claims: true };
  const applyGroups = [
    { ...applyGroup, settle: false },
    { ...applyGroup, settle: true },
  ];
  const facts = { ...applyFactsOf(spec, false), dryRun, plan: { claims, applyGroups, appliers: true } };
  return spec.point === undefined ? callsOf(migrateTable, facts) : callsOf(restoreTable, facts);
}

function holds(only: Condition | undefined, { spec, hasClaims, newNamespaces }: Scoped): boolean {
  switch (only) {
    case undefined:
      return true;
    case 'claims':
      return hasClaims;
    case 'moves':
      return hasClaims && spec.volumes.mode === 'move';
    case 'directCopy':
      return spec.volumes.withoutSnapshot === 'copyWhileQuiesced';
    case 'updates':
      return [spec, ...(spec.objectRules ?? [])].some((one) => one.existingResourcePolicy === 'update');
    case 'clusterScoped':
      return spec.scope.clusterScoped !== 'none';
    case 'patterns':
      return spec.scope.namespaces.some((name) => /[*?[]/.test(name));
    case 'newNamespaces':
      return newNamespaces;
  }
}

type Asked = Pick<Question, 'side' | 'verb' | 'resource' | 'namespace'>;

function askedFor(need: Need, scoped: Scoped): readonly Asked[] {
  const { side } = need;
  const verbs = need.verbs.filter((verb) => verb !== 'watch');
  return placesOf(need, scoped).flatMap(({ resource, namespaces }) =>
    namespaces.flatMap((namespace) => verbs.map((verb) => ({ side, verb, resource, namespace })))
  );
}

interface Places {
  readonly resource: Kind;
  readonly namespaces: readonly string[];
}

function placesOf({ of, side, in: place }: Need, scoped: Scoped): readonly Places[] {
  const namespaces = namespacesOf(place, side, scoped);
  switch (of) {
    case 'dependencies':
    case 'custom':
    case 'referred':
    case 'checked':
      return [];
    case 'any':
      return scoped.any.map((resource) => ({ resource, namespaces }));
    case 'captured':
      return capturedKinds(scoped).map((kind) => {
        if (side === 'source') return { resource: kind.resource, namespaces: kind.namespaces };
        return { resource: kind.resource, namespaces: kind.resource.namespaced ? namespaces : [''] };
      });
    default: {
      const kinds = of.map(kindOf).filter((kind) => isServed(kind, scoped.served[side]));
      return kinds.map((resource) => ({ resource, namespaces }));
    }
  }
}

function capturedKinds({ plan }: Scoped): Scoped['plan']['kinds'] {
  return plan.kinds.filter(({ resource }) => groupResource(resource) !== 'namespaces');
}

function namespacesOf(place: Place, side: Need['side'], { spec, plan }: Scoped): readonly string[] {
  switch (place) {
    case 'cluster':
    case 'temporary':
      return [''];
    case 'own':
      return [spec.landfallNamespace];
    case 'hooks':
      return [...new Set([...spec.hooks.pre, ...spec.hooks.post].map(({ namespace }) => namespace))];
    case 'scope':
      return side === 'source' ? plan.namespaces : plan.namespaces.map((name) => spec.namespaceMapping[name] ?? name);
  }
}

/** The kind behind its name in a row: `pods/log`, `jobs.batch`. */
function kindOf(named: string): Pick<ApiResource, 'group' | 'plural'> {
  const dot = named.indexOf('.');
  return dot < 0 ? { group: '', plural: named } : { group: named.slice(dot + 1), plural: named.slice(0, dot) };
}

function isServed({ group, plural }: Kind, served: ReadonlySet<string>): boolean {
  const [whole = ''] = plural.split('/', 1);
  return group === '' || served.has(groupResource({ group, plural: whole }));
}

/** What a person can write into the file instead of granting a right. */
function avoidedBy({ of, only, in: place }: Need): Pick<Question, 'or'> {
  if (of === 'captured') return { or: 'exclude the kinds' };
  if (only === 'clusterScoped') return { or: 'set scope.clusterScoped: none' };
  return place === 'own' ? { or: 'set volumes.mode: none' } : {};
}
