import { capturedOf, contextOf, planOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import type { StepSummary } from '../saga/journal.ts';
import type { ActionHandler, Compensate, Run } from '../saga/run.ts';
import { inWindow, throughAll } from '../saga/window.ts';
import { claimRanges } from '../volumes/claims.ts';
import { plannedOf } from '../volumes/found.ts';
import { commitPoint } from '../volumes/taking.ts';
import type { MigrateFound } from './found.ts';
import type { RunContext } from '../../src/core/run/context.ts';
import type { DesiredStateSummary, ApplyGroup } from '../../src/core/planning/contract.ts';
import type { ApplyResult } from '../../src/core/apply/contract.ts';

/** Batches at the same time: the cluster port bounds the requests, this bounds the memory. */
const batchesInParallel = 2;

/** From the recovery point to the last touch on what was applied; each apply group waits for what the next one needs. */
export const applyActions = {
  async commit(run, { stepId }) {
    await commitPoint(run, run.found.volumes, stepId);
  },

  async 'bind-claims'(run, { stepId }) {
    const context = contextOf(run);
    await inWindow(claimRanges(run), 2, (claims) => activities.bindVolumes({ context, claims, stepId }));
  },

  async apply(run, { item, stepId }) {
    const { context, applyGroup } = applyGroupOf(run, item);
    const results: ApplyResult[] = [];
    // Each counts as soon as it is there: a run that rolls back in the middle of an apply group says what it had done.
    run.found.applied[item] = results;
    await inWindow(applyGroup.batches, batchesInParallel, async (batch) => {
      results.push(await activities.applyBatch({ context, batch, stepId }));
    });
    return { summary: applySummary(results), short: failuresOf(results) > 0 };
  },

  async await(run, { item, stepId }) {
    const { context, applyGroup } = applyGroupOf(run, item);
    await activities.awaitApplyGroup({ context, batches: applyGroup.batches, stepId });
  },

  async settle(run, { item, stepId }) {
    const { context, applyGroup } = applyGroupOf(run, item);
    await inWindow(applyGroup.batches, batchesInParallel, (batch) =>
      activities.settleBatch({ context, batch, stepId })
    );
    return { summary: { counts: { objects: applyGroup.objects } } };
  },

  /** Asks about every object, also the claims that are bound. */
  async 'dry-run'(run, { stepId }) {
    const context = contextOf(run);
    const { plan, applyGroups } = planOf(run);
    const request = { context, capture: capturedOf(run).capture, plan, stepId };
    const { places, claims } = await activities.prepareDryRun(request);
    for (const [item, { settle, batches, claims: hasClaims }] of applyGroups.entries()) {
      // Late labels and owners are put on objects that are not there: nothing of them can be asked.
      if (settle) continue;
      const all = hasClaims && claims !== undefined ? [claims, ...batches] : batches;
      run.found.applied[item] = await inWindow(all, batchesInParallel, (batch) =>
        activities.dryRunBatch({ context, batch, places, stepId })
      );
    }
    const results = run.found.applied.flat();
    return { short: failuresOf(results) > 0 || notAskedOf(results) > 0 };
  },

  'remove-temporary-namespaces': removeTemporaryNamespaces,
} satisfies Record<string, ActionHandler<MigrateFound>>;

export const applyCompensations = {
  async 'remove-objects'(run, item) {
    const { context, applyGroup } = applyGroupOf(run, item);
    await throughAll([...applyGroup.batches].reverse(), 1, (batch) => activities.undoBatch({ context, batch }));
  },

  async 'unbind-claims'(run) {
    const context = contextOf(run);
    await throughAll(claimRanges(run), 2, (claims) => activities.unbindVolumes({ context, claims }));
  },

  'remove-temporary-namespaces': removeTemporaryNamespaces,
} satisfies Record<string, Compensate<MigrateFound>>;

async function removeTemporaryNamespaces(run: Run<MigrateFound>): Promise<void> {
  const remaining = await activities.removeDryRunNamespaces({ context: contextOf(run), stepId: 'apply' });
  for (const message of remaining) {
    const remedy = 'repair the APIService named, or delete it: the namespace is then removed automatically';
    const severity = 'warning';
    run.journal.emit({ type: 'finding', code: 'UNDO_INCOMPLETE', severity, subject: 'target', message, remedy });
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

/** What a dry run found out about the objects of a plan. */
export function dryRunSummary({ objects }: DesiredStateSummary, results: readonly ApplyResult[]): StepSummary {
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

function applyGroupOf(
  run: Run<MigrateFound>,
  item: number
): { readonly context: RunContext; readonly applyGroup: ApplyGroup } {
  return { context: contextOf(run), applyGroup: required(plannedOf(run).applyGroups[item], 'wave') };
}
