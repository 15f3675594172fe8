import type { Role, RunRoles } from './roles.ts';

/** The task queue of a run: of its orchestration, and of all work on what names no site. */
export const runTaskQueue = 'landfall';

/** The task queue that the workers of a site poll. The only place where a name of a task queue is made. */
export function taskQueueOf(site: string): string {
  return `${runTaskQueue}-${site}`;
}

/** The site whose workers poll a task queue; undefined for that of the run, and for one that is not ours. */
export function siteOfTaskQueue(taskQueue: string): string | undefined {
  const prefix = taskQueueOf('');
  return taskQueue.startsWith(prefix) ? taskQueue.slice(prefix.length) : undefined;
}

/** The site of what a run names in each role; a role without a site is absent. */
export type RunSites = Readonly<Partial<Record<Role, string>>>;

/**
 * The sites of a run, from the roles it has. What works on whichever clusters a run has goes to the target's site: that of
 * its only cluster, where it has but one.
 */
export function sitesOf(roles: Partial<RunRoles>): RunSites {
  const { source, target, location } = roles;
  const named = { source: source ?? target, target: target ?? source, location };
  return Object.fromEntries(
    Object.entries(named).flatMap(([role, place]) => (place?.site === undefined ? [] : [[role, place.site]]))
  );
}
