import { activityRows, type ActivityRow } from '../src/saga/activity-rows.ts';
import { loadJson } from '../src/archive/run-objects.ts';
import { joinTolerations } from '../src/core/volumes/mover-pods.ts';
import { assessBodies } from './assess/create.ts';
import { pointsBodies } from './points/create.ts';
import { openRun } from './open-run.ts';
import { recordApproval } from './approve.ts';
import { awaitApplyGroup } from './await-apply-group.ts';
import { applyBatch } from './apply.ts';
import { captureKinds } from './capture.ts';
import { findRemains, sweepVolumes } from './cleanup.ts';
import { captureDependencies, mergeCapture } from './capture-dependencies.ts';
import { commitRecoveryPoint } from './commit.ts';
import { lockedAfter } from './lock-committed.ts';
import { readCalendar } from '../src/core/wave/calendar.ts';
import { expandWave } from './expand-wave.ts';
import { dryRunBatch } from './dry-run.ts';
import { checkApproval, checkPlan } from './check-plan.ts';
import { makePlan } from './make-plan.ts';
import { releaseVolumes, bindVolumes, unbindVolumes } from './bind-volumes.ts';
import type { ActivityName, Bodies } from './bodies.ts';
import type { Activities } from './index.ts';
import type { Dependencies } from './runtime/dependencies.ts';
import { endUsing, usesOf } from './runtime/keep-using.ts';
import { createPlannedClaims } from '../src/services/volumes/planned-claims.ts';
import { createSessions, type OpenSession } from './runtime/session.ts';
import { storeVolume } from '../src/services/volumes/stored-volumes.ts';
import * as telemetry from './runtime/telemetry.ts';
import { prepareVolumes, removeNamespaces } from './own-namespace.ts';
import { computeDesiredState } from './compute-desired-state.ts';
import { openPoint, volumeOfPoint } from './open-point.ts';
import { preflightTarget } from './preflight-target.ts';
import { planClaims } from './plan-claims.ts';
import { preflight } from './preflight.ts';
import { preflightSource } from './preflight-source.ts';
import { keepEvents } from './keep-events.ts';
import { giveFieldsBack } from './give-fields-back.ts';
import { writeReport } from './report.ts';
import { settleBatch } from './settle.ts';
import { undoBatch } from './undo.ts';
import { verifyObjects } from './verify.ts';
import * as volumes from './volumes.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { RunContext } from '../src/core/run/context.ts';
import type { ClaimPlace, ClaimMove, ClaimRange, UploadedVolume } from '../src/core/volumes/contract.ts';
import type { ReportRequest, WrittenReport } from '../src/core/run/report-request.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

/** Binds the activities to what they stand on. Own properties only: Temporal sees no prototypes. */
export function createActivities(dependencies: Dependencies): Activities {
  const bodies = bodiesOf(dependencies);
  const open = createSessions(dependencies);
  const names = Object.keys(activityRows) as ActivityName[];
  return Object.fromEntries(
    names.map((name) => [name, wrap(name, bodies[name] as AnyBody, open)])
  ) as unknown as Activities;
}

type AnyBody = (...parts: readonly unknown[]) => Promise<unknown>;
type AnyRequest = { readonly context: RunContext; readonly stepId?: string };

function wrap(name: ActivityName, body: AnyBody, open: OpenSession): (request: AnyRequest) => Promise<unknown> {
  const row: ActivityRow = activityRows[name];
  const { opens, roles, optional = [] } = row;
  if (opens === 'nothing') return (request) => body(request);
  const isCompensation = row.class === 'compensation';
  return (request) => {
    const { context, stepId = isCompensation ? 'undo' : 'finish' } = request;
    return open({ context, stepId, opens, roles, optional, isCompensation }, (opened, progress) =>
      body(opened, progress, request)
    );
  };
}

/** What is done to claims, once they are read from the plan. */
type ClaimsBody<S, Claims, T> = (session: S, progress: Progress, claims: Claims) => Promise<T>;

/** What looks before a run does anything. */
const lookingBodies = { preflight, preflightSource, preflightTarget, openPoint };

