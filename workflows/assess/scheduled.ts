import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, executeChild, isCancellation } from '@temporalio/workflow';
import type { ScheduledAssessInput, ScheduledOutcome } from '../../src/assess/contract.ts';
import { toErrorDetail } from '../saga/failures.ts';
import { newRunId } from '../saga/run-id.ts';
import { assess } from './assess.ts';

/**
 * One start of a schedule: an assessment with an id of its own, under the name every other one of the migration has, so
 * that all commands know it. Fails only when it is cancelled: a schedule goes on whatever became of one assessment.
 */
export async function assessOnSchedule(input: ScheduledAssessInput): Promise<ScheduledOutcome> {
  const { name, source, target } = input.spec;
  const runId = newRunId(name);
  try {
    const { exitCode, verdict, counts } = await executeChild(assess, {
      workflowId: `assessment/${name}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [{ ...input, runId }],
      memo: { run: runId, name },
      staticSummary: `${source.name} -> ${target.name}`,
      // It removes its own traces; ending it with its starter would leave them.
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return { run: runId, exitCode, verdict, counts };
  } catch (error) {
    // One that somebody started by hand does what this one would do.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { skipped: 'another assessment was in progress' };
    if (isCancellation(error)) throw error;
    const { code, what } = toErrorDetail(error);
    return { run: runId, failed: `${code}: ${what}` };
  }
}
