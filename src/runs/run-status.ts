import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { CancelledFailure, WorkflowNotFoundError } from '@temporalio/common';

/** An execution of a workflow: its id and the id of its run in Temporal. */
type ExecutionIds = readonly [workflowId: string, runId: string];

/**
 * The status of a run as people see it. Temporal calls an execution cancelled when the cancel came in its last history; a
 * run that was cancelled in an earlier one, and has undone everything since, closes as failed there.
 */
export async function runStatus(client: Client, status: string, ids: ExecutionIds): Promise<string> {
  if (status !== 'failed') return status;
  try {
    await client.workflow.getHandle(...ids, { followRuns: false }).result();
  } catch (error) {
    if (error instanceof WorkflowFailedError) return error.cause instanceof CancelledFailure ? 'cancelled' : status;
    // Removed by the retention of Temporal since it was listed: what the list said of it is all there is.
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  return status;
}
