import { isOpenBlocker } from '../../src/core/assess/waivers.ts';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorCode, ErrorDetail } from '../../src/core/errors.ts';
import type { CheckedPlan, PlanReference, PreflightResult } from '../../src/core/migration/contract.ts';
import { incompleteError } from '../../src/core/migration/unseen-groups.ts';
import { activities } from '../lib/activities.ts';
import { toFailure } from '../lib/failures.ts';
import { capturedOf, contextOf, planOf, preflightOf, required } from './run.ts';
import type { DoDeed } from './deeds.ts';
import type { Run } from './run.ts';

/** Changes named in the error; the stored difference has all. */
const changesTold = 10;

/** The acts that may refuse to go on before anything has been touched. */
export const checkDeeds = {
  async 'open-run'(run) {
    const { input } = run;
    const spec = await activities.openRun({ input });
    run.context = { runId: input.runId, location: input.spec.location, spec };
    if (needsPlan(run)) {
      const what = `Migration ${input.spec.name} requires an approved plan, and the run was started without one`;
      throw toFailure(errorDetail('APPROVAL_MISSING', { what }));
    }
  },

  async 'check-clusters'(run, _item, stepId) {
    const preflight = await activities.preflight({ context: contextOf(run), stepId, today: todayOf(run) });
    run.found.preflight = preflight;
    const incomplete = incompleteError(preflight.unseen ?? []);
    return {
      ...refusal(run, preflight.findings, preflight.blockers),
      ...(incomplete === undefined ? {} : { incomplete }),
    };
  },

  async plan(run, _item, stepId) {
    const { capture } = capturedOf(run);
    const plan = await activities.planApply({ context: contextOf(run), capture, stepId, today: todayOf(run) });
    run.found.plan = plan;
    const { objects, changed, leftOut, claims, waves, appliers = 0 } = plan;
    const summary = { counts: { objects, changed, leftOut } };
    return {
      ...refusal(run, plan.findings, plan.blockers),
      learned: { claims, waves, ...(appliers === 0 ? {} : { appliers: true }) },
      summary,
    };
  },

  async 'check-approval'(run, _item, stepId) {
    await activities.checkApproval({ context: contextOf(run), approved: approvedOf(run), stepId });
  },

  async 'hold-to-plan'(run, _item, stepId) {
    const context = contextOf(run);
    const { plan, claims } = planOf(run);
    const approved = approvedOf(run);
    const request = {
      spec: context.spec,
      plan,
      capture: capturedOf(run).capture,
      preflight: preflightOf(run),
      claims,
      by: '',
      at: run.startedAt,
      approved,
    };
    const checked = await activities.checkPlan({ context, request, stepId });
    run.found.checked = checked;
    const summary = { counts: { changes: checked.changes.length } };
    return { summary, ...(checked.stale ? { blocked: staleError(approved.hash, checked) } : {}) };
  },
} satisfies Record<string, DoDeed>;

/** Whoever starts a run past the command is held to the file as well. */
function needsPlan({ input, isPlanning }: Run): boolean {
  const { approval, dryRun } = input.spec;
  return approval?.required === true && !dryRun && !isPlanning && input.plan === undefined;
}

/** Tells every finding; the first open blocker becomes the error of the run. */
function refusal(
  run: Run,
  findings: PreflightResult['findings'],
  blockers: number
): { readonly blocked?: ErrorDetail } {
  for (const finding of findings) run.journal.emit({ type: 'finding', ...finding });
  const worst = findings.find(isOpenBlocker);
  if (worst === undefined) return {};
  const others = blockers > 1 ? ` (and ${blockers - 1} more)` : '';
  const blocked = errorDetail(worst.code as ErrorCode, {
    what: `${worst.subject}: ${worst.message}${others}`,
    fix: worst.remedy,
    ...(worst.side === undefined ? {} : { side: worst.side }),
  });
  return { blocked };
}

/** The day the run began: what waivers are judged by, the same for every attempt. */
function todayOf({ startedAt }: Run): string {
  return startedAt.slice(0, 10);
}

function approvedOf(run: Run): PlanReference {
  return required(run.input.plan, 'approved plan');
}

/** The difference of the plans in a sentence; every change is stored with the run. */
function staleError(hash: string, { summary, changes }: CheckedPlan): ErrorDetail {
  const told = changes
    .slice(0, changesTold)
    .map(({ sign, subject, what }) => `${sign} ${subject}${what === '' ? '' : ` (${what})`}`);
  const more = changes.length > told.length ? [`and ${changes.length - told.length} more`] : [];
  return errorDetail('PLAN_STALE', {
    what: `plan ${hash.slice(0, 8)} no longer matches what the run would do: ${summary}`,
    why: [...told, ...more].join('; '),
  });
}
