import type { ExcludedObject } from '../capture/capture-part.ts';
import { catalogue } from '../error-catalogue.ts';
import { named } from '../existing/findings.ts';
import { readiness } from '../graph/readiness.ts';
import { describeRef, objectKey, refOfKey } from '../resource.ts';
import type { ObjectRef } from '../resource.ts';
import type { Finding } from '../run/events.ts';
import type { AppliedSpec, RunSpec } from '../spec/spec.ts';
import { driftReasons } from './drift.ts';
import { countVerbs } from './plan.ts';
import type { PlanAction, PlanContent, PlanDifference, PlannedCluster, PlannedFinding } from './plan.ts';
import type { PlannedLoss, PlannedVolume } from './plan.ts';
import type { DriftAllowance } from './plan.ts';
import type { ClaimMove } from '../volumes/contract.ts';

/** One object of the plan, judged against the target as it is now. */
export interface JudgedObject {
  readonly ref: ObjectRef;
  readonly digest: string;
  readonly rules: readonly string[];
  readonly awaited: boolean;
  readonly mayDrift?: DriftAllowance;
  readonly verdict: 'create' | 'change' | 'keep' | 'conflict';
  /** Of an object that is there: the digest of its normalised content. */
  readonly live?: string;
  readonly diff?: readonly PlanDifference[];
}

export interface JudgedApplyGroup {
  readonly name: string;
  readonly objects: readonly JudgedObject[];
  /** Volumes are bound in this apply group. */
  readonly claims: readonly JudgedObject[];
  /** Objects whose owner references and deferred labels are set at the end. */
  readonly settle: number;
}

export interface PlanInput {
  readonly spec: AppliedSpec;
  readonly landfall: string;
  /** SHA-256 of `configurationText`. */
  readonly configuration: string;
  readonly source: PlannedCluster;
  readonly target: PlannedCluster;
  readonly applyGroups: readonly JudgedApplyGroup[];
  readonly claims: readonly ClaimMove[];
  readonly excluded: readonly ExcludedObject[];
  readonly losses: readonly PlannedLoss[];
  readonly findings: readonly Finding[];
}

/**
 * Puts a plan together: the ordered actions of the run and the head that sums them up. Pure and total; the order of
 * lists that have none by themselves is made here, so that the same world gives the same bytes.
 */
export function buildPlan(input: PlanInput): PlanContent {
  const { spec } = input;
  const actions = [
    ...volumeActions(input),
    ...input.applyGroups.flatMap(applyGroupActions),
    ...finishActions(input),
    ...input.excluded.map(excludedAction).sort(byObject),
  ];
  const reported = new Set(input.findings.map(({ code, subject }) => `${code} ${subject}`));
  const conflicts = actions
    .filter((action) => action.do === 'conflict')
    .map((action) => conflictFinding(spec, { ref: refOfKey(action.object ?? ''), diff: action.diff ?? [] }))
    .map(known)
    .filter(({ code, subject }) => !reported.has(`${code} ${subject}`));
  return {
    name: spec.name,
    landfall: input.landfall,
    configuration: input.configuration,
    source: input.source,
    target: input.target,
    location: spec.location.name,
    approval: approvalOf(spec),
    existingResourcePolicy: spec.existingResourcePolicy,
    onFailure: spec.onFailure,
    onRefused: spec.onRefused ?? 'rollback',
    ...(spec.objectRules === undefined ? {} : { objectRules: spec.objectRules }),
    namespaces: pairs(spec.namespaceMapping),
    storageClasses: pairs(spec.storageClasses),
    totals: countVerbs(actions),
    losses: input.losses,
    findings: [...input.findings.map(known), ...conflicts].sort(byFinding),
    mayDrift: driftOf(actions),
    actions,
  };
}

/** No approval asked for: what a file without `approval` means. */
const noApproval = { required: false, approvers: [], fourEyes: false, expiresAfterMs: 24 * 3_600_000 } as const;

