import { CancellationScope, patched, workflowInfo } from '@temporalio/workflow';
import type { ApplyResult, MigrationPlan, RunContext, WavePlan } from '../../src/core/migration/contract.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { activities } from '../lib/activities.ts';
import type { StepSummary } from '../lib/journal.ts';
import { chunks, inWindow, throughAll } from '../lib/window.ts';
import type { DoDeed, DoUndo } from './deeds.ts';
import { capturedOf, contextOf, planOf, preflightOf, required } from './run.ts';
import type { Run } from './run.ts';

/** Batches at the same time: the cluster port bounds the requests, this bounds the memory. */
const batchesInParallel = 2;
const claimsPerBatch = 20;

/** From the recovery point to the last touch on what was applied; each wave waits for what the next one needs. */
export const applyDeeds = {
  async commit(run, _item, stepId) {
    run.found.recoveryPoint = await activities.commitRecoveryPoint({
      context: contextOf(run),
      capture: capturedOf(run).capture,
      claims: planOf(run).claims,
      volumes: run.found.volumes,
      createdAt: workflowInfo().startTime.toISOString(),
      preflight: preflightOf(run),
      stepId,
    });
  },

  async 'hand-over'(run, _item, stepId) {
    const context = contextOf(run);
    const { plan, claims } = planOf(run);
    await inWindow(chunks(claims, claimsPerBatch), 2, (batch) =>
      activities.handOverVolumes({ context, plan, claims: batch, stepId })
    );
  },

  async apply(run, item, stepId) {
    const { context, wave } = waveOf(run, item);
    const results: ApplyResult[] = [];
    // Each counts as soon as it is there: a run that turns back in the middle of a wave says what it had done.
    run.applied[item] = results;
    await inWindow(wave.batches, batchesInParallel, async (batch) => {
      results.push(await activities.applyBatch({ context, batch, stepId }));
    });
    return { summary: applySummary(results), short: failuresOf(results) > 0 };
  },

  async await(run, item, stepId) {
    const { context, wave } = waveOf(run, item);
    await activities.awaitWave({ context, batches: wave.batches, stepId });
  },

  async settle(run, item, stepId) {
    const { context, wave } = waveOf(run, item);
    await inWindow(wave.batches, batchesInParallel, (batch) => activities.settleBatch({ context, batch, stepId }));
    return { summary: { counts: { objects: wave.objects } } };
  },

  async rehearse(run, item, stepId) {
    if (!patched('dry-run-asks-about-everything')) await rehearseWave(run, item);
    // Temporary namespaces stand for all waves, so the first act asks about all of them.
    else if (item === 0) await rehearseAll(run, stepId);
    const results = run.applied[item] ?? [];
    return { short: failuresOf(results) > 0 || notAskedOf(results) > 0 };
  },
} satisfies Record<string, DoDeed>;

export const applyUndos = {
  async 'remove-objects'(run, item) {
    const { context, wave } = waveOf(run, item);
    await throughAll([...wave.batches].reverse(), 1, (batch) => activities.undoBatch({ context, batch }));
  },

  async 'undo-hand-over'(run) {
    const context = contextOf(run);
    await throughAll(chunks(planOf(run).claims, claimsPerBatch), 2, (claims) =>
      activities.undoHandOver({ context, claims })
    );
  },
} satisfies Record<string, DoUndo>;

async function rehearseWave(run: Run, item: number): Promise<void> {
  const { context, wave } = waveOf(run, item);
  const results: ApplyResult[] = [];
  for (const batch of wave.batches) {
    results.push(await activities.dryRunBatch({ context, batch, stepId: `apply/${wave.name}` }));
  }
  run.applied[item] = results;
}

/** Asks about every object, also the claims that are handed over; the temporary namespaces go whatever happens. */
async function rehearseAll(run: Run, stepId: string): Promise<void> {
  const context = contextOf(run);
  const { plan, waves } = planOf(run);
  try {
    const request = { context, capture: capturedOf(run).capture, plan, stepId };
    const { places, claims } = await activities.prepareDryRun(request);
    const ask = (batch: StoredRef) => activities.dryRunBatch({ context, batch, places, stepId });
    for (const [item, { settle, batches, claims: hasClaims }] of waves.entries()) {
      // Late labels and owners are put on objects that are not there: nothing of them can be asked.
      if (settle) continue;
      const all = hasClaims && claims !== undefined ? [claims, ...batches] : batches;
      run.applied[item] = await inWindow(all, batchesInParallel, ask);
    }
  } finally {
    const left = await CancellationScope.nonCancellable(() => activities.removeDryRunNamespaces({ context, stepId }));
    for (const message of left ?? []) {
      const remedy = 'repair the APIService named, or delete it: the namespace is then removed automatically';
      const severity = 'warning';
      run.journal.emit({ type: 'finding', code: 'UNDO_LEFT', severity, subject: 'target', message, remedy });
    }
  }
}

/** What was applied, as a step or the phase says it: `applied` counts what was written, `updated` those of it that were there before. */
export function applySummary(results: readonly ApplyResult[]): StepSummary {
  const sum = (field: 'applied' | 'existing' | 'updated' | 'failed') =>
    results.reduce((count, result) => count + result[field], 0);
  return {
    counts: {
      applied: sum('applied') + sum('updated'),
      existing: sum('existing'),
      updated: sum('updated'),
      failed: sum('failed'),
    },
  };
}

/** What a dry run was told about the objects of a plan. */
export function rehearsalSummary({ objects }: MigrationPlan, results: readonly ApplyResult[]): StepSummary {
  const [refused, notAsked] = [failuresOf(results), notAskedOf(results)];
  const asked = results.reduce((sum, { applied, existing, updated }) => sum + applied + existing + updated, 0);
  return { counts: { objects, accepted: asked - notAsked, refused, notAsked } };
}

function failuresOf(results: readonly ApplyResult[]): number {
  return results.reduce((sum, { failed }) => sum + failed, 0);
}

function notAskedOf(results: readonly ApplyResult[]): number {
  return results.reduce((sum, { notAsked = 0 }) => sum + notAsked, 0);
}

function waveOf(run: Run, item: number): { readonly context: RunContext; readonly wave: WavePlan } {
  return { context: contextOf(run), wave: required(planOf(run).waves[item], 'wave') };
}
