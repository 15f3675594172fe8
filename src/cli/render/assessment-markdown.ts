import { plural } from '../../core/run/format.ts';
import { actorWords, causesOf, verdictWords } from './assessment-text.ts';
import { clean } from './width.ts';
import type { Assessment } from '../../assess/assessment.ts';

const subjectsShown = 20;

/** An assessment for a ticket: a heading a cause, a list of its subjects. */
export function assessmentMarkdown(assessment: Assessment): string {
  const { verdict, name, source, target, counts, coverage, findings } = assessment;
  const open = findings.filter(({ waiver }) => waiver === undefined);
  return [
    `# ${verdictWords[verdict]}: ${name}`,
    '',
    `${source.name} to ${target.name}, ${assessment.finished}, run ${assessment.run}. ${plural(counts.blockers, 'blocker')}, ${plural(counts.warnings, 'warning')}, ${counts.infos} for information, ${counts.waived} waived; ${counts.new} new, ${counts.gone} resolved. ${coverage.ran} of ${coverage.total} checks ran.`,
    '',
    ...causesOf(open).flatMap(({ code, severity, findings: all }) => [
      `## ${severity} ${code} (${all.length})`,
      '',
      `${all[0].consequence} ${capital(actorWords[all[0].actor])}: ${all[0].remedy}.`,
      '',
      ...all.slice(0, subjectsShown).map(({ subject, message }) => `- [ ] ${inline(subject)}: ${inline(message)}`),
      ...(all.length > subjectsShown ? [`- and ${all.length - subjectsShown} more`] : []),
      '',
    ]),
    ...(coverage.notChecked.length === 0
      ? []
      : ['## Not checked', '', ...coverage.notChecked.map(({ id, why }) => `- ${id}: ${inline(why)}`), '']),
  ].join('\n');
}

/** Text of clusters on one line, without what Markdown or HTML would make of it. */
function inline(text: string): string {
  return clean(text.replace(/\s+/g, ' ')).replace(/[\\`*_[\]<>|#]/g, '\\$&');
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
