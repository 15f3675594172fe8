import type { WorkflowHandle } from '@temporalio/client';
import { readContent } from '../archive/stored.ts';
import { loadJson } from '../archive/run-objects.ts';
import { parsePlan } from '../config/plan-file/read.ts';
import { LandfallError } from '../core/errors.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { AppliedSpec } from '../core/spec/spec.ts';
import { openLocation } from '../locations/open-location.ts';
import type { RunClient } from './run-client.ts';
import type { PlanReference, RunContext } from '../core/run/context.ts';
import type { MadePlan } from '../core/plan/contract.ts';

interface DesiredStateOf {
  readonly plan: MadePlan;
  readonly context: RunContext;
}

/** The plan a planning run has made, and its file as it was stored. */
export interface ReadPlan extends DesiredStateOf {
  readonly text: string;
  readonly file: Plan;
}

/** What a planning run has made; undefined while there is none, and of runs that do not plan. */
export async function madePlanOf(handle: WorkflowHandle): Promise<DesiredStateOf | undefined> {
  return handle.query<DesiredStateOf | undefined, []>('plan');
}

/** Reads the plan of a planning run out of its location. Throws LOCATION_* where this machine cannot read it. */
export async function readPlanOf(handle: WorkflowHandle): Promise<ReadPlan | undefined> {
  const made = await madePlanOf(handle);
  if (made === undefined) return undefined;
  const location = await openLocation(made.context.location);
  try {
    const text = Buffer.from(await readContent(location, made.plan.file)).toString('utf8');
    return { ...made, text, file: parsePlan(text, made.plan.file.key) };
  } finally {
    await location.close();
  }
}

/** The specification a plan was made from, as its run stored it. */
export async function readSpecOf({ made }: Plan): Promise<AppliedSpec> {
  const location = await openLocation(made.location);
  try {
    return await loadJson<AppliedSpec>(location, made.spec);
  } finally {
    await location.close();
  }
}

/**
 * The stored file of a plan: what the worker compares with, whatever the file here says. Throws PLAN_INVALID where the run it
 * names has made another one.
 */
export async function locatePlan(runs: RunClient, plan: Pick<Plan, 'hash' | 'made'>): Promise<PlanReference> {
  const { hash, made } = plan;
  const { handle, kind } = await runs.find(made.run);
  const stored = kind === 'plan' ? await madePlanOf(handle) : undefined;
  if (stored?.plan.hash === hash) return { run: made.run, hash, file: stored.plan.file };
  throw new LandfallError('PLAN_INVALID', {
    what: `run ${made.run} has not made the plan ${hash.slice(0, 8)}`,
    why: stored === undefined ? 'it made none' : `it made ${stored.plan.hash.slice(0, 8)}`,
  });
}
