import { uuid4 } from '@temporalio/workflow';
import { runIdOf } from '../../src/core/identity/run-id.ts';

/** The id of a run that a workflow starts: its random bits are those of the workflow, the same in every replay. */
export function newRunId(name: string): string {
  return runIdOf(name, uuid4());
}
