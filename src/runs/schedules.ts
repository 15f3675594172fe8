import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  isGrpcServiceError,
} from '@temporalio/client';
import type { Client, ScheduleOptions, ScheduleSpec, ScheduleSummary } from '@temporalio/client';
import type { ScheduledAssessInput, ScheduledOutcome } from '../assess/contract.ts';
import { LandfallError } from '../core/errors.ts';
import { runTaskQueue } from '../core/run/sites.ts';
import { refuseTooLarge } from '../engine/large-payloads.ts';

/** When assessments of a schedule start: the cron line in a time zone, or every so many milliseconds. */
export type Timing =
  { readonly cron: string; readonly timeZone: string } | { readonly everyMs: number; readonly every: string };

/** One start of a schedule, newest first in a list. */
export interface ScheduleStart {
  /** RFC 3339. */
  readonly started: string;
  /** Undefined while it goes on. */
  readonly outcome: ScheduledOutcome | undefined;
}

/** A schedule of assessments and what became of its last starts. */
export interface AssessSchedule {
  /** Of the Migration. */
  readonly name: string;
  /** As it was asked for. */
  readonly when: string;
  /** RFC 3339; '' when there is none. */
  readonly next: string;
  readonly paused: boolean;
  readonly starts: readonly ScheduleStart[];
}

const prefix = 'assess/';
/** One that was missed for longer, with Temporal or all workers away, is not made up for: the next one looks anyway. */
const catchupWindow = '1 hour';
const startsShown = 5;
/** Status of gRPC. */
const invalidArgument = 3;

/** Makes the schedule of a migration, or changes the one there is. One is never started while another goes on. */
export async function putSchedule(
  client: Client,
  input: ScheduledAssessInput,
  timing: Timing
): Promise<'created' | 'changed'> {
  const { name, source, target } = input.spec;
  await refuseTooLarge(input, name);
  const action = {
    type: 'startWorkflow',
    workflowType: 'assessOnSchedule',
    workflowId: `assessment-schedule/${name}`,
    taskQueue: runTaskQueue,
    args: [input],
    memo: { name },
    staticSummary: `${source.name} -> ${target.name}`,
  } as const;
  const options = {
    spec: specOf(timing),
    action,
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow },
    state: { note: whenOf(timing) },
  } satisfies Omit<ScheduleOptions, 'scheduleId'>;
  const scheduleId = `${prefix}${name}`;
  try {
    await client.schedule.create({ scheduleId, ...options });
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw notUnderstood(error, timing);
  }
  try {
    await client.schedule.getHandle(scheduleId).update(() => options);
    return 'changed';
  } catch (error) {
    throw notUnderstood(error, timing);
  }
}

/** Ends a schedule; what it has started goes on. Throws RUN_NOT_FOUND. */
export async function removeSchedule(client: Client, name: string): Promise<void> {
  try {
    await client.schedule.getHandle(`${prefix}${name}`).delete();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    throw new LandfallError('RUN_NOT_FOUND', {
      what: `no assessment of ${name} is scheduled`,
      fix: 'list the schedules with `landfall assess --schedules`',
    });
  }
}

/** Every schedule of assessments with its last five starts. */
export async function listSchedules(client: Client): Promise<readonly AssessSchedule[]> {
  const found: AssessSchedule[] = [];
  for await (const summary of client.schedule.list()) {
    if (summary.scheduleId.startsWith(prefix))
      found.push(await readSchedule(client, summary.scheduleId.slice(prefix.length)));
  }
  return found.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

/** One schedule with its last five starts. A list learns of a new one only after a moment; this knows it at once. */
export async function readSchedule(client: Client, name: string): Promise<AssessSchedule> {
  const { state, info } = await client.schedule.getHandle(`${prefix}${name}`).describe();
  return {
    name,
    when: state.note ?? '',
    next: info.nextActionTimes[0]?.toISOString() ?? '',
    paused: state.paused,
    starts: await Promise.all(
      info.recentActions
        .toReversed()
        .slice(0, startsShown)
        .map((action) => startOf(client, action))
    ),
  };
}

type RecentAction = ScheduleSummary['info']['recentActions'][number];

async function startOf(client: Client, { takenAt, action: { workflow } }: RecentAction): Promise<ScheduleStart> {
  const handle = client.workflow.getHandle<() => Promise<ScheduledOutcome>>(
    workflow.workflowId,
    workflow.firstExecutionRunId
  );
  const started = takenAt.toISOString();
  const status = await handle.describe().then(
    ({ status: { name } }) => name,
    // Beyond the retention of the namespace only the schedule still knows of it.
    () => 'GONE'
  );
  if (status === 'RUNNING') return { started, outcome: undefined };
  if (status === 'COMPLETED') return { started, outcome: await handle.result() };
  return { started, outcome: { skipped: status === 'GONE' ? 'Temporal no longer has it' : status.toLowerCase() } };
}

function specOf(timing: Timing): ScheduleSpec {
  if ('everyMs' in timing) return { intervals: [{ every: timing.everyMs }] };
  return { cronExpressions: [timing.cron], timezone: timing.timeZone };
}

/** `0 3 * * * (UTC)` or `every 6h`: as people asked for it. */
function whenOf(timing: Timing): string {
  return 'everyMs' in timing ? `every ${timing.every}` : `${timing.cron} (${timing.timeZone})`;
}

/** The server alone knows which cron lines and time zones there are. */
function notUnderstood(error: unknown, timing: Timing): unknown {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const isRefused = isGrpcServiceError(cause) && cause.code === invalidArgument;
  // A change that the server refuses becomes a TypeError in the SDK, a creation an error with its cause.
  if (!isRefused && !(error instanceof TypeError)) return error;
  const why = isRefused ? cause.details : (error as TypeError).message;
  return new LandfallError('CONFIG_INVALID', {
    what: `Temporal does not understand the schedule ${whenOf(timing)}: ${why}`,
    fix: 'five fields: minute, hour, day of the month, month, day of the week, such as "0 3 * * *"; --time-zone takes names such as Europe/Berlin',
  });
}
