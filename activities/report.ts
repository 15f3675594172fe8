import type { StoredCapture } from '../src/archive/captured-content.ts';
import pMap from 'p-map';
import type { CapturePart } from '../src/core/capture/capture-part.ts';
import type { DesiredState } from '../src/core/planning/desired-state.ts';
import { catalogue } from '../src/core/error-catalogue.ts';
import type { Finding } from '../src/core/run/events.ts';
import { groupExcluded } from '../src/core/capture/capture-part.ts';
import { loadJson, runFolder, storeJson } from '../src/archive/run-objects.ts';
import { readContent } from '../src/archive/stored.ts';
import { parsePlan } from '../src/config/plan-file/read.ts';
import { limits } from '../src/core/limits.ts';
import { describeRef, objectKey } from '../src/core/resource.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { reportNamesMax, reportSchema } from '../src/core/run/report.ts';
import type {
  ClusterIdentity,
  ExcludedGroup,
  Parity,
  ReportedPlan,
  RunReport,
  VolumeResult,
} from '../src/core/run/report.ts';
import { kindOfRun } from '../src/core/run/roles.ts';
import type { SourceSpec } from '../src/core/spec/spec.ts';
import type { ClusterProfile } from '../src/core/profile/cluster-profile.ts';
import type { ObjectOutcome } from '../src/services/apply/write-object.ts';
import { affectedBy } from '../src/services/apply/refused.ts';
import { loadPartial } from '../src/services/apply/partial-outcomes.ts';
import { loadVolumes, type StoredVolume } from '../src/services/volumes/stored-volumes.ts';
import { storedProfiles } from '../src/services/planning/translation.ts';
import type { ClusterFacts } from '../src/core/preflight/contract.ts';
import type { ReportRequest, WrittenReport } from '../src/core/run/report-request.ts';
import type { Session } from '../src/services/session.ts';
import { preflightFindings } from '../src/services/preflight/preflight-findings.ts';

const noParity: Parity = {
  ...{ checked: false, missing: 0, extra: 0, different: 0 },
  names: { missing: [], extra: [], different: [] },
};

/** Puts together what the run did, from what its steps stored, and stores it. Idempotent: same content, same key. */
export async function writeReport(session: Session<never>, request: ReportRequest): Promise<WrittenReport> {
  const report = await buildReport(session, request);
  const { objects: counts, parity, volumes, phases } = report;
  return {
    report: await storeJson(runFolder(session, 'report'), report),
    summary: {
      counts,
      ...(parity.checked
        ? { parity: { missing: parity.missing, extra: parity.extra, different: parity.different } }
        : {}),
      volumes: {
        total: volumes.length,
        ...(report.target === undefined ? {} : { equal: volumes.filter(({ equal }) => equal === true).length }),
        bytes: volumes.reduce((sum, { bytes }) => sum + bytes, 0),
      },
      phases,
    },
  };
}

