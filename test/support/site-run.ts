import { defineQuery, setHandler } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { RunSites } from '../../src/core/run/sites.ts';
import { activitiesAt } from '../../workflows/saga/activities.ts';

/**
 * A workflow for tests: asks for activities one after the other at the sites of a run, whatever becomes of them, and gives
 * the names of those that were refused.
 */
export async function siteRun(names: readonly (keyof Activities)[], sites: RunSites): Promise<string[]> {
  setHandler(defineQuery<readonly never[], [number]>('events'), () => []);
  const activities = activitiesAt(sites) as unknown as Record<string, (request: object) => Promise<unknown>>;
  const refused: string[] = [];
  for (const name of names) await activities[name]?.({}).catch(() => refused.push(name));
  return refused;
}
