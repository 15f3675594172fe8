import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { firesAfter, parseCron } from '../../core/protection/cron.ts';
import { judgeTier, type TierFacts, type TierStart } from '../../core/protection/judge.ts';
import type { ProtectedOutcome } from '../../core/protection/policy.ts';
import type { Finding } from '../../core/run/events.ts';
import type { ScopeSpec } from '../../core/spec/spec.ts';
import { readTiers, type TierSchedule } from './schedules.ts';

/** One tier of an applied policy, as a list shows it. */
export interface TierStatus {
  readonly policy: string;
  readonly tier: string;
  readonly when: string;
  readonly source: string;
  readonly location: string;
  readonly namespaces: ScopeSpec['namespaces'];
  readonly excludedNamespaces: ScopeSpec['excludeNamespaces'];
  readonly paused: boolean;
  /** RFC 3339; '' when there is none. */
  readonly next: string;
  /** The last ones, newest first. */
  readonly starts: readonly { readonly started: string; readonly outcome?: ProtectedOutcome }[];
  readonly findings: readonly Finding[];
}

/** How long after its moment and its jitter a start has to be there. */
const patienceMs = 5 * 60_000;
/** Days looked back for the moment that was due last; the first ones do for most, and cost little. */
const lookBackDays = [2, 40, 400];

/** Every tier of every policy that is applied, with what is wrong with it. */
export async function listPolicies(client: Client, nowMs: number): Promise<readonly TierStatus[]> {
  const tiers = await readTiers(client);
  return Promise.all(tiers.map((tier) => statusOf(client, tier, nowMs)));
}

async function statusOf(client: Client, schedule: TierSchedule, nowMs: number): Promise<TierStatus> {
  const { input, description } = schedule;
  const { policy, tier, backup } = input;
  const { info, state } = description;
  const recent = info.recentActions.toReversed();
  const starts = await Promise.all(
    recent.map(async ({ scheduledAt, action: { workflow } }): Promise<TierStart> => {
      const outcome = await outcomeOf(client, workflow.workflowId, workflow.firstExecutionRunId);
      return { startedMs: scheduledAt.getTime(), ...(outcome && { outcome }) };
    })
  );
  const facts = {
    ...{ policy, tier: tier.name, paused: state.paused, starts, missed: info.numActionsMissedCatchupWindow },
    due: dueOf(schedule, nowMs),
  };
  return {
    ...{ policy, tier: tier.name, when: `${tier.cron} (${tier.timeZone})`, paused: state.paused },
    ...{ source: backup.source.name, location: backup.location.name, namespaces: backup.scope.namespaces },
    excludedNamespaces: backup.scope.excludeNamespaces,
    next: info.nextActionTimes[0]?.toISOString() ?? '',
    starts: starts.map(({ startedMs, ...start }) => ({ started: new Date(startedMs).toISOString(), ...start })),
    findings: judgeTier(facts, nowMs),
  };
}

/** The last moment that the cron line names, if it came after the schedule was made or changed last. */
function dueOf({ input: { tier }, description }: TierSchedule, nowMs: number): TierFacts['due'] {
  const line = parseCron(tier.cron);
  if (typeof line === 'string') return [];
  const { createdAt, lastUpdatedAt = createdAt } = description.info;
  const since = Math.max(lastUpdatedAt.getTime(), createdAt.getTime());
  for (const days of lookBackDays) {
    const last = lastFire(Math.max(since, nowMs - days * 86_400_000), nowMs - tier.jitterMs - patienceMs);
    if (last !== undefined) return [{ atMs: last, latestMs: last + tier.jitterMs + patienceMs }];
  }
  return [];

  function lastFire(fromMs: number, untilMs: number): number | undefined {
    let last: number | undefined;
    if (typeof line === 'string') return last;
    for (const atMs of firesAfter(line, tier.timeZone, fromMs)) {
      if (atMs > untilMs) break;
      last = atMs;
    }
    return last;
  }
}

async function outcomeOf(client: Client, workflowId: string, runId: string): Promise<ProtectedOutcome | undefined> {
  const handle = client.workflow.getHandle<() => Promise<ProtectedOutcome>>(workflowId, runId);
  const status = await handle.describe().then(
    ({ status: { name } }) => name,
    (error: unknown) => {
      // Beyond the retention of the namespace only the schedule still knows of it. Everything else says nothing about the backup.
      if (error instanceof WorkflowNotFoundError) return 'GONE';
      throw error;
    }
  );
  if (status === 'RUNNING') return undefined;
  if (status === 'COMPLETED') return handle.result();
  return { skipped: status === 'GONE' ? 'Temporal no longer has it' : status.toLowerCase() };
}
