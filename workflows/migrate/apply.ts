import type { ApplyResult, MigrationPlan, RunContext, WavePlan } from '../../src/core/migration/contract.ts';
import { effects, undos } from '../lib/activities.ts';
import type { StepSummary } from '../lib/journal.ts';
import { stepInfo } from '../lib/journal.ts';
import { chunks, inWindow } from '../lib/window.ts';
import { runPhase, runStep } from './run.ts';
import type { Run } from './run.ts';

/** Batches at the same time: the cluster port bounds the requests, this bounds the memory. */
const batchesInParallel = 2;
const claimsPerBatch = 20;

/** Applies the plan wave by wave; each wave waits for what the next one needs. */
export async function applyPlan(run: Run, context: RunContext, plan: MigrationPlan): Promise<void> {
  await runPhase(
    run,
    'apply',
    'apply to the target',
    async () => {
      for (const wave of plan.waves)
        await (wave.settle ? settle(run, context, wave) : applyWave(run, context, plan, wave));
    },
    () => applySummary(run.found.applied)
  );
}

async function applyWave(run: Run, context: RunContext, plan: MigrationPlan, wave: WavePlan): Promise<void> {
  const stepId = `apply/${wave.name}`;
  await runStep(run, {
    info: stepInfo('apply', wave.name, stepId),
    undo: {
      title: `remove what wave ${wave.name} made on the target (${wave.objects} objects)`,
      undo: () => undoWave(context, plan, wave),
    },
    body: async () => {
      if (wave.claims && plan.claims.length > 0) await handOver(context, plan, stepId);
      const results = await inWindow(wave.batches, batchesInParallel, (batch) =>
        effects.applyBatch({ context, batch, stepId })
      );
      await effects.awaitWave({ context, batches: wave.batches, stepId });
      run.found.applied.push(...results);
      return results;
    },
    summary: applySummary,
  });
}

/** Only objects this run made are touched, and those go with their waves: nothing of its own to undo. */
async function settle(run: Run, context: RunContext, wave: WavePlan): Promise<void> {
  const stepId = `apply/${wave.name}`;
  await runStep(run, {
    info: stepInfo('apply', 'owners and late labels', stepId),
    body: () => inWindow(wave.batches, batchesInParallel, (batch) => effects.settleBatch({ context, batch, stepId })),
    summary: () => ({ counts: { objects: wave.objects } }),
  });
}

/** The filled volumes become the application's claims before anything that mounts them is made. */
async function handOver(context: RunContext, plan: MigrationPlan, stepId: string): Promise<void> {
  await inWindow(chunks(plan.claims, claimsPerBatch), 2, (claims) =>
    effects.handOverVolumes({ context, plan: plan.plan, claims, stepId })
  );
}

async function undoWave(context: RunContext, plan: MigrationPlan, wave: WavePlan): Promise<void> {
  for (const batch of [...wave.batches].reverse()) await undos.undoBatch({ context, batch });
  if (wave.claims && plan.claims.length > 0) {
    await inWindow(chunks(plan.claims, claimsPerBatch), 2, (claims) => undos.undoHandOver({ context, claims }));
  }
}

function applySummary(results: readonly ApplyResult[]): StepSummary {
  const sum = (field: 'applied' | 'existing' | 'updated' | 'failed') =>
    results.reduce((count, result) => count + result[field], 0);
  return {
    counts: {
      applied: sum('applied'),
      existing: sum('existing'),
      updated: sum('updated'),
      failed: sum('failed'),
    },
  };
}
