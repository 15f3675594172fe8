import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, executeChild, isCancellation, metricMeter } from '@temporalio/workflow';
import type { ProtectedOutcome, ScheduledBackupInput } from '../../src/core/protection/policy.ts';
import { backup } from '../backup/backup.ts';
import { prune } from '../prune/prune.ts';
import { toErrorDetail } from '../saga/failures.ts';
import { newRunId } from '../saga/run-id.ts';

type Pruned = Extract<ProtectedOutcome, { readonly pruned: unknown }>['pruned'];

/** How long a deletion mark stands before the data of the point is removed. */
const graceMs = 3_600_000;

/**
 * One start of a tier: an ordinary backup with an id of its own, then the prune of its tier. Nothing is pruned unless the
 * backup was whole. Fails only when it is cancelled: a schedule goes on whatever became of one start.
 */
export async function protectOnSchedule(input: ScheduledBackupInput): Promise<ProtectedOutcome> {
  const outcome = await protect(input);
  measure(input, outcome);
  return outcome;
}

async function protect(input: ScheduledBackupInput): Promise<ProtectedOutcome> {
  const { backup: spec } = input;
  const runId = newRunId(spec.name);
  try {
    const { exitCode, objects, bytes } = await executeChild(backup, {
      workflowId: `backup/${spec.name}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [{ runId, spec }],
      memo: { run: runId, name: spec.name },
      staticSummary: spec.source.name,
      // It removes its own traces; ending it with its starter would leave them.
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    const made = { run: runId, exitCode, objects, bytes };
    if (exitCode !== 0) return { ...made, pruned: { skipped: `the backup ended with exit code ${exitCode}` } };
    return { ...made, pruned: await pruneTier(input) };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { skipped: 'another backup was in progress' };
    if (isCancellation(error)) throw error;
    const { code, what } = toErrorDetail(error);
    return { run: runId, failed: `${code}: ${what}` };
  }
}

/** The recovery point is there, whatever becomes of older ones. */
async function pruneTier({ policy, tier, backup: { location }, asked }: ScheduledBackupInput): Promise<Pruned> {
  const runId = newRunId(location.name);
  const { name, retention, timeZone } = tier;
  try {
    const { exitCode } = await executeChild(prune, {
      workflowId: `prune/${location.name}`,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      args: [
        { runId, location, asked, graceMs, wish: { by: 'tier', tier: { policy, tier: name, retention, timeZone } } },
      ],
      memo: { run: runId, name: location.name },
      staticSummary: `recovery points of ${location.name}`,
      parentClosePolicy: ParentClosePolicy.ABANDON,
    });
    return { run: runId, exitCode };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError)
      return { skipped: 'other recovery points of the Location were being deleted; the next start prunes' };
    if (isCancellation(error)) throw error;
    const { code, what } = toErrorDetail(error);
    return { skipped: `${runId} failed: ${code}: ${what}` };
  }
}

/** What alert rules go by (deploy/protection/alerts.yaml); recorded once, whatever is replayed. */
function measure({ policy, tier }: ScheduledBackupInput, outcome: ProtectedOutcome): void {
  const isWhole = 'exitCode' in outcome && outcome.exitCode === 0;
  const result = 'skipped' in outcome ? 'skipped' : 'failed' in outcome ? 'failed' : isWhole ? 'whole' : 'partial';
  const tags = { policy, tier: tier.name };
  metricMeter.createCounter('landfall_protection_backups').add(1, { ...tags, result });
  if (!('exitCode' in outcome)) return;
  metricMeter.createGauge('landfall_protection_objects').set(outcome.objects, tags);
  metricMeter.createGauge('landfall_protection_volume_bytes').set(outcome.bytes, tags);
  if (isWhole)
    metricMeter.createGauge('landfall_protection_last_whole_seconds').set(Math.floor(Date.now() / 1000), tags);
}
