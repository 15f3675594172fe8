import { WorkflowFailedError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';

/** An execution of a workflow: its id and the id of its run in Temporal. */
type ExecutionIds = readonly [workflowId: string, runId: string];

/**
 * The status of a run as people see it. Temporal calls an execution cancelled when the cancel came in its last history; a
 * run that was cancelled in an earlier one, and has undone everything since, closes as failed there.
 */
export async function runStatus(client: Client, status: string, ids: ExecutionIds): Promise<string> {
  if (status !== 'failed') return status;
  const ended: unknown = await client.workflow
    .getHandle(...ids, { followRuns: false })
    .result()
    .catch((error: unknown) => error);
  return ended instanceof WorkflowFailedError && ended.cause instanceof CancelledFailure ? 'cancelled' : status;
}