/** What the file asks of an approval. */
function approvalOf(spec: Pick<RunSpec, 'approval'>): PlanContent['approval'] {
  return spec.approval ?? noApproval;
}

/**
 * The configuration as far as it decides what happens. How clusters and store are reached does not count, so that another
 * machine with other paths makes the same plan; which clusters they are is in the plan by their uid.
 */
export function configurationText(spec: AppliedSpec): unknown {
  const { source, target, location, dryRun: _, volumes, ...rest } = spec;
  const { parallel: _parallel, ...kept } = volumes;
  return {
    ...rest,
    volumes: kept,
    source: { name: source.name, platform: source.platform },
    target: { name: target.name, platform: target.platform },
    location: { name: location.name, provider: location.provider, prefix: location.prefix },
  };
}

function volumeActions({ spec, claims }: PlanInput): PlanAction[] {
  if (claims.length === 0) return [];
  const applyGroup = 'volumes';
  const sorted = [...claims].sort((a, b) => compareText(claimName(a), claimName(b)));
  const own = `/Namespace//${spec.landfallNamespace}`;
  const hooks = (when: 'pre' | 'post'): PlanAction[] =>
    spec.hooks[when].map(({ name, namespace, podSelector, command, onError }) => ({
      on: 'source',
      do: 'hook',
      applyGroup,
      object: `/Pod/${namespace}/${podSelector}`.replaceAll(/\s/g, ''),
      reason: `${when} hook ${name} runs ${command[0] ?? ''}; on error: ${onError}`,
    }));
  return [
    { on: 'source', do: 'prepare', applyGroup, object: own },
    { on: 'target', do: 'prepare', applyGroup, object: own },
    ...hooks('pre'),
    ...sorted.map((claim): PlanAction => ({
      on: 'source',
      do: claim.way === 'snapshot' ? 'snapshot' : 'copy',
      applyGroup,
      object: claimKey(claim.namespace, claim.name),
      volume: volumeOf(claim),
    })),
    ...hooks('post'),
    ...sorted.flatMap((claim): PlanAction[] => [
      { on: 'source', do: 'upload', applyGroup, object: claimKey(claim.namespace, claim.name) },
      { on: 'target', do: 'fill', applyGroup, object: claimKey(claim.targetNamespace, claim.name) },
    ]),
  ];
}

function applyGroupActions({ name, objects, claims, settle }: JudgedApplyGroup): PlanAction[] {
  const writes = objects.map((object): PlanAction => ({
    on: 'target',
    do: object.verdict,
    applyGroup: name,
    ...partsOf(object),
  }));
  const bound = claims.map((claim): PlanAction => ({ on: 'target', do: 'bind', applyGroup: name, ...partsOf(claim) }));
  const settled: PlanAction[] =
    settle === 0
      ? []
      : [
          {
            on: 'target',
            do: 'settle',
            applyGroup: name,
            count: settle,
            reason: 'owner references and deferred labels',
          },
        ];
  return [...bound.sort(byObject), ...writes, ...waitsOf(name, objects), ...settled];
}

function partsOf({ ref, digest, rules, mayDrift, live, diff, verdict }: JudgedObject): Partial<PlanAction> {
  return {
    object: objectKey(ref),
    digest,
    ...(rules.length === 0 ? {} : { rules: [...rules].sort() }),
    ...(mayDrift === undefined ? {} : { mayDrift }),
    ...(live === undefined || verdict === 'keep' ? {} : { live }),
    ...(diff === undefined || diff.length === 0 ? {} : { diff }),
    ...(verdict === 'keep' && diff !== undefined && diff.length > 0
      ? { reason: 'it exists with different content, and existingResourcePolicy is skip' }
      : {}),
  };
}

