import type { AssessmentFinding } from '../../core/findings/finding.ts';
import { formatDuration, plural } from '../../core/run/format.ts';
import { parseInstant } from '../../core/run/instant.ts';
import { clean } from './width.ts';
import type { Severity } from '../../core/findings/finding-entry.ts';
import type { Assessment, Verdict } from '../../assess/assessment.ts';

const causesShown = 10;
const subjectsShown = 3;
const namespacesShown = 12;

export const verdictWords: Readonly<Record<Verdict, string>> = {
  ready: 'READY',
  conditions: 'READY WITH CONDITIONS',
  'not-ready': 'NOT READY',
  unknown: 'UNKNOWN',
};

export const actorWords: Readonly<Record<AssessmentFinding['actor'], string>> = {
  landfall: 'Landfall translates it',
  decide: 'you decide',
  change: 'you must change it',
  stays: 'cannot be moved',
};

/** Findings of one code, in one place: one cause with many subjects is seen once. */
export interface Cause {
  readonly code: string;
  readonly severity: Severity;
  readonly findings: readonly [AssessmentFinding, ...AssessmentFinding[]];
}

/** Groups findings by cause, worst first, then by how many subjects they have. */
export function causesOf(findings: readonly AssessmentFinding[]): readonly Cause[] {
  const order: readonly Severity[] = ['blocker', 'warning', 'info'];
  const groups = Map.groupBy(findings, ({ code, severity }) => `${severity} ${code}`);
  return [...groups.values()]
    .flatMap((all): Cause[] => {
      const [first, ...rest] = all;
      return first === undefined ? [] : [{ code: first.code, severity: first.severity, findings: [first, ...rest] }];
    })
    .toSorted((one, other) => {
      const rank = order.indexOf(one.severity) - order.indexOf(other.severity);
      return rank === 0 ? other.findings.length - one.findings.length : rank;
    });
}

/** An assessment as lines of plain text: the verdict, the ten worst causes, what was not checked, what is new. */
export function assessmentText(assessment: Assessment, more: string): readonly string[] {
  const open = assessment.findings.filter(({ waiver }) => waiver === undefined);
  const causes = causesOf(open);
  return [
    ...headLines(assessment),
    ...causes.slice(0, causesShown).flatMap(causeLines),
    ...(causes.length > causesShown ? ['', `and ${plural(causes.length - causesShown, 'other cause')}: ${more}`] : []),
    ...waivedLines(assessment),
    ...newLines(assessment),
    ...goneLines(assessment),
    ...notCheckedLines(assessment),
  ].map(clean);
}

function headLines(assessment: Assessment): string[] {
  const { verdict, name, source, target, counts, coverage, verdicts, previous, scope } = assessment;
  const took = formatDuration((parseInstant(assessment.finished) ?? 0) - (parseInstant(assessment.started) ?? 0));
  const shown = verdicts.slice(0, namespacesShown);
  return [
    `${verdictWords[verdict]} ${name}: ${source.name} (${source.version}) -> ${target.name} (${target.version}) in ${took}`,
    row(
      'findings',
      `${plural(counts.blockers, 'blocker')}  ${plural(counts.warnings, 'warning')}  ${counts.infos} for information  ${counts.waived} waived`
    ),
    row('checks', `${coverage.ran} of ${coverage.total} ran`),
    row(
      'scope',
      `${plural(scope.objects, 'object')}  ${plural(scope.claims, 'claim')}  in ${plural(scope.namespaces.length, 'namespace')}`
    ),
    ...shown.map((one, index) =>
      row(index === 0 ? 'verdict' : '', `${one.namespace}: ${verdictWords[one.verdict].toLowerCase()}`)
    ),
    ...(verdicts.length > shown.length
      ? [row('', `and ${plural(verdicts.length - shown.length, 'other namespace')}`)]
      : []),
    row(
      'since',
      previous === undefined
        ? 'the first assessment of this migration'
        : `${previous.finished} (${previous.run}): ${counts.new} new, ${counts.gone} resolved`
    ),
  ];
}

function causeLines({ code, severity, findings }: Cause): string[] {
  const [first] = findings;
  const rest = findings.length - subjectsShown;
  const fresh = findings.filter(({ state }) => state === 'new').length;
  return [
    '',
    `${severity.toUpperCase()} ${code}  ${plural(findings.length, 'subject')}, ${fresh} new; ${actorWords[first.actor]}`,
    `  ${first.consequence}`,
    ...findings
      .slice(0, subjectsShown)
      .flatMap(({ subject, message, evidence }) => [`  - ${subject}: ${message}`, `      seen  ${evidence}`]),
    ...(rest > 0 ? [`  - and ${rest} more`] : []),
    `  fix  ${first.remedy}`,
    `  see  ${first.docs}`,
  ];
}

function waivedLines({ findings }: Assessment): string[] {
  const waived = findings.flatMap(({ code, subject, waiver }) =>
    waiver === undefined
      ? []
      : [`  ${code}  ${subject}: ${waiver.reason} (${waiver.owner}, ${plural(waiver.daysRemaining, 'day')} left)`]
  );
  return waived.length === 0 ? [] : ['', `waived`, ...waived.slice(0, causesShown)];
}

/** In the first assessment everything is new, and nothing is said by it. */
function newLines({ findings, previous }: Assessment): string[] {
  const fresh = findings.filter(({ state }) => state === 'new');
  if (previous === undefined || fresh.length === 0) return [];
  const rest = fresh.length - causesShown;
  return [
    '',
    'new since the last assessment',
    ...fresh.slice(0, causesShown).map(({ code, subject }) => `  ${code}  ${subject}`),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
  ];
}

function goneLines({ gone }: Assessment): string[] {
  if (gone.length === 0) return [];
  return [
    '',
    'resolved since the last assessment',
    ...gone.slice(0, causesShown).map(({ code, subject }) => `  ${code}  ${subject}`),
  ];
}

function notCheckedLines({ coverage }: Assessment): string[] {
  if (coverage.notChecked.length === 0) return [];
  return ['', 'not checked', ...coverage.notChecked.map(({ id, why }) => `  ${id}  ${why}`)];
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(9)} ${text}`;
}
