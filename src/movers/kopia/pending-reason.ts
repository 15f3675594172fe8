import type { StoredPod } from '../snapshot/kinds.ts';

/** An Event about the pod or the Job, as far as it explains. */
export interface ExplainingEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
}

/**
 * Says in one line why a mover does not run yet: the container's waiting reason, the scheduler's condition, else the
 * last warning. The kubelet's own messages are cut to what one line bears.
 */
export function pendingReason(jobName: string, pod: StoredPod | undefined, events: readonly ExplainingEvent[]): string {
  const warning = events.findLast(({ type }) => type === 'Warning');
  const warned = warning === undefined ? '' : `${warning.reason ?? 'warning'}: ${oneLine(warning.message)}`;
  if (pod === undefined) return `Job ${jobName}: ${warned === '' ? 'no pod yet' : warned}`;
  const subject = `pod ${pod.metadata.name}`;
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  if (waiting?.reason !== undefined && waiting.reason !== 'ContainerCreating') {
    return `${subject}: ${waiting.reason}${waiting.message === undefined ? '' : `: ${oneLine(waiting.message)}`}`;
  }
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined)
    return `${subject}: ${unscheduled.reason ?? 'not scheduled'}: ${oneLine(unscheduled.message)}`;
  if (warned !== '') return `${subject}: ${warned}`;
  return `${subject}: ${waiting?.reason ?? pod.status?.phase ?? 'Pending'}`;
}

function oneLine(message = ''): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, 300);
}
