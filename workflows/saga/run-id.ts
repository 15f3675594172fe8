import { patched, uuid4 } from '@temporalio/workflow';
import { runIdOf, shortRunIdOf } from '../../src/core/identity/run-id.ts';

/** The id of a run that a workflow starts. One that began before ids were long goes on with those its runs have. */
export function newRunId(name: string): string {
  const uuid = uuid4();
  return patched('long-run-ids') ? runIdOf(name, uuid) : shortRunIdOf(name, uuid);
}
