import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/index.ts';

/**
 * The risk classes of activities, each with its limits and the reason for them. Every activity heartbeats, so a dead
 * worker is noticed within `heartbeatTimeout`; every one is idempotent by key, so attempts are cheap.
 */
const patience = { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;

/** Reads and calculations: minutes at most for the largest scope. */
export const reads = proxyActivities<Activities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: { ...patience, maximumAttempts: 15 },
});

/** Effects on a cluster or a location: as patient as reads, since each is idempotent. */
export const effects = proxyActivities<Activities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry: { ...patience, maximumAttempts: 15 },
});

/** Volume data: hours, with the limit of the specification inside the Job. */
export const transfers = proxyActivities<Activities>({
  startToCloseTimeout: '72 hours',
  heartbeatTimeout: '30 seconds',
  retry: { ...patience, maximumAttempts: 10 },
});

/** Compensations: they must come through, so they are the most patient of all. */
export const undos = proxyActivities<Activities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '30 seconds',
  retry: { ...patience, maximumInterval: '1 minute', maximumAttempts: 60 },
});
