import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../activities/create.ts';
import type { Activities } from '../../activities/index.ts';
import type { MigrationSpec } from '../../src/core/spec/spec.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { createDependencies } from '../../worker/dependencies.ts';
import { ownFiles } from '../../worker/policy/own-files.ts';
import { inParallel } from './bare-api.ts';
import type { TaskResult } from './contestant.ts';
import { measure } from './measure.ts';
import type { RunContext } from '../../src/core/run/context.ts';
import type { PreflightResult } from '../../src/core/preflight/contract.ts';
import type { DesiredStateSummary } from '../../src/core/planning/contract.ts';

/** Windows of the workflow (workflows/migrate/capture.ts and apply.ts): the same activities side by side. */
const kindsPerBatch = 12;
const batchesInParallel = 2;

export interface LandfallTasks {
  /** Captures the scope of a specification as a run does; what was stored is the only result. */
  capture(spec: MigrationSpec): Promise<TaskResult>;
  /** Captures and plans; not what is measured. */
  prepareApply(spec: MigrationSpec): Promise<TaskResult>;
  /** Applies what was planned under this name, group by group with the waits between them. */
  apply(name: string): Promise<TaskResult>;
}

interface Planned {
  readonly context: RunContext;
  readonly plan: DesiredStateSummary;
}

/** The activities themselves, in the order of the workflow and without Temporal: what a step costs, and nothing else. */
export function openLandfallTasks(): LandfallTasks {
  const activities = createActivities(createDependencies(ownFiles()));
  const plans = new Map<string, Planned>();
  const effect = async <K extends keyof Activities>(
    name: K,
    ...args: Parameters<Activities[K]>
  ): Promise<Awaited<ReturnType<Activities[K]>>> => {
    const activity = activities[name] as (...given: unknown[]) => Promise<unknown>;
    const given: unknown[] = args;
    const result: unknown = await new MockActivityEnvironment().run(activity, ...given);
    return result as Awaited<ReturnType<Activities[K]>>;
  };

  async function open(spec: MigrationSpec): Promise<{ context: RunContext; preflight: PreflightResult }> {
    const input = { runId: spec.name, spec };
    const context = { runId: spec.name, location: spec.location, spec: await effect('openRun', { input }) };
    return { context, preflight: await effect('preflight', { context, stepId: 'preflight' }) };
  }

  async function captureScope(context: RunContext, preflight: PreflightResult) {
    const stepId = 'capture';
    const starts: number[] = [];
    for (let from = 0; from < preflight.kindCount; from += kindsPerBatch) starts.push(from);
    const parts: StoredRef[] = [];
    await inParallel(starts, batchesInParallel, async (from) => {
      const to = Math.min(preflight.kindCount, from + kindsPerBatch);
      const { part } = await effect('captureKinds', { context, stepId, batch: { kinds: preflight.kinds, from, to } });
      parts.push(part);
    });
    const shared = await effect('captureDependencies', { context, stepId, parts, kinds: preflight.kinds });
    return effect('mergeCapture', { context, stepId, parts: [...parts, shared.part] });
  }

  return {
    async capture(spec) {
      const { context, preflight } = await open(spec);
      return measure(async () => {
        const captured = await captureScope(context, preflight);
        return { objects: captured.objects, bytes: captured.storedBytes };
      });
    },
    async prepareApply(spec) {
      const { context, preflight } = await open(spec);
      return measure(async () => {
        const { capture } = await captureScope(context, preflight);
        const plan = await effect('computeDesiredState', { context, stepId: 'plan', capture });
        plans.set(spec.name, { context, plan });
        return { objects: plan.objects };
      });
    },
    async apply(name) {
      const planned = plans.get(name);
      if (planned === undefined) throw new Error(`${name} was not prepared`);
      plans.delete(name);
      const { context, plan } = planned;
      return measure(async () => {
        let objects = 0;
        for (const { batches, settle, name: stepId } of plan.applyGroups) {
          await inParallel(batches, batchesInParallel, async (batch) => {
            if (settle) await effect('settleBatch', { context, stepId, batch });
            else {
              const { applied } = await effect('applyBatch', { context, stepId, batch });
              objects += applied;
            }
          });
          if (!settle) await effect('awaitApplyGroup', { context, stepId, batches });
        }
        return { objects };
      });
    },
  };
}
