import type { ProtectedOutcome } from '../../core/protection/policy.ts';
import { plural } from '../../core/run/format.ts';
import type { AppliedTier } from '../../runs/protection/schedules.ts';
import type { TierStatus } from '../../runs/protection/status.ts';
import { clean } from './width.ts';

const startsShown = 5;

/** What applying a policy did, as lines of plain text. */
export function appliedLines(policy: string, applied: readonly AppliedTier[]): readonly string[] {
  return applied
    .flatMap(({ tier, done, changes }) => [`${policy} ${tier}: ${done}`, ...changes.map((change) => `  ${change}`)])
    .map(clean);
}

/** Tiers of policies with their last starts and what is wrong with them, as lines of plain text. */
export function policyLines(tiers: readonly TierStatus[]): readonly string[] {
  if (tiers.length === 0) return ['no policy is applied; apply one with: landfall protection apply -f FILE'];
  return tiers
    .flatMap(({ policy, tier, when, source, location, paused, next, starts, findings, ...scope }) => [
      `${policy} ${tier}  ${when}  ${source} -> ${location}  ${paused ? 'paused' : `next ${next === '' ? 'never' : next}`}`,
      ...(scope.excludedNamespaces.length === 0 ? [] : [`  excluded: ${scope.excludedNamespaces.join(', ')}`]),
      ...(starts.length === 0 ? ['  not started yet'] : []),
      ...starts.slice(0, startsShown).map(({ started, outcome }) => `  ${started}  ${outcomeText(outcome)}`),
      ...findings.flatMap(({ code, message, remedy }) => [`  ${code}  ${message}`, `    ${remedy}`]),
    ])
    .map(clean);
}

function outcomeText(outcome: ProtectedOutcome | undefined): string {
  if (outcome === undefined) return 'in progress';
  if ('skipped' in outcome) return `skipped: ${outcome.skipped}`;
  if ('failed' in outcome) return `${outcome.run}  failed: ${outcome.failed}`;
  const { run, exitCode, objects, pruned } = outcome;
  const made = exitCode === 0 ? 'whole' : `exit code ${exitCode}`;
  const after = 'skipped' in pruned ? `not pruned: ${pruned.skipped}` : `pruned by ${pruned.run}`;
  return `${run}  ${made}  ${plural(objects, 'object')}  ${after}`;
}
