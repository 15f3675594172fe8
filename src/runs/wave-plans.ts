import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pMap from 'p-map';
import { readPlan } from '../config/plan-file/read.ts';
import { LandfallError } from '../core/errors.ts';
import type { Plan } from '../core/plan/plan.ts';
import type { WaveItem, WaveView } from '../core/wave/wave.ts';
import { writePrivate } from '../host/private-file.ts';
import { locatePlan, readPlanOf } from './read-plan.ts';
import type { RunClient } from './run-client.ts';
import type { PlanReference } from '../core/run/context.ts';

const plansAtOnce = 4;

/** A plan as it lies in the directory: its actions are not kept, a wave has hundreds. */
export type FoundPlan = Pick<Plan, 'hash' | 'made'> & { readonly name: string; readonly file: string };

/**
 * Reads every plan file of a directory. Throws CONFIG_UNREADABLE, PLAN_INVALID for what is no plan as it was made, and
 * CONFIG_INVALID where there is none, or where two are for the same namespace.
 */
export async function readPlanDirectory(directory: string): Promise<readonly FoundPlan[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw unreadable(`the directory of plans ${directory} cannot be read`, error);
  });
  const plans: FoundPlan[] = [];
  for (const name of names.filter((one) => /\.ya?ml$/.test(one)).sort()) {
    const file = join(directory, name);
    const { hash, made, content } = await readPlan(file);
    const same = plans.find((one) => one.name === content.name);
    if (same !== undefined) {
      throw new LandfallError('CONFIG_INVALID', {
        what: `${same.file} and ${file} are plans for the same namespace: ${content.name}`,
        fix: 'leave the one that is approved in the directory',
      });
    }
    plans.push({ hash, made, name: content.name, file });
  }
  if (plans.length > 0) return plans;
  throw new LandfallError('CONFIG_INVALID', {
    what: `${directory} has no plan file`,
    fix: `make them with: landfall wave plan -f FILE --out-dir ${directory}`,
  });
}

/** Where the plans were stored by the runs that made them, by the name of the migration. Throws PLAN_INVALID. */
export async function locatePlans(
  runs: RunClient,
  plans: readonly FoundPlan[]
): Promise<Readonly<Record<string, PlanReference>>> {
  const found = await pMap(plans, async (plan) => [plan.name, await locatePlan(runs, plan)] as const, {
    concurrency: plansAtOnce,
  });
  return Object.fromEntries(found);
}

/** What a planning wave has made for one namespace. */
export interface PlannedMember {
  readonly item: WaveItem;
  readonly group: string;
  /** Undefined where no plan could be made. */
  readonly plan: Plan | undefined;
  /** '' where it was not written. */
  readonly file: string;
}

/** Makes the directory plans are written into, before anything is planned. Throws CONFIG_UNREADABLE. */
export async function makePlanDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true }).catch((error: unknown) => {
    throw unreadable(`--out-dir ${directory} cannot be made`, error);
  });
}

/**
 * Reads the plan of each namespace from where its run stored it, and writes it into the directory as `NAME.yaml`. `reduce`
 * takes what is shown of it, so that one plan at a time is held whole.
 */
export async function collectPlans<T>(
  runs: RunClient,
  { view, directory }: { readonly view: WaveView; readonly directory: string | undefined },
  reduce: (member: PlannedMember) => T
): Promise<readonly T[]> {
  return pMap(
    view.items,
    async (item) => {
      const group = view.groups[item.group] ?? '';
      const isMade = item.run !== '' && (item.state === 'done' || item.state === 'partial') && item.before !== true;
      const read = isMade ? await readPlanOf((await runs.find(item.run)).handle) : undefined;
      if (read === undefined) return reduce({ item, group, plan: undefined, file: '' });
      const file = directory === undefined ? '' : join(directory, `${read.file.content.name}.yaml`);
      if (file !== '') await writePrivate(file, read.text);
      return reduce({ item, group, plan: read.file, file });
    },
    { concurrency: plansAtOnce }
  );
}

function unreadable(what: string, error: unknown): LandfallError {
  return new LandfallError('CONFIG_UNREADABLE', { what, why: error instanceof Error ? error.message : String(error) });
}
