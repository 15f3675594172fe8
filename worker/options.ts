import type { WorkerOptions } from '@temporalio/worker';

/** Progress a user looks at must not lag: heartbeats reach the server at least this often. */
const heartbeatEvery = '1 second';

/** How long running activities may go on after a stop was asked for; below the grace period of a pod (30 s). */
const shutdownGrace = '20 seconds';

/** Options of every Landfall worker. Slots are bounded, since each activity bounds its own requests too. */
export function workerOptions(taskQueue: string): Omit<WorkerOptions, 'workflowBundle' | 'workflowsPath'> & {
  readonly taskQueue: string;
} {
  return {
    taskQueue,
    maxConcurrentActivityTaskExecutions: 24,
    maxConcurrentWorkflowTaskExecutions: 8,
    maxCachedWorkflows: 50,
    maxHeartbeatThrottleInterval: heartbeatEvery,
    defaultHeartbeatThrottleInterval: heartbeatEvery,
    shutdownGraceTime: shutdownGrace,
    shutdownForceTime: '25 seconds',
    reuseV8Context: true,
  };
}
