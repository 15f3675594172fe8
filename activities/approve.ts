import { provenList } from '../src/archive/proven-list.ts';
import { loadJson } from '../src/archive/run-objects.ts';
import { readContent, storeContent } from '../src/archive/stored.ts';
import { parsePlan } from '../src/config/plan-file/read.ts';
import { isLandfallError, LandfallError } from '../src/core/errors.ts';
import { isOpenBlocker } from '../src/core/findings/waivers.ts';
import { mayApprove } from '../src/core/plan/approval.ts';
import type { ApprovalRecord } from '../src/core/plan/approval.ts';
import { canonicalJson } from '../src/core/plan/canonical-plan.ts';
import type { Plan } from '../src/core/plan/plan.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { ApprovalAnswer, ApprovalAsked } from '../src/core/plan/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';

/**
 * Keeps what somebody says about a plan, bound to its hash. Throws PLAN_INVALID when the run made another plan and
 * APPROVAL_REFUSED when this person may not approve it. The time is the workflow's, so that a repeat is the same record.
 */
export async function recordApproval(
  session: Session<never>,
  progress: Progress,
  asked: ApprovalAsked
): Promise<ApprovalAnswer> {
  const { signal } = progress;
  const plan = await readPlanOf(session, asked.file, signal);
  if (plan.hash !== asked.planHash) {
    throw new LandfallError('PLAN_INVALID', {
      what: `run ${plan.made.run} made the plan ${plan.hash}, not ${asked.planHash}`,
      fix: `review the plan again; its hash is in the file, and in the output of: landfall plan show ${plan.made.run}`,
    });
  }
  const { content, made } = plan;
  const blockers = content.findings.filter(isOpenBlocker).length;
  const request = { policy: content.approval, author: made.by, planHash: plan.hash, blockers };
  const refusal = mayApprove(request, asked.by, asked.decision);
  if (refusal !== undefined) {
    const { code, what, why, fix } = refusal;
    throw new LandfallError(code, { what, fix, ...(why === undefined ? {} : { why }) });
  }
  const record: ApprovalRecord = {
    schema: 'landfall.dev/approval/v1',
    planHash: plan.hash,
    run: made.run,
    gate: 'stage',
    decision: asked.decision,
    by: asked.by,
    ...(asked.observed === undefined ? {} : { observed: asked.observed }),
    author: made.by,
    atMs: asked.atMs,
    expiresAtMs: asked.atMs + content.approval.expiresAfterMs,
    comment: asked.comment,
    shown: {
      totals: content.totals,
      blockers,
      losses: content.losses.reduce((sum, { count }) => sum + count, 0),
    },
  };
  const text = canonicalJson(record);
  const keyOf = (sha256: string): string => `${approvalsPrefix(made.run)}${sha256}.json`;
  await storeContent(session.location, { keyOf, bytes: Buffer.from(`${text}\n`) }, { signal });
  return {
    by: record.by,
    decision: record.decision,
    planHash: plan.hash,
    expiresAtMs: record.expiresAtMs,
    totals: content.totals,
  };
}

/** Everything that was said about the plans of a run. */
export async function readApprovals(
  session: Session<never>,
  run: string,
  signal: AbortSignal
): Promise<ApprovalRecord[]> {
  const records: ApprovalRecord[] = [];
  for (const { key, sizeBytes } of await provenList(session.location, approvalsPrefix(run), { signal })) {
    const sha256 = /([0-9a-f]{64})\.json$/u.exec(key)?.[1] ?? '';
    try {
      records.push(await loadJson<ApprovalRecord>(session.location, { key, sha256, sizeBytes }, { signal }));
    } catch (error) {
      // Named by content: a record that was changed by hand is none.
      if (!isLandfallError(error, 'STORED_OBJECT_CORRUPT')) throw error;
    }
  }
  return records.sort((a, b) => a.atMs - b.atMs);
}

/** The plan file of a run as it was stored: verified by its reference and by its own hash. */
export async function readPlanOf(session: Session<never>, file: StoredRef, signal: AbortSignal): Promise<Plan> {
  const bytes = await readContent(session.location, file, { signal });
  return parsePlan(Buffer.from(bytes).toString('utf8'), file.key);
}

function approvalsPrefix(run: string): string {
  return `runs/${run}/approvals/`;
}
