import { createAssessActivities } from './assess/create.ts';
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
import type { Activities } from './index.ts';
import type { Dependencies } from './lib/dependencies.ts';
import { endUsing } from './lib/keep-using.ts';
import { createSessions } from './lib/session.ts';
import * as telemetry from './lib/telemetry.ts';
import { prepareVolumes, removeNamespaces } from './own-namespace.ts';
import { planApply } from './plan.ts';
import { preflight } from './preflight.ts';
import { giveFieldsBack } from './give-fields-back.ts';
import { writeReport } from './report.ts';
import { settleBatch } from './settle.ts';
import { undoBatch } from './undo.ts';
import { verifyObjects } from './verify.ts';
import * as volumes from './volumes.ts';

/** Binds the activities to what they stand on. Own properties only: Temporal sees no prototypes. */
export function createActivities(dependencies: Dependencies): Activities {
  const sessions = createSessions(dependencies);
  const { run, visit, undo } = sessions;
  return {
    openRun: (request) => openRun(dependencies, request),
    expandWave: ({ spec }) => expandWave(dependencies, spec),
    readCalendar: ({ calendar, nowMs }) => Promise.resolve(readCalendar(calendar, nowMs)),
    preflight: ({ context, stepId, ...request }) =>
      run(context, stepId, (session, progress) => preflight(session, progress, request)),
    captureKinds: ({ context, stepId, batch }) =>
      run(context, stepId, (session, progress) => captureKinds(session, progress, batch)),
    captureDependencies: ({ context, stepId, ...request }) =>
      run(context, stepId, (session, progress) => captureDependencies(session, progress, request)),
    mergeCapture: ({ context, stepId, parts }) =>
      run(context, stepId, (session) => mergeCapture(session, parts)).then(telling(telemetry.scopeCaptured)),
    planApply: ({ context, stepId, ...request }) =>
      run(context, stepId, (session, progress) => planApply(session, progress, request)),
    makePlan: ({ context, stepId, request }) =>
      run(context, stepId, (session, progress) => makePlan(session, progress, request)),
    checkApproval: ({ context, stepId, approved }) =>
      run(context, stepId, (session, progress) => checkApproval(session, progress, approved)),
    checkPlan: ({ context, stepId, request }) =>
      run(context, stepId, (session, progress) => checkPlan(session, progress, request)),
    recordApproval: ({ context, stepId, asked }) =>
      visit(context, stepId, (session, progress) => recordApproval(session, progress, asked)),
    dryRunBatch: ({ context, stepId, ...request }) =>
      run(context, stepId, (session, progress) => dryRunBatch(session, progress, request)),
    prepareVolumes: ({ context, stepId, tolerations }) =>
      run(context, stepId, (session, progress) => prepareVolumes(session, progress, tolerations)),
    runHooks: ({ context, stepId, when }) =>
      run(context, stepId, (session, progress) => volumes.runHooks(session, progress, when)),
    snapshotClaims: ({ context, stepId, claims }) =>
      run(context, stepId, (session, progress) => volumes.snapshotClaims(session, progress, claims)),
    exposeClaim: ({ context, stepId, claim }) =>
      run(context, stepId, (session, progress) => volumes.exposeClaim(session, progress, claim)),
    uploadVolume: ({ context, stepId, claim }) =>
      run(context, stepId, (session, progress) => volumes.uploadVolume(session, progress, claim)).then(
        telling((volume) => telemetry.volumeMoved(volume, 'upload'))
      ),
    createTargetVolume: ({ context, stepId, claim }) =>
      run(context, stepId, (session, progress) => volumes.createTargetVolume(session, progress, claim)),
    downloadVolume: ({ context, stepId, claim, uploaded }) =>
      run(context, stepId, (session, progress) => volumes.downloadVolume(session, progress, claim, uploaded)).then(
        telling((volume) => telemetry.volumeMoved(volume, 'download'))
      ),
    commitRecoveryPoint: ({ context, stepId, ...request }) =>
      run(context, stepId, (session) => commitRecoveryPoint(session, request)),
    handOverVolumes: ({ context, stepId, ...request }) =>
      run(context, stepId, (session, progress) => handOverVolumes(session, progress, request)),
    applyBatch: ({ context, stepId, batch }) =>
      run(context, stepId, (session, progress) => applyBatch(session, progress, batch)).then(
        telling(telemetry.objectsApplied)
      ),
    awaitWave: ({ context, stepId, batches }) =>
      run(context, stepId, (session, progress) => awaitWave(session, progress, batches)),
    settleBatch: ({ context, stepId, batch }) =>
      run(context, stepId, (session, progress) => settleBatch(session, progress, batch)),
    giveFieldsBack: ({ context, stepId, batch }) =>
      run(context, stepId, (session, progress) => giveFieldsBack(session, progress, batch)),
    verifyObjects: ({ context, stepId, plan }) =>
      run(context, stepId, (session, progress) => verifyObjects(session, progress, plan)).then(
        telling(telemetry.objectsVerified)
      ),
    commitHandOvers: ({ context, claims }) =>
      run(context, 'finish', (session, progress) => commitHandOvers(session, progress, claims)),
    writeReport: ({ context, request }) =>
      visit(context, 'finish', async (session) => {
        const written = await writeReport(session, request);
        await endUsing(session.location, session.runId);
        return written;
      }).then(telling(() => telemetry.runEnded(request))),
    undoBatch: ({ context, batch }) => undo(context, (session, progress) => undoBatch(session, progress, batch)),
    undoHandOver: ({ context, claims }) =>
      undo(context, (session, progress) => undoHandOver(session, progress, claims)),
    removeSourceVolumes: ({ context, claims }) =>
      undo(context, (session, progress) => volumes.removeSourceVolumes(session, progress, claims)),
    removeTargetVolumes: ({ context, claims }) =>
      undo(context, (session, progress) => volumes.removeTargetVolumes(session, progress, claims)),
    removeNamespaces: ({ context }) => undo(context, removeNamespaces),
    ...createAssessActivities(dependencies, sessions),
    findRemains: ({ context, stepId }) => visit(context, stepId, findRemains),
    closeRun: ({ context }) => visit(context, 'finish', ({ location, runId }) => endUsing(location, runId)),
    sweepVolumes: ({ context }) => undo(context, sweepVolumes),
  };
}

/** Passes a result on after it was counted. */
function telling<T>(tell: (result: T) => void): (result: T) => T {
  return (result) => {
    tell(result);
    return result;
  };
}