async function buildReport(session: Session<never>, request: ReportRequest): Promise<RunReport> {
  const { spec, runId } = session;
  // What was excluded when a recovery point was made is in the report of that run.
  const capture =
    request.captured === undefined || spec.point !== undefined
      ? undefined
      : (await loadJson<StoredCapture>(session.location, request.captured.capture)).part;
  const plan =
    request.plan === undefined ? undefined : await loadJson<DesiredState>(session.location, request.plan.plan);
  const parity =
    request.verified === undefined ? noParity : await loadJson<Parity>(session.location, request.verified.result);
  const outcomes = await loadOutcomes(session, request, plan);
  const refused = new Set(outcomes.filter(({ continued }) => continued).map(({ ref }) => objectKey(ref)));
  const affected = await affectedBy(session, { batches: plannedBatches(plan), refused }, new AbortController().signal);
  const profiles = await storedProfiles(session);
  const failures = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const { preflight, recoveryPoint, error } = request;
  const volumes = await loadVolumes(session.location, request.volumes);
  const found = preflight === undefined ? [] : await preflightFindings(session.location, preflight);
  const isBackup = kindOfRun(spec) === 'backup';
  const objects = {
    captured: capture?.objects ?? request.captured?.objects ?? 0,
    ...(spec.dryRun ? askedCounts(outcomes) : appliedCounts(request, { outcomes, isApplied: !isBackup })),
    changed: request.plan?.changed ?? 0,
    // A claim without its data is in the recovery point of a backup all the same.
    excluded: (capture?.excludedCount ?? 0) + (isBackup ? 0 : (plan?.excluded.length ?? 0)),
    failed: failures.length,
    ...(request.plan?.added === undefined || !isDone(request) || spec.dryRun ? {} : { added: request.plan.added }),
  };
  return {
    schema: reportSchema,
    run: runId,
    name: spec.name,
    kind: kindOfRun(spec),
    ...(spec.dryRun ? { dryRun: true, ...notAskedOf(outcomes) } : {}),
    outcome: request.outcome,
    exitCode: request.exitCode,
    started: request.startedAt,
    finished: request.finishedAt,
    source: identity(spec.source, preflight?.source, profiles?.source),
    ...(spec.target === undefined ? {} : { target: identity(spec.target, preflight?.target, profiles?.target) }),
    sides: request.sides ?? { source: 'serving', target: isDone(request) && !spec.dryRun ? 'serving' : 'unknown' },
    ...dataAsOf(request, volumes, spec.dryRun),
    location: spec.location.name,
    ...(recoveryPoint === undefined ? {} : { recoveryPoint: recoveryPoint.key }),
    objects,
    ...overwrittenOf(objects, outcomes),
    parity,
    volumes: volumes.map(volumeResult),
    phases: request.phases,
    changes: plan?.changes ?? [],
    excluded: excludedGroups(capture, isBackup ? undefined : plan),
    ...(isBackup && plan !== undefined && plan.excluded.length > 0
      ? { withoutData: excludedGroups(undefined, plan) }
      : {}),
    ...(request.copies === undefined ? {} : { copies: request.copies }),
    failures,
    ...(affected.length === 0 ? {} : { affected: affected.slice(0, reportNamesMax) }),
    // What is stored has every finding; the history has the first of them.
    findings: [...found, ...(plan?.findings ?? request.plan?.findings ?? []), ...volumes.flatMap(excludedOfVolume)],
    ...edgeOf(session, capture, plan),
    ...(preflight?.unseen === undefined ? {} : { unseen: preflight.unseen }),
    undo: request.undo.map(({ title, ok, error: cause }) => ({
      step: 'undo',
      title,
      state: ok ? 'done' : 'failed',
      ...(cause === undefined ? {} : { error: cause }),
    })),
    ...(await reportedPlan(session, request)),
    ...(error === undefined ? {} : { error }),
  };
}

/** What stands at the edge of the scope: what does not follow, the names that are mapped, what the platform has to have. */
function edgeOf(
  { spec }: Session<never>,
  capture: CapturePart | undefined,
  plan: DesiredState | undefined
): Pick<RunReport, 'losses' | 'mapping' | 'inventory'> {
  const pairs = (map: Readonly<Record<string, string>>) =>
    Object.keys(map)
      .sort()
      .map((from) => ({ from, to: map[from] ?? '' }));
  const needed = (capture?.dependencies ?? []).filter(({ mode }) => mode === 'inventory');
  const inventory = needed.map(({ ref, reason, neededBy }) => ({
    object: describeRef(ref),
    reason,
    neededBy: neededBy.map(describeRef),
  }));
  return {
    losses: plan?.losses ?? [],
    mapping: { namespaces: pairs(spec.namespaceMapping), storageClasses: pairs(spec.storageClasses) },
    inventory: inventory.slice(0, reportNamesMax),
  };
}

function isDone(request: ReportRequest): boolean {
  return request.outcome === 'succeeded' || request.outcome === 'partial';
}

/**
 * What stands on the target in the end, and what was there before. An incomplete undo leaves some of the applied, and the
 * report names its steps.
 */
