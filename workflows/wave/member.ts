import { CancellationScope, ParentClosePolicy, executeChild, isCancellation } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import type { MigrationSpec } from '../../src/core/spec/spec.ts';
import { endedItem, memberSpec } from '../../src/core/wave/wave.ts';
import type { WaveItem, WaveState } from '../../src/core/wave/wave.ts';
import { toErrorDetail } from '../lib/failures.ts';
import { newRunId } from '../lib/run-id.ts';
import { migrate } from '../migrate/migrate.ts';
import type { WaveRun } from './run.ts';
import { itemDone, itemFailed, itemStarted, itemStopped } from './tell.ts';

/**
 * Moves one namespace as a run of its own: `landfall status`, `report` and `cancel` know it by its id. Never throws:
 * how it ended is in its item. A cancel of the wave reaches the child and is waited for, so that it can undo.
 */
export async function runMember(run: WaveRun, index: number): Promise<void> {
  const { spec } = run.input;
  const { migration, namespace, attempts } = run.items[index] as WaveItem;
  const child = memberSpec(spec.migrations[migration] as MigrationSpec, spec.name, namespace);
  const runId = newRunId(child.name);
  put(run, index, { state: 'running', run: runId, startedMs: Date.now(), attempts: attempts + 1, code: '' });
  itemStarted(run, index);
  try {
    const { outcome } = await executeChild(migrate, {
      workflowId: `migration/${child.name}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [{ runId, spec: child }],
      memo: { run: runId, name: child.name, wave: run.input.runId },
      staticSummary: `${child.source.name} -> ${child.target.name}`,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    end(run, index, outcome === 'partial' ? 'partial' : 'done');
    itemDone(run, index);
  } catch (error) {
    const detail = errorOf(error, child.name);
    const cancelled = isCancellation(error);
    end(run, index, cancelled ? 'cancelled' : 'failed', detail);
    if (cancelled && CancellationScope.current().consideredCancelled) itemStopped(run, index);
    else itemFailed(run, index, detail);
  }
}

function errorOf(error: unknown, name: string): ErrorDetail {
  if (!(error instanceof WorkflowExecutionAlreadyStartedError)) return toErrorDetail(error);
  return errorDetail('RUN_NAME_IN_USE', { what: `a migration named ${name} is already going on` });
}

function put(run: WaveRun, index: number, change: Partial<WaveItem>): void {
  run.items = run.items.with(index, { ...(run.items[index] as WaveItem), ...change });
}

function end(run: WaveRun, index: number, state: WaveState, error?: ErrorDetail): void {
  const item = run.items[index] as WaveItem;
  const ended = { state, endedMs: Date.now(), ...(error === undefined ? {} : { error }) };
  run.items = run.items.with(index, endedItem(item, ended));
}
