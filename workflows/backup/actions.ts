import { incompleteError } from '../../src/core/capture/unseen-groups.ts';
import { missingCopies } from '../../src/core/retention/copies.ts';
import type { BackupAction } from '../../src/saga/tables/backup.ts';
import { captureActions } from '../opening/capture.ts';
import { capturedOf, contextOf, openContext, refusal, todayOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import { toErrorDetail } from '../saga/failures.ts';
import type { ActionHandler } from '../saga/run.ts';
import { commitPoint, takingActions, uploadClaim } from '../volumes/taking.ts';
import { factsOf, volumesOf, type BackupFound } from './found.ts';

/** What a backup does: it looks, captures, takes the data of the claims, and commits. */
export const backupActions: Readonly<Record<BackupAction, ActionHandler<BackupFound>>> = {
  ...captureActions,
  ...takingActions,

  async 'open-run'(run) {
    run.found.context = await openContext({ input: run.found.input });
  },

  async 'check-clusters'(run, { stepId }) {
    const preflight = await activities.preflightSource({ context: contextOf(run), stepId, today: todayOf(run) });
    run.found.preflight = preflight;
    const incomplete = incompleteError(preflight.unseen ?? []);
    return { ...refusal(run, preflight), ...(incomplete === undefined ? {} : { incomplete }) };
  },

  async 'plan-claims'(run, { stepId }) {
    const { capture } = capturedOf(run);
    const plan = await activities.planClaims({ context: contextOf(run), capture, today: todayOf(run), stepId });
    run.found.plan = plan;
    return { ...refusal(run, plan), facts: factsOf(run.found), summary: { counts: { claims: plan.claims.length } } };
  },

  async upload(run, { item, stepId }) {
    const { files, sizeBytes, transferredBytes } = await uploadClaim(run, item, stepId);
    run.found.takenBytes += sizeBytes;
    run.found.newBytes += transferredBytes;
    return { summary: { counts: { files, bytes: sizeBytes, transferredBytes } } };
  },

  async commit(run, { stepId }) {
    await commitPoint(run, volumesOf(run.found), stepId);
  },

  async 'check-copies'(run, { stepId }) {
    const { findings } = await activities.checkCopies({ context: contextOf(run), stepId });
    for (const finding of findings) run.journal.emit({ type: 'finding', ...finding });
  },

  /** A Location that does not take its copy keeps nobody else from taking his: what is missing is counted at the end. */
  async 'copy-point'(run, { item, stepId }) {
    const asked = required(run.found.input.spec.copies?.to[item], 'copy');
    const named = { location: asked.location.name, ...(asked.group === undefined ? {} : { group: asked.group }) };
    try {
      const { objects, bytes, copiedBytes } = await activities.copyPoint({
        context: contextOf(run),
        copy: item,
        stepId,
      });
      run.found.copies[item] = { ...named, state: 'verified', objects, bytes, copiedBytes };
      return { summary: { counts: { objects, bytes, copiedBytes } } };
    } catch (error) {
      const problem = toErrorDetail(error);
      run.found.copies[item] = { ...named, state: 'failed', objects: 0, bytes: 0, copiedBytes: 0, problem };
      const subject = `copy in Location ${asked.location.name}`;
      const { code, what: message, fix: remedy } = problem;
      run.journal.emit({ type: 'finding', ...{ severity: 'warning', code, subject, message, remedy } });
      return { summary: { counts: {}, note: `not copied: ${message}` } };
    }
  },

  'judge-copies'(run) {
    const { copies } = run.found.input.spec;
    const missing = copies === undefined ? undefined : missingCopies(copies, Object.values(run.found.copies));
    return Promise.resolve(missing === undefined ? {} : { incomplete: missing });
  },
};
