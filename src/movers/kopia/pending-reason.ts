import type { ContainerStatus, StoredPod } from '../snapshot/kinds.ts';
import { containerName } from './job-spec.ts';

type Waiting = NonNullable<NonNullable<ContainerStatus['state']>['waiting']>;

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
  const waiting = waitingOf(pod);
  if (waiting?.reason !== undefined && !startingReasons.has(waiting.reason)) {
    return `${subject}: ${waiting.reason}${waiting.message === undefined ? '' : `: ${oneLine(waiting.message)}`}`;
  }
  const unscheduled = pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
  if (unscheduled !== undefined)
    return `${subject}: ${unscheduled.reason ?? 'not scheduled'}: ${oneLine(unscheduled.message)}`;
  if (warned !== '') return `${subject}: ${warned}`;
  return `${subject}: ${waiting?.reason ?? pod.status?.phase ?? 'Pending'}`;
}

/** What every pod says on its way: no reason in itself. */
const startingReasons: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing']);

/** The mover's container, unless something that was put before or beside it is what holds the pod up. */
function waitingOf({ status }: StoredPod): Waiting | undefined {
  const own = status?.containerStatuses?.find(({ name }) => name === containerName)?.state?.waiting;
  if (own?.reason !== undefined && !startingReasons.has(own.reason)) return own;
  const others = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const held = others.find(
    ({ state }) => state?.waiting?.reason !== undefined && !startingReasons.has(state.waiting.reason)
  );
  return held?.state?.waiting ?? own;
}

function oneLine(message = ''): string {
  return message.replace(/\s+/g, ' ').trim().slice(0, 300);
}
