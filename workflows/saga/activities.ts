import { proxyActivities, type ActivityInterfaceFor, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';
import { activityRows, type ActivityClass } from '../../src/saga/activity-rows.ts';

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

const byClass = {
  action: activitiesWith(optionsOf.action),
  transfer: activitiesWith(optionsOf.transfer),
  compensation: activitiesWith(optionsOf.compensation),
};

/** Every activity with the limits of its class: which one that is stands in its row, not at the call. */
export const activities = new Proxy({} as ActivityInterfaceFor<Activities>, {
  get: (_, name: keyof Activities) => byClass[activityRows[name].class][name],
});

/**
 * Activities of one class. A cancel waits until those that are under way have ended: whatever comes after, a compensation
 * first of all, must not meet what they still do. The SDK calls that its default, and leaves the field out, which its core
 * reads as TRY_CANCEL: the workflow goes on at once (1.24; docs/decisions/0019).
 */
function activitiesWith(options: ActivityOptions): ActivityInterfaceFor<Activities> {
  return proxyActivities<Activities>({ ...options, cancellationType: 'WAIT_CANCELLATION_COMPLETED' });
}
