import { workflowInfo } from '@temporalio/workflow';
import { limits } from '../../src/core/limits.ts';

/** The history is so long that the run should continue as new; `eventsMax` where a run is to do so earlier. */
export function isLong(eventsMax: number = limits.workflowEvents): boolean {
  const { historyLength, historySize, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength > eventsMax || historySize > limits.workflowBytes;
}
