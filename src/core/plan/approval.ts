import { errorDetail } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import type { ApprovalSpec } from '../spec/spec.ts';

/** Who somebody was where the approval was typed, as the system says it: not what they claim with `--by`. */
export interface ObservedUser {
  /** The user of the operating system. */
  readonly user: string;
  readonly host: string;
}

/** What somebody said about a plan: stored, never changed, bound to the hash. */
export interface ApprovalRecord {
  readonly schema: 'landfall.dev/approval/v1';
  readonly planHash: string;
  /** The run that made the plan. */
  readonly run: string;
  readonly gate: 'stage';
  readonly decision: 'approved' | 'refused';
  /** As claimed. */
  readonly by: string;
  /** As seen; absent in records of versions that did not look. */
  readonly observed?: ObservedUser;
  /** Who made the plan. */
  readonly author: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly expiresAtMs: number;
  readonly comment: string;
  /** What was shown with it. */
  readonly shown: {
    readonly totals: Readonly<Record<string, number>>;
    readonly blockers: number;
    readonly losses: number;
  };
}

export interface ApprovalRequest {
  readonly policy: ApprovalSpec;
  readonly author: string;
  readonly planHash: string;
  readonly blockers: number;
}

/** Who approved, in words: as claimed, and as seen where that is known. */
export function approverText({ by, observed }: Pick<ApprovalRecord, 'by' | 'observed'>): string {
  return observed === undefined ? by : `${by} (user ${observed.user} on host ${observed.host})`;
}

/** Two spellings of one person are one person. */
function samePerson(left: string, right: string): boolean {
  return personOf(left) === personOf(right);
}

function personOf(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

/** Why somebody may not approve a plan; undefined when they may. A refusal is open to everybody on the list. */
export function mayApprove(
  request: ApprovalRequest,
  by: string,
  decision: ApprovalRecord['decision']
): ErrorDetail | undefined {
  const { policy, author, planHash } = request;
  const short = planHash.slice(0, 8);
  if (personOf(by) === '')
    return errorDetail('APPROVAL_REFUSED', { what: 'no approver is given', fix: 'name the approver with --by' });
  if (policy.approvers.length > 0 && !policy.approvers.some((name) => samePerson(name, by))) {
    return errorDetail('APPROVAL_REFUSED', {
      what: `${by} may not approve plan ${short}`,
      why: `spec.approval.approvers names ${policy.approvers.join(', ')}`,
      fix: 'ask one of them to approve it',
    });
  }
  if (decision === 'refused') return undefined;
  if (policy.fourEyes && samePerson(author, by)) {
    return errorDetail('APPROVAL_REFUSED', {
      what: `${by} made plan ${short} and may not approve it`,
      why: 'spec.approval.fourEyes is true',
      fix: 'ask somebody else to approve it',
    });
  }
  if (request.blockers > 0) {
    return errorDetail('APPROVAL_REFUSED', {
      what: `plan ${short} has open blockers: ${request.blockers}`,
      why: 'the run would stop before changing anything',
      fix: 'resolve them and plan again',
    });
  }
  return undefined;
}

/** Whether a plan may begin: no refusal, and where the policy asks for it an approval that counts and still holds. */
export function judgeApprovals(
  request: ApprovalRequest,
  records: readonly ApprovalRecord[],
  nowMs: number
): { readonly approvals: readonly ApprovalRecord[]; readonly error?: ErrorDetail } {
  const { policy, planHash } = request;
  const short = planHash.slice(0, 8);
  const own = records.filter((record) => record.planHash === planHash);
  const refusal = own.find(({ decision }) => decision === 'refused');
  if (refusal !== undefined) {
    const what = `${approverText(refusal)} refused plan ${short}`;
    const why = refusal.comment === '' ? {} : { why: refusal.comment };
    return {
      approvals: [],
      error: errorDetail('APPROVAL_REFUSED', { what, ...why, fix: 'plan again and have the new plan approved' }),
    };
  }
  const given = own.filter(
    ({ decision, by }) => decision === 'approved' && mayApprove(request, by, 'approved') === undefined
  );
  const valid = given.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
  if (!policy.required || valid.length > 0) return { approvals: valid };
  const [expired] = given;
  return {
    approvals: [],
    error: errorDetail('APPROVAL_MISSING', {
      what:
        expired === undefined
          ? `nobody has approved plan ${short}`
          : `the approval of plan ${short} by ${approverText(expired)} has expired`,
      why: policy.fourEyes
        ? 'the file requires the approval of somebody other than the author of the plan'
        : 'the file requires an approval',
    }),
  };
}
