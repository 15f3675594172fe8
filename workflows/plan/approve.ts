import { workflowInfo } from '@temporalio/workflow';
import { sitesOf } from '../../src/core/run/sites.ts';
import { activitiesAt } from '../saga/activities.ts';
import { toErrorDetail, toFailure } from '../saga/failures.ts';
import type { ApprovalAnswer, ApproveInput } from '../../src/core/plan/contract.ts';

/**
 * Keeps what somebody says about a plan. A workflow, so that the history holds who said what when, and a worker near
 * the Location writes it. Closes as Failed with the code when this person may not, or the plan is another.
 */
export async function approve({ context, ...asked }: ApproveInput): Promise<ApprovalAnswer> {
  const atMs = workflowInfo().startTime.getTime();
  try {
    return await activitiesAt(sitesOf({ location: context.location })).recordApproval({
      context,
      asked: { ...asked, atMs },
      stepId: 'approve',
    });
  } catch (error) {
    throw toFailure(toErrorDetail(error));
  }
}