/** One wait for each condition of an apply group, with the number of objects it is for. */
function waitsOf(applyGroup: string, objects: readonly JudgedObject[]): PlanAction[] {
  const counts = new Map<string, number>();
  for (const { ref, awaited } of objects) {
    if (!awaited) continue;
    const condition = `${ref.kind} ${readiness(ref).condition}`;
    counts.set(condition, (counts.get(condition) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a], [b]) => compareText(a, b))
    .map(([until, count]) => ({ on: 'target', do: 'wait', applyGroup, until, count }));
}

function finishActions({ spec, claims }: PlanInput): PlanAction[] {
  if (claims.length === 0) return [];
  const own = `/Namespace//${spec.landfallNamespace}`;
  const reason = 'snapshots, temporary claims and Jobs of the migration';
  return [
    { on: 'source', do: 'remove', applyGroup: 'finish', count: claims.length, reason },
    {
      on: 'source',
      do: 'remove',
      applyGroup: 'finish',
      object: own,
      reason: 'nothing created by Landfall is left in it',
    },
    {
      on: 'target',
      do: 'remove',
      applyGroup: 'finish',
      object: own,
      reason: 'nothing created by Landfall is left in it',
    },
  ];
}

function excludedAction({ ref, rule, reason }: ExcludedObject): PlanAction {
  return { on: 'target', do: 'exclude', applyGroup: 'excluded', object: objectKey(ref), rule, reason };
}

/** What an object means that is there with other content, where the policy is to stop at it. */
export function conflictFinding(
  { target }: Pick<AppliedSpec, 'target'>,
  { ref, diff = [] }: Pick<JudgedObject, 'ref' | 'diff'>
): Finding {
  return {
    code: 'OBJECT_CONFLICT',
    severity: 'blocker',
    subject: `${target.name}: ${describeRef(ref)}`,
    message: `it exists with different content, and existingResourcePolicy is fail: ${named(diff.map(({ path }) => path))}`,
    remedy: catalogue.OBJECT_CONFLICT.fix,
    side: 'target',
  };
}

function driftOf(actions: readonly PlanAction[]): PlanContent['mayDrift'] {
  const counts = new Map<DriftAllowance, number>();
  for (const { mayDrift } of actions) if (mayDrift !== undefined) counts.set(mayDrift, (counts.get(mayDrift) ?? 0) + 1);
  const volumes = actions.filter((action) => action.do === 'snapshot' || action.do === 'copy').length;
  return [
    ...[...counts].sort(([a], [b]) => compareText(a, b)).map(([allow, count]) => ({ ...driftReasons[allow], count })),
    ...(volumes === 0
      ? []
      : [
          {
            what: 'data in volumes',
            why: 'applications may write until the snapshot is taken; the data at that moment is moved',
            count: volumes,
          },
        ]),
  ];
}

function volumeOf(claim: ClaimMove): PlannedVolume {
  const { way, snapshotClass, sourceClass, targetClass, size, accessModes } = claim;
  return { claim: claimName(claim), way, snapshotClass, sourceClass, targetClass, size, accessModes };
}

function claimName({ namespace, name }: Pick<ClaimMove, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

function claimKey(namespace: string, name: string): string {
  return `/PersistentVolumeClaim/${namespace}/${name}`;
}

function pairs(map: Readonly<Record<string, string>>): { readonly from: string; readonly to: string }[] {
  return Object.keys(map)
    .sort()
    .map((from) => ({ from, to: map[from] ?? '' }));
}

function known({ code, severity, subject, message, waiver }: Finding): PlannedFinding {
  return { code, severity, subject, message, ...(waiver === undefined ? {} : { waiver }) };
}

const severities = ['blocker', 'warning', 'info'];

function byFinding(a: PlannedFinding, b: PlannedFinding): number {
  return (
    Number(a.waiver !== undefined) - Number(b.waiver !== undefined) ||
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    compareText(a.code, b.code) ||
    compareText(a.subject, b.subject) ||
    compareText(a.message, b.message)
  );
}

function byObject(a: PlanAction, b: PlanAction): number {
  return compareText(a.object ?? '', b.object ?? '') || compareText(a.rule ?? '', b.rule ?? '');
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
