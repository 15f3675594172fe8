import { patched, proxyActivities, type ActivityInterfaceFor, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';

/**
 * The risk classes of activities, each with its limits and the reason for them. Every activity heartbeats, so a dead
 * worker is noticed within `heartbeatTimeout`; every one is idempotent by key, so attempts are cheap.
 */
/**
 * Activities of one class. A cancel waits until those that are under way have ended: whatever comes after, an undo first of
 * all, must not meet what they still do. The SDK calls that its default, and leaves the field out, which its core reads as
 * TRY_CANCEL: the workflow goes on at once (1.24). Runs begun before this was set keep what they began with.
 */
function activitiesWith(options: ActivityOptions): ActivityInterfaceFor<Activities> {
  const before = proxyActivities<Activities>(options);
  const now = proxyActivities<Activities>({ ...options, cancellationType: 'WAIT_CANCELLATION_COMPLETED' });
  return new Proxy(now, {
    get: (_, name) => Reflect.get(patched('cancel-waits-for-activities') ? now : before, name) as unknown,
  });
}

const patience = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;

/** Reads and calculations: minutes at most for the largest scope. */
export const reads = activitiesWith({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: { ...patience, maximumAttempts: 15 },
});

/** Effects on a cluster or a location: as patient as reads, since each is idempotent. */
export const effects = activitiesWith({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: { ...patience, maximumAttempts: 15 },
});

/** Volume data: hours, with the limit of the specification inside the Job. */
export const transfers = activitiesWith({
  startToCloseTimeout: '72 hours',
  heartbeatTimeout: '30 seconds',
  retry: { ...patience, maximumAttempts: 10 },
});

/** Compensations: they must come through, so they are the most patient of all. */
export const undos = activitiesWith({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: { ...patience, maximumInterval: '1 minute', maximumAttempts: 60 },
});
