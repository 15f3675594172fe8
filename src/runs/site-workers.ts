import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { LandfallError } from '../core/errors.ts';
import { siteOfTaskQueue, taskQueueOf, type RunSites } from '../core/run/sites.ts';
import { ownCommand } from './own-command.ts';

export type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** Asks which sites have workers, and says how one is started. */
export interface SiteWorkers {
  /** When a worker of the site last asked for work, by the clock of the server; undefined: none has for minutes. */
  polledMs(site: string): Promise<number | undefined>;
  /** The command that starts a worker of a site. */
  command(site: string): string;
}

/** TASK_QUEUE_TYPE_ACTIVITY of Temporal's API. */
const activityTaskQueue = 2;
/** The server answers this by itself, in milliseconds. */
const deadlineMs = 3_000;

export function createSiteWorkers(client: Client, where: { address: string; namespace: string }): SiteWorkers {
  return {
    async polledMs(site) {
      const { pollers } = await client.withDeadline(Date.now() + deadlineMs, () =>
        client.workflowService.describeTaskQueue({
          namespace: where.namespace,
          taskQueue: { name: taskQueueOf(site) },
          taskQueueType: activityTaskQueue,
        })
      );
      const times = (pollers ?? []).map(({ lastAccessTime }) => msOf(lastAccessTime));
      return times.length === 0 ? undefined : Math.max(...times);
    },
    command: (site) => ownCommand(`worker --site ${site} --policy FILE`, where),
  };
}

/**
 * Throws SITE_WITHOUT_WORKER when nobody works at a site of a run that is about to start. A worker that was lost within
 * the last minutes is still counted: a run that waits for it says so.
 */
export async function requireWorkers(workers: SiteWorkers, sites: RunSites): Promise<void> {
  for (const site of new Set(Object.values(sites))) {
    if ((await workers.polledMs(site)) !== undefined) continue;
    const roles = Object.entries(sites).flatMap(([role, one]) => (one === site ? [role] : []));
    throw new LandfallError('SITE_WITHOUT_WORKER', {
      what: `no worker runs at site ${site}, where the work on the ${roles.join(' and the ')} is done`,
      fix: `start one there: ${workers.command(site)}`,
      ref: site,
    });
  }
}

/** PENDING_ACTIVITY_STATE_SCHEDULED of Temporal's API. */
const scheduledState = 1;
/** A worker that has room takes an activity at once; one is asked about again after as long. */
const waitMinMs = 4_000;

/** Gives a sentence for each site at which nobody works, once until somebody has worked there again. */
export type SiteWatch = (pending: readonly PendingActivity[]) => Promise<readonly string[]>;

/** How a site is watched; `waitMs`: how long an activity is given to be taken, default some seconds. */
export interface SiteWatchOptions {
  readonly now: () => number;
  readonly waitMs?: number;
}

/** Watches the activities of a run for those that no worker of their site takes. */
export function watchSites(workers: SiteWorkers, { now, waitMs = waitMinMs }: SiteWatchOptions): SiteWatch {
  const said = new Set<string>();
  const seenMs = new Map<string, number>();
  const askedMs = new Map<string, number>();
  // Times of the server are compared with each other, and so are those of this machine: their clocks may differ.
  const isOverdue = ({ key, pauseMs }: Waiting): boolean => now() - (seenMs.get(key) ?? now()) >= pauseMs + waitMs;
  return async (pending) => {
    const waiting = pending.flatMap(waitingOf);
    const keys = new Set(waiting.map(({ key }) => key));
    for (const key of seenMs.keys()) if (!keys.has(key)) seenMs.delete(key);
    for (const { key } of waiting) seenMs.set(key, seenMs.get(key) ?? now());
    const overdue = Map.groupBy(waiting.filter(isOverdue), ({ site }) => site);
    for (const site of said) if (!overdue.has(site)) said.delete(site);
    const messages: string[] = [];
    for (const [site, activities] of overdue) {
      if (said.has(site) || now() - (askedMs.get(site) ?? -Infinity) < waitMs) continue;
      askedMs.set(site, now());
      const polledMs = await workers.polledMs(site);
      // Whoever asked for work after that was given some: it is there, and has no room.
      if (polledMs !== undefined && polledMs >= Math.min(...activities.map((one) => one.scheduledMs))) continue;
      said.add(site);
      messages.push(`no worker runs at site ${site}: the run waits for one; start one there: ${workers.command(site)}`);
    }
    return messages;
  };
}

/** An activity that is given to workers of a site and that none has taken. */
interface Waiting {
  readonly key: string;
  readonly site: string;
  /** When it may be taken, by the clock of the server. */
  readonly scheduledMs: number;
  /** Since its last attempt. */
  readonly pauseMs: number;
}

function waitingOf(activity: PendingActivity): Waiting[] {
  const { state, activityId, scheduledTime, lastAttemptCompleteTime, activityOptions } = activity;
  const site = siteOfTaskQueue(activityOptions?.taskQueue?.name ?? '');
  if (site === undefined || state !== scheduledState) return [];
  const scheduledMs = msOf(scheduledTime);
  const endedMs = lastAttemptCompleteTime ? msOf(lastAttemptCompleteTime) : scheduledMs;
  return [
    { key: `${site} ${activityId} ${scheduledMs}`, site, scheduledMs, pauseMs: Math.max(0, scheduledMs - endedMs) },
  ];
}

type Timestamp = PendingActivity['scheduledTime'];

function msOf(time: Timestamp): number {
  return Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1e6);
}
