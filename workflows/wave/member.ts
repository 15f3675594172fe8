import { CancellationScope, ParentClosePolicy, executeChild, isCancellation } from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { errorDetail } from '../../src/core/errors.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import { exitCodeOf } from '../../src/core/run/exit-code.ts';
import type { MigrationSpec } from '../../src/core/spec/spec.ts';
import { endedItem, memberSpec } from '../../src/core/wave/wave.ts';
import type { ItemEnd, WaveItem } from '../../src/core/wave/wave.ts';
import { endingOf, toErrorDetail } from '../saga/failures.ts';
import type { StoredEnding } from '../saga/failures.ts';
import { newRunId } from '../saga/run-id.ts';
import { migrate } from '../migrate/migrate.ts';
import { plan } from '../plan/plan.ts';
import type { WaveRun } from './run.ts';
import { itemDone, itemFailed, itemStarted, itemStopped } from './events.ts';

/**
 * Moves one namespace, or plans it, as a run of its own: `landfall status`, `report` and `cancel` know it by its id. Never
 * throws: how it ended is in its item. A cancel of the wave reaches the child and is waited for, so that it can undo.
 */
export async function runMember(run: WaveRun, index: number): Promise<void> {
  const { spec } = run.input;
  const { migration, namespace, attempts } = run.items[index] as WaveItem;
  const child = memberSpec(spec.migrations[migration] as MigrationSpec, spec.name, namespace);
  const runId = newRunId(child.name);
  put(run, index, { state: 'running', run: runId, startedMs: Date.now(), attempts: attempts + 1, code: '' });
  itemStarted(run, index);
  try {
    const { outcome, exitCode } = await runChild(run, runId, child);
    end(run, index, { state: outcome === 'succeeded' ? 'done' : 'partial', exitCode });
    itemDone(run, index);
  } catch (error) {
    const detail = errorOf(error, child.name);
    const cancelled = isCancellation(error);
    const outcome = cancelled ? 'cancelled' : 'failed';
    const exitCode = endingOf(error)?.exitCode ?? exitCodeOf({ outcome, error: detail });
    end(run, index, { state: outcome, exitCode, error: detail });
    if (cancelled && CancellationScope.current().consideredCancelled) itemStopped(run, index);
    else itemFailed(run, index, detail);
  }
}

function runChild({ input }: WaveRun, runId: string, spec: MigrationSpec): Promise<StoredEnding> {
  const options = {
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    memo: { run: runId, name: spec.name, wave: input.runId },
    staticSummary: `${spec.source.name} -> ${spec.target.name}`,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  } as const;
  if (input.plan !== undefined) {
    const { by } = input.plan;
    return executeChild(plan, { ...options, workflowId: `plan/${spec.name}`, args: [{ runId, spec, by }] });
  }
  const held = input.plans?.[spec.name];
  return executeChild(migrate, {
    ...options,
    workflowId: `migration/${spec.name}`,
    args: [{ runId, spec, ...(held === undefined ? {} : { plan: held }) }],
  });
}

function errorOf(error: unknown, name: string): ErrorDetail {
  if (!(error instanceof WorkflowExecutionAlreadyStartedError)) return toErrorDetail(error);
  return errorDetail('RUN_NAME_IN_USE', { what: `a migration named ${name} is already in progress` });
}

function put(run: WaveRun, index: number, change: Partial<WaveItem>): void {
  run.items = run.items.with(index, { ...(run.items[index] as WaveItem), ...change });
}

function end(run: WaveRun, index: number, how: Omit<ItemEnd, 'endedMs'>): void {
  const item = run.items[index] as WaveItem;
  run.items = run.items.with(index, endedItem(item, { ...how, endedMs: Date.now() }));
}
