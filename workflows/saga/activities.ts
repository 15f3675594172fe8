import { proxyActivities, type ActivityInterfaceFor, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import type { LocationContext } from '../../src/core/retention/contract.ts';
import type { Role } from '../../src/core/run/roles.ts';
import { taskQueueOf, type RunSites } from '../../src/core/run/sites.ts';
import { activityRows, type ActivityClass, type ActivityName, type ActivityRow } from '../../src/saga/activity-rows.ts';
import type { RunContext } from '../../src/core/run/context.ts';

const patience = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;

/**
 * The limits of each class. Every activity heartbeats, so a dead worker is noticed within `heartbeatTimeout`; every one
 * is idempotent by key, so attempts are cheap.
 */
const optionsOf: Readonly<Record<ActivityClass, ActivityOptions>> = {
  action: {
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '20 seconds',
    retry: { ...patience, maximumAttempts: 15 },
  },
  // The limit of the specification is inside the Job.
  transfer: {
    startToCloseTimeout: '72 hours',
    heartbeatTimeout: '30 seconds',
    retry: { ...patience, maximumAttempts: 10 },
  },
  compensation: {
    startToCloseTimeout: '1 hour',
    heartbeatTimeout: '30 seconds',
    retry: { ...patience, maximumInterval: '1 minute', maximumAttempts: 60 },
  },
};

type RunActivities = ActivityInterfaceFor<Activities>;

/** By class and site. */
const proxies = new Map<string, RunActivities>();

/**
 * Every activity with the limits of its class, at the site that its row says: both stand in the row, not at the call. What
 * names no site goes to the task queue of the run, as the orchestration itself.
 */
export function activitiesAt(sites: RunSites): RunActivities {
  const proxyOf = (row: ActivityRow): RunActivities => {
    const site = row.site === 'any' ? undefined : sites[row.site];
    const key = `${row.class} ${site ?? ''}`;
    const proxy = proxies.get(key) ?? activitiesWith(optionsAt(row, site));
    proxies.set(key, proxy);
    return proxy;
  };
  return new Proxy({} as RunActivities, { get: (_, name: keyof Activities) => proxyOf(activityRows[name])[name] });
}

function optionsAt(row: ActivityRow, site: string | undefined): ActivityOptions {
  const options = optionsOf[row.class];
  return site === undefined ? options : { ...options, taskQueue: taskQueueOf(site) };
}

/** What is asked before a run has a context, and not where the orchestration is, says its sites itself. */
type WithoutContext = {
  [N in ActivityName]: (typeof activityRows)[N] extends { readonly opens: 'nothing'; readonly site: Role } ? N : never;
}[ActivityName];
type Call = (request: { readonly context?: RunContext | LocationContext }) => Promise<unknown>;

/** Every activity at the sites of the run whose context it is given. */
export const activities = new Proxy({} as Omit<RunActivities, WithoutContext>, {
  get:
    (_, name: keyof Activities): Call =>
    (request) =>
      (activitiesAt(request.context?.sites ?? {})[name] as Call)(request),
});

/**
 * Activities of one class. A cancel waits until those that are under way have ended: whatever comes after, a compensation
 * first of all, must not meet what they still do. The SDK calls that its default, and leaves the field out, which its core
 * reads as TRY_CANCEL: the workflow goes on at once (1.24; docs/decisions/0019).
 */
function activitiesWith(options: ActivityOptions): RunActivities {
  return proxyActivities<Activities>({ ...options, cancellationType: 'WAIT_CANCELLATION_COMPLETED' });
}