function appliedCounts(
  request: ReportRequest,
  { outcomes, isApplied }: { readonly outcomes: readonly ObjectOutcome[]; readonly isApplied: boolean }
): Pick<RunReport['objects'], 'applied' | 'undone' | 'overwritten' | 'existing'> {
  const count = (...of: readonly ObjectOutcome['outcome'][]) =>
    outcomes.filter(({ outcome }) => of.includes(outcome)).length;
  const applied = count('applied', 'updated') + (isApplied ? boundVolumes(request) : 0);
  const existing = count('existing') === 0 ? {} : { existing: count('existing') };
  const isUndone = !isDone(request) && request.undo.length > 0 && request.undo.every(({ ok }) => ok);
  const overwritten = count('updated') === 0 ? {} : { overwritten: count('updated') };
  return isUndone
    ? { applied: 0, undone: applied, ...overwritten, ...existing }
    : { applied, ...existing, ...overwritten };
}

/** Of a dry run: nothing was applied, and what the target was not asked about it did not accept. */
function askedCounts(
  outcomes: readonly ObjectOutcome[]
): Pick<RunReport['objects'], 'applied' | 'accepted' | 'notAsked'> {
  const asked = outcomes.filter(({ outcome, notAsked }) => outcome !== 'failed' && notAsked === undefined);
  const notAsked = outcomes.filter((outcome) => outcome.notAsked !== undefined).length;
  return { applied: 0, accepted: asked.length, ...(notAsked === 0 ? {} : { notAsked }) };
}

function notAskedOf(outcomes: readonly ObjectOutcome[]): Pick<RunReport, 'notAsked'> {
  const remaining = outcomes.flatMap(({ ref, notAsked: reason }) =>
    reason === undefined ? [] : [{ ref, rule: 'dry-run', reason }]
  );
  if (remaining.length === 0) return {};
  return { notAsked: groupExcluded(remaining).map(({ reason, count, examples }) => ({ reason, count, examples })) };
}

/** Objects of the target that the run has changed, by name; none where the changes were undone. */
function overwrittenOf(
  counts: RunReport['objects'],
  outcomes: readonly ObjectOutcome[]
): Pick<RunReport, 'overwritten'> {
  if (counts.overwritten === undefined || counts.undone !== undefined) return {};
  const changed = outcomes.filter(({ outcome }) => outcome === 'updated').slice(0, reportNamesMax);
  return { overwritten: changed.map(({ ref, paths = [] }) => ({ object: describeRef(ref), paths })) };
}

/** Claims come to the target by binding, not by a batch. */
function boundVolumes(request: ReportRequest): number {
  return isDone(request) ? request.volumes.length : 0;
}

/** What became of every object that was tried, also in batches that a cancel or a failure broke off. */
async function loadOutcomes(
  session: Session<never>,
  request: ReportRequest,
  plan: DesiredState | undefined
): Promise<ObjectOutcome[]> {
  const lists = await Promise.all(
    request.applied.map(({ result }) => loadJson<ObjectOutcome[]>(session.location, result))
  );
  if (isDone(request) || session.spec.dryRun) return lists.flat();
  const whole = new Set(request.applied.map(({ batch }) => batch));
  const broken = plannedBatches(plan).filter(({ key }) => !whole.has(key));
  const partial = await pMap(broken, (batch) => loadPartial(session, batch), { concurrency: limits.parallelSegments });
  return [...lists.flat(), ...partial.flat()];
}

function plannedBatches(plan: DesiredState | undefined): readonly StoredRef[] {
  return (plan?.applyGroups ?? []).filter(({ settle }) => !settle).flatMap(({ batches }) => batches);
}

function excludedGroups(capture: CapturePart | undefined, plan: DesiredState | undefined): readonly ExcludedGroup[] {
  const groups = [...(capture?.excludedGroups ?? []), ...groupExcluded(plan?.excluded ?? [])];
  return groups.map(({ reason, count, examples }) => ({ reason, count, examples }));
}

