import { catalogue } from '../error-catalogue.ts';
import { instantText } from './dates.ts';
import type { Finding } from '../run/events.ts';
import type { ProtectedOutcome } from './policy.ts';

/** One start of a tier, and how it ended; absent: it goes on. */
export interface TierStart {
  readonly startedMs: number;
  readonly outcome?: ProtectedOutcome;
}

/** What is known of a tier. */
export interface TierFacts {
  readonly policy: string;
  readonly tier: string;
  readonly paused: boolean;
  /** Newest first. */
  readonly starts: readonly TierStart[];
  /** The last moments that its cron line names, since it was applied: newest first, and when the start has to be there. */
  readonly due: readonly { readonly atMs: number; readonly latestMs: number }[];
  /** Starts that were not made up for, since it was created. */
  readonly missed: number;
}

type Code = keyof typeof catalogue & `PROTECTION_${string}`;

/** What is wrong with the backups of a tier. Pure. */
export function judgeTier(facts: TierFacts, nowMs: number): readonly Finding[] {
  const subject = `policy ${facts.policy}, tier ${facts.tier}`;
  const finding = (code: Code, message: string): Finding => ({
    ...{ code, severity: 'warning', subject, message },
    remedy: catalogue[code].fix,
  });
  const findings: Finding[] = [];
  const { missed, starts } = facts;
  if (missed > 0)
    findings.push(finding('PROTECTION_MISSED', `${missed} ${missed === 1 ? 'start was' : 'starts were'} missed`));
  const late = lateText(facts, nowMs);
  if (late !== undefined) findings.push(finding('PROTECTION_LATE', late));
  const outcomes = starts.flatMap(({ outcome }) => outcome ?? []);
  const [last] = outcomes;
  const why = last === undefined ? undefined : failureText(last);
  if (why !== undefined) findings.push(finding('PROTECTION_FAILED', why));
  if (last !== undefined && 'pruned' in last && why === undefined) {
    const { pruned } = last;
    if ('skipped' in pruned) findings.push(finding('PROTECTION_UNPRUNED', `${last.run}: ${pruned.skipped}`));
    else if (pruned.exitCode !== 0)
      findings.push(finding('PROTECTION_UNPRUNED', `${pruned.run} ended with exit code ${pruned.exitCode}`));
  }
  const whole = outcomes.flatMap((outcome) => ('exitCode' in outcome && outcome.exitCode === 0 ? [outcome] : []));
  if (outcomes.length > 0 && whole.length === 0)
    findings.push(finding('PROTECTION_ABSENT', `none of the last ${outcomes.length} backups was whole`));
  const [newest, before] = whole;
  for (const what of ['objects', 'bytes'] as const) {
    if (newest === undefined || before === undefined || newest[what] * 2 > before[what] || before[what] === 0) continue;
    const volumes = what === 'bytes' ? ' of volumes' : '';
    findings.push(
      finding(
        'PROTECTION_SHRUNK',
        `${newest.run} has ${newest[what]} ${what}${volumes}, ${before.run} before it had ${before[what]}`
      )
    );
  }
  return findings;
}

function lateText({ paused, due, starts }: TierFacts, nowMs: number): string | undefined {
  if (paused) return undefined;
  const over = due.find(({ latestMs }) => latestMs <= nowMs);
  if (over === undefined) return undefined;
  const at = instantText(over.atMs);
  if (!starts.some(({ startedMs }) => startedMs >= over.atMs)) return `the backup of ${at} has not started`;
  const open = starts.find(({ startedMs, outcome }) => outcome === undefined && startedMs < over.atMs);
  if (open === undefined) return undefined;
  return `the backup that started at ${instantText(open.startedMs)} has not ended by ${at}`;
}

function failureText(outcome: ProtectedOutcome): string | undefined {
  if ('failed' in outcome) return `${outcome.run} failed: ${outcome.failed}`;
  if ('skipped' in outcome) return `it was skipped: ${outcome.skipped}`;
  return outcome.exitCode === 0 ? undefined : `${outcome.run} ended with exit code ${outcome.exitCode}`;
}