function bodiesOf(dependencies: Dependencies): Bodies {
  const planned = createPlannedClaims();
  const withClaims =
    <S extends Session<never>, T>(body: ClaimsBody<S, readonly ClaimMove[], T>) =>
    async (session: S, progress: Progress, { claims }: { readonly claims: ClaimRange }): Promise<T> =>
      body(session, progress, await planned.range(session.location, claims, { signal: progress.signal }));
  const withClaim =
    <S extends Session<never>, T>(body: ClaimsBody<S, ClaimMove, T>) =>
    async (session: S, progress: Progress, { claim }: { readonly claim: ClaimPlace }): Promise<T> =>
      body(session, progress, await planned.one(session.location, claim, { signal: progress.signal }));
  return {
    openRun: (request) => openRun(dependencies, request),
    expandWave: ({ spec }) => expandWave(dependencies, spec),
    readCalendar: ({ calendar, nowMs }) => Promise.resolve(readCalendar(calendar, nowMs)),
    ...lookingBodies,
    captureKinds: (session, progress, { batch }) => captureKinds(session, progress, batch),
    captureDependencies,
    mergeCapture: (session, _, { parts }) => counted(mergeCapture(session, parts), telemetry.scopeCaptured),
    computeDesiredState,
    planClaims,
    makePlan: (session, progress, { request }) => makePlan(session, progress, request),
    checkApproval: (session, progress, { approved }) => checkApproval(session, progress, approved),
    checkPlan: (session, progress, { request }) => checkPlan(session, progress, request),
    recordApproval: (session, progress, { asked }) => recordApproval(session, progress, asked),
    dryRunBatch,
    async prepareVolumes(session, progress, { plan }) {
      const { moves } = await planned.ofPlan(session.location, plan, { signal: progress.signal });
      const lists = moves.map(({ placement }) => placement?.source?.tolerations ?? []);
      await prepareVolumes(session, progress, joinTolerations(lists));
    },
    runHooks: (session, progress, { when }) => volumes.runHooks(session, progress, when),
    snapshotClaims: withClaims(volumes.snapshotClaims),
    exposeClaim: withClaim(volumes.exposeClaim),
    uploadVolume: withClaim(async (session, progress, claim) => {
      const moving = volumes.uploadVolume(session, progress, claim);
      const uploaded = await counted(moving, (moved) => telemetry.volumeMoved(moved, 'upload'));
      return storeVolume(session, uploaded, { signal: progress.signal });
    }),
    createTargetVolume: withClaim(volumes.createTargetVolume),
    async downloadVolume(session, progress, { claim: place, uploaded: ref }) {
      const claim = await planned.one(session.location, place, { signal: progress.signal });
      const uploaded = await uploadedOf(session, { ref, claim }, progress.signal);
      const moving = volumes.downloadVolume(session, progress, { claim, uploaded });
      const arrived = await counted(moving, (moved) => telemetry.volumeMoved(moved, 'download'));
      return storeVolume(session, arrived, { signal: progress.signal });
    },
    async commitRecoveryPoint(session, progress, request) {
      const { moves } = await planned.ofPlan(session.location, request.plan, { signal: progress.signal });
      return lockedAfter(session, progress, commitRecoveryPoint(session, request, moves));
    },
    async bindVolumes(session, progress, { claims: range }) {
      const claims = await planned.range(session.location, range, { signal: progress.signal });
      const { claims: entries } = await planned.ofPlan(session.location, range.plan, { signal: progress.signal });
      await bindVolumes(session, progress, { claims, entries });
    },
    applyBatch: (session, progress, { batch }) =>
      counted(applyBatch(session, progress, batch), telemetry.objectsApplied),
    awaitApplyGroup: (session, progress, { batches }) => awaitApplyGroup(session, progress, batches),
    settleBatch: (session, progress, { batch }) => settleBatch(session, progress, batch),
    giveFieldsBack: (session, progress, { batch }) => giveFieldsBack(session, progress, batch),
    verifyObjects: (session, progress, { plan }) =>
      counted(verifyObjects(session, progress, plan), telemetry.objectsVerified),
    releaseVolumes: withClaims(releaseVolumes),
    ...assessBodies(dependencies),
    ...pointsBodies(dependencies),
    findRemains,
    keepEvents,
    writeReport: (session, _, { request }) =>
      counted(endWithReport(session, request), () => telemetry.runEnded(request)),
    thawSource: (session, progress) => volumes.runHooks(session, progress, 'post'),
    undoBatch: (session, progress, { batch }) => undoBatch(session, progress, batch),
    unbindVolumes: withClaims(unbindVolumes),
    removeSourceVolumes: withClaims(volumes.removeSourceVolumes),
    removeTargetVolumes: withClaims(volumes.removeTargetVolumes),
    removeNamespaces,
    sweepVolumes,
    closeRun: (session) => endUsing(session.location, usesOf(session)),
  };
}

/** What a claim is filled with: what this run has uploaded, or what the recovery point of the run holds. */
function uploadedOf(
  session: Session<never>,
  { ref, claim }: { readonly ref: StoredRef | undefined; readonly claim: ClaimMove },
  signal: AbortSignal
): Promise<UploadedVolume> {
  if (ref === undefined) return volumeOfPoint(session, claim, signal);
  return loadJson<UploadedVolume>(session.location, ref, { signal });
}

async function endWithReport(session: Session<never>, request: ReportRequest): Promise<WrittenReport> {
  const written = await writeReport(session, request);
  await endUsing(session.location, usesOf(session));
  return written;
}

/** Passes a result on after it was counted. */
async function counted<T>(making: Promise<T>, count: (result: T) => void): Promise<T> {
  const result = await making;
  count(result);
  return result;
}
