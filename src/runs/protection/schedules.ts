import {
  isGrpcServiceError,
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import type { Client, ScheduleDescription, ScheduleHandle, ScheduleOptions } from '@temporalio/client';
import { LandfallError } from '../../core/errors.ts';
import { diffOperations } from '../../core/json/diff.ts';
import type { ObservedUser } from '../../core/plan/approval.ts';
import type { OverlapRule, PolicySpec, ScheduledBackupInput } from '../../core/protection/policy.ts';
import { runTaskQueue } from '../../core/run/sites.ts';
import { refuseTooLarge } from '../../engine/large-payloads.ts';

/** What applying a policy did to the schedule of one tier, and which values are other than before. */
export interface AppliedTier {
  readonly tier: string;
  readonly done: 'created' | 'changed' | 'unchanged' | 'removed';
  readonly changes: readonly string[];
}

/** The schedule of one tier as Temporal has it. */
export interface TierSchedule {
  readonly input: ScheduledBackupInput;
  readonly description: ScheduleDescription;
}

const prefix = 'protect/';
/** Status of gRPC. */
const invalidArgument = 3;

const overlaps: Readonly<Record<OverlapRule, ScheduleOverlapPolicy>> = {
  skip: ScheduleOverlapPolicy.SKIP,
  wait: ScheduleOverlapPolicy.BUFFER_ONE,
  cancelRunning: ScheduleOverlapPolicy.CANCEL_OTHER,
};

/**
 * Makes the schedules of a policy what its document says: new tiers are created, others changed where they differ, and those
 * that the document no longer has are removed. A paused tier stays paused. Says what it did; a second time it does nothing.
 */
export async function applyPolicy(
  client: Client,
  { name: policy, tiers }: PolicySpec,
  asked: ObservedUser
): Promise<readonly AppliedTier[]> {
  const applied: AppliedTier[] = [];
  for (const one of tiers) applied.push(await putTier(client, { policy, ...one, asked }));
  const wanted = new Set(tiers.map(({ tier }) => idOf(policy, tier.name)));
  for (const id of await idsOf(client, policy)) {
    if (wanted.has(id)) continue;
    await client.schedule.getHandle(id).delete().catch(ignoreGone);
    applied.push({ tier: id.slice(idOf(policy, '').length), done: 'removed', changes: [] });
  }
  return applied;
}

async function putTier(client: Client, input: ScheduledBackupInput): Promise<AppliedTier> {
  const { policy, tier, backup } = input;
  await refuseTooLarge(input, backup.name);
  const scheduleId = idOf(policy, tier.name);
  const options = optionsOf(input);
  const handle = client.schedule.getHandle(scheduleId);
  try {
    const before = await readTier(handle);
    const changes = before === undefined ? [] : changesBetween(before.input, input);
    if (before !== undefined && changes.length === 0) return { tier: tier.name, done: 'unchanged', changes };
    if (before === undefined) await client.schedule.create({ scheduleId, ...options });
    // What is paused is so because somebody wants it.
    else await handle.update(({ state }) => ({ ...options, state: { ...state, paused: state.paused } }));
    return { tier: tier.name, done: before === undefined ? 'created' : 'changed', changes };
  } catch (error) {
    throw notUnderstood(error, input);
  }
}

function optionsOf(input: ScheduledBackupInput): Omit<ScheduleOptions, 'scheduleId'> & { readonly spec: object } {
  const { policy, tier, backup } = input;
  const { cron, timeZone, jitterMs, catchUpMs, overlap } = tier;
  return {
    spec: { cronExpressions: [cron], timezone: timeZone, ...(jitterMs === 0 ? {} : { jitter: jitterMs }) },
    action: {
      type: 'startWorkflow',
      workflowType: 'protectOnSchedule',
      workflowId: `protection/${policy}/${tier.name}`,
      taskQueue: runTaskQueue,
      args: [input],
      memo: { name: backup.name },
      staticSummary: `${policy}, ${tier.name}: ${backup.source.name} -> ${backup.location.name}`,
    },
    policies: { overlap: overlaps[overlap], catchupWindow: catchUpMs },
  };
}

/** Values that differ, by their path. Who applied the policy is none of them. */
function changesBetween(before: ScheduledBackupInput, after: ScheduledBackupInput): readonly string[] {
  const { asked: _before, ...left } = before;
  const { asked: _after, ...right } = after;
  return diffOperations(left, right).map(({ op, path, value }) =>
    op === 'remove' ? `${path} removed` : `${path} = ${JSON.stringify(value)}`
  );
}

/** Every tier of one policy, or of all. */
export async function readTiers(client: Client, policy?: string): Promise<readonly TierSchedule[]> {
  const found: TierSchedule[] = [];
  for (const id of await idsOf(client, policy)) {
    const tier = await readTier(client.schedule.getHandle(id));
    if (tier !== undefined) found.push(tier);
  }
  return found;
}

/** Pauses, resumes or removes every tier of a policy. What it has started goes on. Throws RUN_NOT_FOUND. */
export async function changePolicy(
  client: Client,
  policy: string,
  change: (handle: ScheduleHandle) => Promise<void>
): Promise<readonly string[]> {
  const ids = await idsOf(client, policy);
  if (ids.length === 0) {
    throw new LandfallError('RUN_NOT_FOUND', {
      what: `no policy named ${policy} is applied`,
      fix: 'list the policies with `landfall protection list`',
    });
  }
  for (const id of ids) await change(client.schedule.getHandle(id));
  return ids.map((id) => id.slice(idOf(policy, '').length));
}

async function readTier(handle: ScheduleHandle): Promise<TierSchedule | undefined> {
  try {
    const description = await handle.describe();
    const [input] = description.action.args ?? [];
    return { description, input: input as ScheduledBackupInput };
  } catch (error) {
    ignoreGone(error);
    return undefined;
  }
}

async function idsOf(client: Client, policy?: string): Promise<readonly string[]> {
  const ids: string[] = [];
  const start = policy === undefined ? prefix : idOf(policy, '');
  for await (const { scheduleId } of client.schedule.list()) if (scheduleId.startsWith(start)) ids.push(scheduleId);
  return ids.toSorted();
}

function idOf(policy: string, tier: string): string {
  return `${prefix}${policy}/${tier}`;
}

function ignoreGone(error: unknown): void {
  if (!(error instanceof ScheduleNotFoundError)) throw error;
}

/** The server has the last word about cron lines and time zones. */
function notUnderstood(error: unknown, { policy, tier }: ScheduledBackupInput): unknown {
  if (error instanceof ScheduleAlreadyRunning) {
    return new LandfallError('RUN_NAME_IN_USE', {
      what: `somebody else is applying policy ${policy} at this moment`,
      fix: 'apply it again',
    });
  }
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const isRefused = isGrpcServiceError(cause) && cause.code === invalidArgument;
  if (!isRefused) return error;
  return new LandfallError('CONFIG_INVALID', {
    what: `Temporal does not take the schedule of tier ${tier.name} of policy ${policy}: ${cause.details}`,
    fix: 'correct cron, timeZone, jitter or catchUp of the tier',
  });
}
