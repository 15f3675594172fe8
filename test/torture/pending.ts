import type { WorkflowHandle } from '@temporalio/client';

/** What an open workflow waits for: its pending activities with attempt and last failure, in a line. */
export async function describePending(handle: WorkflowHandle): Promise<string> {
  const { raw } = await handle.describe();
  const activities = (raw.pendingActivities ?? []).map(
    ({ activityType, attempt, lastFailure, state }) =>
      `${activityType?.name ?? '?'} attempt ${attempt ?? 0} (state ${state ?? 0}): ${lastFailure?.message ?? 'no failure yet'}`
  );
  return activities.length === 0 ? 'no activity is pending' : activities.join('; ');
}
