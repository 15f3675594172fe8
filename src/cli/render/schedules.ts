import type { ScheduledOutcome } from '../../assess/contract.ts';
import { plural } from '../../core/run/format.ts';
import type { AssessSchedule } from '../../runs/schedules.ts';
import { verdictWords } from './assessment-text.ts';
import { clean } from './width.ts';

/** Schedules of assessments with what their last starts found, as lines of plain text. */
export function scheduleLines(schedules: readonly AssessSchedule[]): readonly string[] {
  if (schedules.length === 0)
    return ['nothing is scheduled; create a schedule with: landfall assess -f FILE --schedule "0 3 * * *"'];
  return schedules
    .flatMap(({ name, when, next, paused, starts }) => [
      `${name}  ${when}  ${paused ? 'paused' : `next ${next === '' ? 'never' : next}`}`,
      ...(starts.length === 0 ? ['  not started yet'] : []),
      ...starts.map(({ started, outcome }) => `  ${started}  ${outcomeText(outcome)}`),
    ])
    .map(clean);
}

function outcomeText(outcome: ScheduledOutcome | undefined): string {
  if (outcome === undefined) return 'in progress';
  if ('skipped' in outcome) return `skipped: ${outcome.skipped}`;
  if ('failed' in outcome) return `${outcome.run}  failed: ${outcome.failed}`;
  const { run, verdict, counts } = outcome;
  if (verdict === undefined || counts === undefined) return run;
  const found = `${plural(counts.blockers, 'blocker')}  ${plural(counts.warnings, 'warning')}`;
  return `${run}  ${verdictWords[verdict]}  ${found}  ${counts.new} new, ${counts.gone} resolved`;
}
