import type { WorkflowHandle } from '@temporalio/client';
import { LandfallError, type LandfallErrorOptions } from '../core/errors.ts';
import { rolesOf } from '../core/run/roles.ts';
import { runTaskQueue, sitesOf } from '../core/run/sites.ts';
import type { RunClient } from './run-client.ts';
import { inputOf } from './run-input.ts';
import { requireWorkers } from './site-workers.ts';
import type { RunInput } from '../core/run/context.ts';
import type { CleanupInput } from '../core/undo/contract.ts';

/**
 * Starts removing what a run has left, or finds that going on. Throws RUN_NOT_FOUND, and RUN_NAME_IN_USE while the run
 * itself goes on.
 */
export async function startCleanup(
  runs: RunClient,
  run: string
): Promise<{ readonly handle: WorkflowHandle; readonly runId: string }> {
  const { handle, runId } = await runs.find(run);
  const { type, status, closeTime } = await handle.describe();
  if (!isCleanedUp(type)) {
    throw new LandfallError('RUN_NOT_FOUND', type === 'wave' ? wave(runId) : withoutRemains(runId));
  }
  if (status.name === 'RUNNING') {
    throw new LandfallError('RUN_NAME_IN_USE', {
      what: `run ${runId} is in progress`,
      fix: `stop it with \`landfall cancel ${runId}\`: that undoes what the run did`,
    });
  }
  const input: CleanupInput = {
    kind: type,
    run: await inputOf<RunInput>(runs.client, handle, runId),
    endedAt: (closeTime ?? new Date()).toISOString(),
    // What a migration that ended well has moved is in use by now.
    keepApplication: status.name === 'COMPLETED',
  };
  await requireWorkers(runs.siteWorkers, sitesOf(rolesOf(input.run.spec)));
  const started = await runs.client.workflow.start('cleanup', {
    workflowId: `cleanup/${runId}`,
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    taskQueue: runTaskQueue,
    args: [input],
    memo: { run: runId, name: input.run.spec.name },
    staticSummary: `what ${runId} left behind`,
  });
  return { handle: started, runId };
}

function wave(runId: string): LandfallErrorOptions {
  return {
    what: `${runId} is a wave: it changes nothing itself`,
    fix: 'give the id of one of its runs: landfall status lists them',
  };
}

/** A run that deletes or verifies recovery points: no row of its table has a compensation. */
function withoutRemains(runId: string): LandfallErrorOptions {
  return {
    what: `run ${runId} works on recovery points and has nothing to clean up`,
    fix: 'start the same command again: a deletion continues where it was stopped',
  };
}

function isCleanedUp(type: string): type is CleanupInput['kind'] {
  return type === 'migrate' || type === 'backup' || type === 'restore' || type === 'plan' || type === 'assess';
}
