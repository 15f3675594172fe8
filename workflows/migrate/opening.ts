import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import { incompleteError } from '../../src/core/capture/unseen-groups.ts';
import { nounOfRun } from '../../src/core/run/roles.ts';
import { captureActions } from '../opening/capture.ts';
import { capturedOf, contextOf, openContext, planOf, preflightOf, refusal, todayOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import { toFailure } from '../saga/failures.ts';
import type { ActionHandler } from '../saga/run.ts';
import { factsOf, type MigrateFound } from './found.ts';
import type { CheckedPlan } from '../../src/core/plan/contract.ts';

/** Changes named in the error; the stored difference has all. */
const changesNamed = 10;

/** The actions that may refuse to go on before anything has been touched. */
export const openingActions = {
  ...captureActions,

  async 'open-run'(run) {
    const { input } = run.found;
    const { name, approval, dryRun } = input.spec;
    run.found.context = await openContext({ input });
    // Whoever starts a run past the command is held to the file as well.
    if (approval?.required !== true || dryRun || input.plan !== undefined) return;
    const what = `${nounOfRun(input.spec)} ${name} requires an approved plan, and the run was started without one`;
    throw toFailure(errorDetail('APPROVAL_MISSING', { what }));
  },

  async 'check-approval'(run, { stepId }) {
    const approved = required(run.found.input.plan, 'approved plan');
    await activities.checkApproval({ context: contextOf(run), approved, stepId });
  },

  async 'check-clusters'(run, { stepId }) {
    const preflight = await activities.preflight({ context: contextOf(run), stepId, today: todayOf(run) });
    run.found.preflight = preflight;
    const incomplete = incompleteError(preflight.unseen ?? []);
    return { ...refusal(run, preflight), ...(incomplete === undefined ? {} : { incomplete }) };
  },

  async plan(run, { stepId }) {
    const { capture } = capturedOf(run);
    const plan = await activities.computeDesiredState({
      context: contextOf(run),
      capture,
      stepId,
      today: todayOf(run),
    });
    run.found.plan = plan;
    const { objects, changed, excluded } = plan;
    return { ...refusal(run, plan), facts: factsOf(run.found), summary: { counts: { objects, changed, excluded } } };
  },

  async 'hold-to-plan'(run, { stepId }) {
    const context = contextOf(run);
    const { plan } = planOf(run);
    const approved = required(run.found.input.plan, 'approved plan');
    const { capture } = capturedOf(run);
    const compared = { spec: context.spec, plan, capture, preflight: preflightOf(run) };
    const request = { ...compared, by: '', at: run.startedAt, approved };
    const checked = await activities.checkPlan({ context, request, stepId });
    run.found.checked = checked;
    const summary = { counts: { changes: checked.changes.length } };
    return { summary, ...(checked.stale ? { blocked: staleError(approved.hash, checked) } : {}) };
  },
} satisfies Record<string, ActionHandler<MigrateFound>>;

/** The difference of the plans in a sentence; every change is stored with the run. */
function staleError(hash: string, { summary, changes }: CheckedPlan): ErrorDetail {
  const named = changes
    .slice(0, changesNamed)
    .map(({ sign, subject, what }) => `${sign} ${subject}${what === '' ? '' : ` (${what})`}`);
  const more = changes.length > named.length ? [`and ${changes.length - named.length} more`] : [];
  return errorDetail('PLAN_STALE', {
    what: `plan ${hash.slice(0, 8)} no longer matches what the run would do: ${summary}`,
    why: [...named, ...more].join('; '),
  });
}