/** What the plan of the run expected, beside what each phase took. A plan that was stale was not run. */
async function reportedPlan(
  session: Session<never>,
  { checked, phases }: ReportRequest
): Promise<{ plan?: ReportedPlan }> {
  if (checked?.plan === undefined) return {};
  const bytes = await readContent(session.location, checked.plan.file);
  const { made } = parsePlan(Buffer.from(bytes).toString('utf8'), checked.plan.file.key);
  const took = new Map(phases.map(({ name, ms }) => [name, ms]));
  const estimates = made.estimate.phases.flatMap(({ phase, lowMs, highMs }) => {
    const tookMs = took.get(phase);
    return tookMs === undefined ? [] : [{ phase, lowMs, highMs, tookMs }];
  });
  const { hash, approvals, drifted } = checked;
  return { plan: { hash, run: checked.plan.run, approvals, estimates, drifted } };
}

/** As of when the data on the target is, where there is any: every later write is on the source only. */
function dataAsOf(
  request: ReportRequest,
  moved: readonly StoredVolume[],
  dryRun: boolean
): Pick<RunReport, 'dataAsOf'> {
  if (!isDone(request) || dryRun || request.capturedAt === undefined) return {};
  const times = moved.flatMap((volume) => (volume.dataAsOf === undefined ? [] : [volume.dataAsOf])).sort();
  const [first, last] = [times[0], times.at(-1)];
  const volumes = first === undefined || last === undefined ? {} : { volumes: { from: first, to: last } };
  return { dataAsOf: { objects: request.capturedAt, ...volumes } };
}

function volumeResult(volume: StoredVolume): VolumeResult {
  return {
    claim: `${volume.namespace}/${volume.name}`,
    bytes: volume.sizeBytes,
    files: volume.files,
    sourceTree: volume.treeSha256,
    ...(volume.dataAsOf === undefined ? {} : { dataAsOf: volume.dataAsOf }),
    ...comparedVolume(volume),
    ...(volume.excluded === 0 ? {} : { excluded: volume.excluded }),
  };
}

/** What the target has of it; of a backup there is none, and of a restore nothing is uploaded. */
function comparedVolume({
  treeSha256,
  transferredBytes,
  targetTreeSha256,
  different = [],
}: StoredVolume): Pick<VolumeResult, 'targetTree' | 'equal' | 'newBytes'> {
  if (targetTreeSha256 === undefined) return { newBytes: transferredBytes };
  return { targetTree: targetTreeSha256, equal: treeSha256 === targetTreeSha256 && different.length === 0 };
}

function identity(
  spec: SourceSpec,
  facts: ClusterFacts | undefined,
  profile: ClusterProfile | undefined
): ClusterIdentity {
  return {
    name: spec.name,
    server: spec.kubeconfig?.context ?? spec.kubeconfig?.path ?? '',
    version: facts?.gitVersion ?? '',
    uid: facts?.uid ?? '',
    platform: profile?.platform ?? facts?.platform ?? (spec.platform === 'detect' ? 'generic' : spec.platform),
  };
}

/** Informed of each volume by its paths: its trees are equal but for these. */
function excludedOfVolume({ namespace, name, ...volume }: StoredVolume): readonly Finding[] {
  const { excluded, excludedFirst = [], excludedList } = volume;
  if (excluded === 0) return [];
  const more = excluded > excludedFirst.length ? ` and ${excluded - excludedFirst.length} more` : '';
  const where = excludedList === undefined ? '' : `; listed in ${excludedList.key} of the Location`;
  const what = excluded === 1 ? '1 entry of the volume was' : `${excluded} entries of the volume were`;
  return [
    {
      code: 'VOLUME_ENTRIES_EXCLUDED',
      severity: 'warning',
      subject: `PersistentVolumeClaim ${namespace}/${name}`,
      message: `${what} not copied: ${excludedFirst.join(', ')}${more}${where}`,
      remedy: catalogue.VOLUME_ENTRIES_EXCLUDED.fix,
    },
  ];
}
