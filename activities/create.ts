import { activityRows, type ActivityRow } from '../src/saga/activity-rows.ts';
import type { ReportRequest, RunContext, WrittenReport } from '../src/core/migration/contract.ts';
import { assessBodies } from './assess/create.ts';
import { openRun } from './open-run.ts';
import { recordApproval } from './approve.ts';
import { awaitWave } from './await-wave.ts';
import { applyBatch } from './apply.ts';
import { captureKinds } from './capture.ts';
import { findRemains, sweepVolumes } from './cleanup.ts';
import { captureDependencies, mergeCapture } from './capture-dependencies.ts';
import { commitRecoveryPoint } from './commit.ts';
import { readCalendar } from '../src/core/wave/calendar.ts';
import { expandWave } from './expand-wave.ts';
import { dryRunBatch } from './dry-run.ts';
import { checkApproval, checkPlan } from './check-plan.ts';
import { makePlan } from './make-plan.ts';
import { commitHandOvers, handOverVolumes, undoHandOver } from './hand-over.ts';
import type { ActivityName, Bodies } from './bodies.ts';
import type { Activities } from './index.ts';
import type { Dependencies } from './lib/dependencies.ts';
import { endUsing } from './lib/keep-using.ts';
import { createSessions, type OpenSession, type Session } from './lib/session.ts';
import * as telemetry from './lib/telemetry.ts';
import { prepareVolumes, removeNamespaces } from './own-namespace.ts';
import { planApply } from './plan.ts';
import { preflight } from './preflight.ts';
import { keepEvents } from './keep-events.ts';
import { giveFieldsBack } from './give-fields-back.ts';
import { writeReport } from './report.ts';
import { settleBatch } from './settle.ts';
import { undoBatch } from './undo.ts';
import { verifyObjects } from './verify.ts';
import * as volumes from './volumes.ts';

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
  const { opens } = row;
  if (opens === 'nothing') return (request) => body(request);
  const isCompensation = row.class === 'compensation';
  return (request) => {
    const { context, stepId = isCompensation ? 'undo' : 'finish' } = request;
    return open({ context, stepId, opens, isCompensation }, (opened, progress) => body(opened, progress, request));
  };
}

function bodiesOf(dependencies: Dependencies): Bodies {
  return {
    openRun: (request) => openRun(dependencies, request),
    expandWave: ({ spec }) => expandWave(dependencies, spec),
    readCalendar: ({ calendar, nowMs }) => Promise.resolve(readCalendar(calendar, nowMs)),
    preflight,
    captureKinds: (session, progress, { batch }) => captureKinds(session, progress, batch),
    captureDependencies,
    mergeCapture: (session, _, { parts }) => counted(mergeCapture(session, parts), telemetry.scopeCaptured),
    planApply,
    makePlan: (session, progress, { request }) => makePlan(session, progress, request),
    checkApproval: (session, progress, { approved }) => checkApproval(session, progress, approved),
    checkPlan: (session, progress, { request }) => checkPlan(session, progress, request),
    recordApproval: (session, progress, { asked }) => recordApproval(session, progress, asked),
    dryRunBatch,
    prepareVolumes: (session, progress, { tolerations }) => prepareVolumes(session, progress, tolerations),
    runHooks: (session, progress, { when }) => volumes.runHooks(session, progress, when),
    snapshotClaims: (session, progress, { claims }) => volumes.snapshotClaims(session, progress, claims),
    exposeClaim: (session, progress, { claim }) => volumes.exposeClaim(session, progress, claim),
    uploadVolume: (session, progress, { claim }) =>
      counted(volumes.uploadVolume(session, progress, claim), (moved) => telemetry.volumeMoved(moved, 'upload')),
    createTargetVolume: (session, progress, { claim }) => volumes.createTargetVolume(session, progress, claim),
    downloadVolume: (session, progress, { claim, uploaded }) =>
      counted(volumes.downloadVolume(session, progress, claim, uploaded), (moved) =>
        telemetry.volumeMoved(moved, 'download')
      ),
    commitRecoveryPoint: (session, _, request) => commitRecoveryPoint(session, request),
    handOverVolumes,
    applyBatch: (session, progress, { batch }) =>
      counted(applyBatch(session, progress, batch), telemetry.objectsApplied),
    awaitWave: (session, progress, { batches }) => awaitWave(session, progress, batches),
    settleBatch: (session, progress, { batch }) => settleBatch(session, progress, batch),
    giveFieldsBack: (session, progress, { batch }) => giveFieldsBack(session, progress, batch),
    verifyObjects: (session, progress, { plan }) =>
      counted(verifyObjects(session, progress, plan), telemetry.objectsVerified),
    commitHandOvers: (session, progress, { claims }) => commitHandOvers(session, progress, claims),
    ...assessBodies(dependencies),
    findRemains,
    keepEvents,
    writeReport: (session, _, { request }) =>
      counted(endWithReport(session, request), () => telemetry.runEnded(request)),
    thawSource: (session, progress) => volumes.runHooks(session, progress, 'post'),
    undoBatch: (session, progress, { batch }) => undoBatch(session, progress, batch),
    undoHandOver: (session, progress, { claims }) => undoHandOver(session, progress, claims),
    removeSourceVolumes: (session, progress, { claims }) => volumes.removeSourceVolumes(session, progress, claims),
    removeTargetVolumes: (session, progress, { claims }) => volumes.removeTargetVolumes(session, progress, claims),
    removeNamespaces,
    sweepVolumes,
    closeRun: ({ location, runId }) => endUsing(location, runId),
  };
}

async function endWithReport(session: Session, request: ReportRequest): Promise<WrittenReport> {
  const written = await writeReport(session, request);
  await endUsing(session.location, session.runId);
  return written;
}

/** Passes a result on after it was counted. */
async function counted<T>(making: Promise<T>, count: (result: T) => void): Promise<T> {
  const result = await making;
  count(result);
  return result;
}
