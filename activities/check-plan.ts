import { LandfallError } from '../src/core/errors.ts';
import { isOpenBlocker } from '../src/core/findings/waivers.ts';
import { judgeApprovals } from '../src/core/plan/approval.ts';
import { diffPlans, diffText } from '../src/core/plan/diff-plans.ts';
import type { PlanDiff } from '../src/core/plan/diff-plans.ts';
import type { Plan } from '../src/core/plan/plan.ts';
import { loadJson, loadLines, runFolder, storeJson } from '../src/archive/run-objects.ts';
import type { DesiredObject } from '../src/core/planning/desired-object.ts';
import type { DesiredState } from '../src/core/planning/desired-state.ts';
import { describeRef, objectKey } from '../src/core/resource.ts';
import { reportExamplesMax } from '../src/core/run/report.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { readApprovals, readPlanOf } from './approve.ts';
import { planFile } from './make-plan.ts';
import { createNamed, readNamed, sha256Of } from '../src/archive/stored.ts';
import type { PlanReference } from '../src/core/run/context.ts';
import type { CheckedPlan, PlanFileRequest } from '../src/core/plan/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

/** Differences that travel in the history; the stored diff has all of them. */
const changesMax = 40;

/**
 * Holds a run to an approved plan, before its first write: makes the plan of this run and compares it. Gives the
 * approvals it begins by, or throws APPROVAL_MISSING, APPROVAL_REFUSED or PLAN_SPENT. Another plan is no error here:
 * the answer says how they differ, and the workflow stops. Marks the plan as used, once everything fits. Idempotent.
 */
export async function checkPlan(
  session: Session<'target'>,
  progress: Progress,
  request: PlanFileRequest & { readonly approved: PlanReference }
): Promise<CheckedPlan> {
  const { approved } = request;
  const { signal } = progress;
  const plan = await readApproved(session, approved, signal);
  const approvals = await standingApprovals(session, plan, signal);
  const now = await planFile(session, progress, request);
  if (now.hash !== plan.hash) return staleOf(session, { before: plan, now }, signal);
  await spend(session, approved, signal);
  return {
    hash: plan.hash,
    stale: false,
    summary: '',
    changes: [],
    approvals: approvals.map(({ by, observed, atMs }) => ({
      by,
      ...(observed === undefined ? {} : { observed }),
      at: new Date(atMs).toISOString(),
    })),
    drifted: await driftedSince(session, { before: plan.made.plan, now: request.plan }, signal),
    plan: approved,
  };
}

/** The same, before anything is read of a cluster: what can be refused at once is refused at once. */
export async function checkApproval(
  session: Session<never>,
  progress: Progress,
  approved: PlanReference
): Promise<void> {
  const { signal } = progress;
  const plan = await readApproved(session, approved, signal);
  await standingApprovals(session, plan, signal);
  const user = await usedBy(session, approved, signal);
  if (user !== undefined && user !== session.runId) throw spentError(approved, user);
}

async function readApproved(session: Session<never>, approved: PlanReference, signal: AbortSignal): Promise<Plan> {
  const plan = await readPlanOf(session, approved.file, signal);
  if (plan.hash === approved.hash && plan.made.run === approved.run) return plan;
  throw new LandfallError('PLAN_INVALID', {
    what: `the Location has plan ${plan.hash.slice(0, 8)} of run ${plan.made.run}, but the file is plan ${approved.hash.slice(0, 8)} of run ${approved.run}`,
  });
}

async function standingApprovals(session: Session<never>, plan: Plan, signal: AbortSignal) {
  const records = await readApprovals(session, plan.made.run, signal);
  const blockers = plan.content.findings.filter(isOpenBlocker).length;
  // What the file of this run asks for counts as well: it may have been made stricter since.
  const policy = session.spec.approval?.required === true ? session.spec.approval : plan.content.approval;
  const request = { policy, author: plan.made.by, planHash: plan.hash, blockers };
  const { approvals, error } = judgeApprovals(request, records, Date.now());
  if (error !== undefined)
    throw new LandfallError(
      error.code,
      error.why === undefined
        ? { what: error.what, fix: error.fix }
        : { what: error.what, why: error.why, fix: error.fix }
    );
  return approvals;
}

/** What was approved, and the same of this run. */
interface Compared<T> {
  readonly before: T;
  readonly now: T;
}

async function staleOf(
  session: Session<never>,
  { before, now }: Compared<Plan>,
  signal: AbortSignal
): Promise<CheckedPlan> {
  const diff: PlanDiff = diffPlans(before.content, now.content);
  await storeJson(runFolder(session, 'plan-diff'), diff, { signal });
  return {
    hash: now.hash,
    stale: true,
    summary: diffText(diff),
    changes: diff.changes.slice(0, changesMax),
    approvals: [],
    drifted: { count: 0, examples: [] },
  };
}

/** Objects of which something moved that may move: every use of an allowance is reported. */
async function driftedSince(
  session: Session<never>,
  { before, now }: Compared<StoredRef>,
  signal: AbortSignal
): Promise<CheckedPlan['drifted']> {
  const old = new Map<string, string>();
  for await (const { ref, digest } of driftingEntries(session, before, signal)) old.set(objectKey(ref), digest);
  let count = 0;
  const examples: string[] = [];
  for await (const { ref, digest } of driftingEntries(session, now, signal)) {
    if (old.get(objectKey(ref)) === digest) continue;
    count += 1;
    if (examples.length < reportExamplesMax) examples.push(describeRef(ref));
  }
  return { count, examples };
}

async function* driftingEntries(
  session: Session<never>,
  ref: StoredRef,
  signal: AbortSignal
): AsyncGenerator<DesiredObject> {
  const {
    applyGroups,
    claims,
    autoscaled = [],
  } = await loadJson<DesiredState<DesiredObject>>(session.location, ref, { signal });
  const scaled = new Set(autoscaled);
  const counts = ({ ref: object, drift }: DesiredObject): boolean =>
    drift !== undefined && (drift.allow !== 'replicas' || scaled.has(objectKey(object)));
  yield* claims.filter(counts);
  for (const { batches, settle } of applyGroups) {
    if (settle) continue;
    for (const batch of batches) {
      for await (const entry of loadLines<DesiredObject>(session.location, batch, { signal }))
        if (counts(entry)) yield entry;
    }
  }
}

/** The first run that comes this far has the plan; it may come again. */
async function spend(session: Session<never>, approved: PlanReference, signal: AbortSignal): Promise<void> {
  const bytes = Buffer.from(`${session.runId}\n`);
  await createNamed(session.location, { key: usedKey(approved), bytes }, { signal });
  const user = await usedBy(session, approved, signal);
  if (user !== session.runId) throw spentError(approved, user ?? '');
}

async function usedBy(
  session: Session<never>,
  approved: PlanReference,
  signal: AbortSignal
): Promise<string | undefined> {
  if ((await session.location.head(usedKey(approved), { signal })) === undefined) return undefined;
  return Buffer.from(await readNamed(session.location, usedKey(approved), { signal }))
    .toString('utf8')
    .trim();
}

function usedKey({ run, hash }: PlanReference): string {
  return `runs/${run}/plan-used/${sha256Of(hash)}`;
}

function spentError({ hash }: PlanReference, user: string): LandfallError {
  return new LandfallError('PLAN_SPENT', { what: `plan ${hash.slice(0, 8)} was already used by run ${user}` });
}
