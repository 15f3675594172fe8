import { plural, formatBytes, formatCount, formatDuration } from './format.ts';
import { parseInstant } from './instant.ts';
import type { RunReport } from './report.ts';
import type { RunOutcome, SideState } from './events.ts';

const groupsShown = 5;
const errorsShown = 3;
const overwrittenShown = 5;

/** What a run that ended well, or partly, has done. */
const done: Readonly<Record<string, string>> = { migrate: 'MIGRATED', restore: 'RESTORED', backup: 'BACKED UP' };

const headlines: Readonly<Record<Exclude<RunOutcome, 'succeeded' | 'partial'>, string>> = {
  failed: 'FAILED',
  'rolled-back': 'ROLLED BACK',
  cancelled: 'CANCELLED',
  detached: 'DETACHED',
};

/** A dry run moves nothing, and must not read as if it had. */
const dryRunHeadlines: Readonly<Partial<Record<RunOutcome, string>>> = {
  succeeded: 'DRY RUN, ALL ACCEPTED',
  partial: 'DRY RUN, SOME REJECTED',
};

/**
 * The end of a run as lines of plain text, the same in every renderer: what it came to, the numbers, why things were
 * changed, excluded or failed, and what is still open. Pure; numbers are those of the report.
 */
export function summarise(report: RunReport): string[] {
  return [
    headline(report),
    ...dataRows(report),
    ...(isBackup(report) ? backupRows(report) : appliedRows(report)),
    ...unseenRows(report),
    ...(report.rows === undefined ? [] : [row('rows', rowsText(report.rows))]),
    row('time', timeText(report)),
    ...grouped(
      'changed',
      report.changes.map((group) => ({ ...group, text: `${group.rule}: ${group.reason}` }))
    ),
    ...grouped(
      'excluded',
      report.excluded.map((group) => ({ ...group, text: group.reason }))
    ),
    ...overwrittenRows(report),
    ...grouped(
      'losses',
      (report.losses ?? []).map((group) => ({ ...group, text: group.message }))
    ),
    ...failureRows(report),
    ...undoRows(report),
    ...openRows(report),
  ];
}

/** What became of the objects on the target, and how it compares. */
function appliedRows(report: RunReport): string[] {
  return [
    row('objects', report.dryRun === true ? askedText(report) : objectsText(report)),
    ...grouped(
      'unchecked',
      (report.notAsked ?? []).map((group) => ({ ...group, text: group.reason }))
    ),
    row('parity', parityText(report)),
  ];
}

/** What is in the recovery point, and what of the volumes is not. Nothing was compared with anything. */
function backupRows({ recoveryPoint, location, objects, volumes, withoutData = [], copies }: RunReport): string[] {
  const bytes = volumes.reduce((sum, volume) => sum + volume.bytes, 0);
  const fresh = volumes.reduce((sum, volume) => sum + (volume.newBytes ?? 0), 0);
  const left = objects.excluded === 0 ? '' : ' (reasons below)';
  const taken = `${formatCount(volumes.length)} copied, ${formatBytes(bytes)}, ${formatBytes(fresh)} of it new`;
  const where = location === undefined ? '' : ` in ${location}`;
  return [
    ...(recoveryPoint === undefined ? [] : [row('point', `${pointOf(recoveryPoint)}${where}`)]),
    row('objects', `${formatCount(objects.captured)} captured  ${formatCount(objects.excluded)} excluded${left}`),
    row('volumes', volumes.length === 0 ? 'none copied' : taken),
    ...grouped(
      'no data',
      withoutData.map((group) => ({ ...group, text: group.reason }))
    ),
    ...(copies?.to ?? []).map(({ location: copy, state, copiedBytes, problem }) =>
      row(
        'copy',
        state === 'verified'
          ? `${copy}: verified, ${formatBytes(copiedBytes)} sent`
          : `${copy}: NOT COPIED: ${problem?.what ?? ''}`
      )
    ),
  ];
}

function pointOf(recoveryPoint: string): string {
  return recoveryPoint.split('/')[1] ?? '';
}

function isBackup({ kind }: RunReport): boolean {
  return kind === 'backup';
}

function headline(report: RunReport): string {
  const took = formatDuration((parseInstant(report.finished) ?? 0) - (parseInstant(report.started) ?? 0));
  const source = isRestore(report) ? '' : `source ${sideText(report.sides.source)}, `;
  const target = `target ${sideText(report.sides.target)}`;
  const sides = isBackup(report) ? `source ${sideText(report.sides.source)}` : `${source}${target}`;
  const { dataAsOf } = report;
  const data = dataAsOf === undefined ? '' : `; data as of ${instantText(firstOf(dataAsOf))}`;
  // An application that stands still comes first: whoever reads one word has to read this one.
  const frozen = report.sides.source === 'frozen' ? 'SOURCE FROZEN, ' : '';
  return `${frozen}${outcomeText(report)} ${report.name}: ${endsOf(report)} in ${took}; ${sides}${data}`;
}

function endsOf(report: RunReport): string {
  const { source, target, recoveryPoint = '', location } = report;
  const point = pointOf(recoveryPoint);
  if (isBackup(report)) return location === undefined ? source.name : `${source.name} -> ${location}`;
  const from = isRestore(report) ? `${point} of ${source.name}` : source.name;
  return `${from} -> ${target?.name ?? point}`;
}

/** The cluster that was captured is not observed, so nothing is said of it. */
function isRestore({ kind }: RunReport): boolean {
  return kind === 'restore';
}

/** As of when the data is, in whole: objects and volumes are read at different times. */
function dataRows(report: RunReport): string[] {
  const { dataAsOf } = report;
  if (dataAsOf === undefined) return [];
  const { objects, volumes } = dataAsOf;
  const range = volumes === undefined ? '' : `, volumes ${rangeText(volumes)}`;
  const later =
    isRestore(report) || isBackup(report)
      ? 'later writes are not in the recovery point'
      : 'later writes are on the source only';
  return [row('data', `as of: objects ${instantText(objects)}${range}; ${later}`)];
}

/** The earliest time: nothing that was written before it is missing. */
function firstOf({ objects, volumes }: NonNullable<RunReport['dataAsOf']>): string {
  const first = volumes?.from ?? objects;
  return (parseInstant(first) ?? 0) < (parseInstant(objects) ?? 0) ? first : objects;
}

function rangeText({ from, to }: { readonly from: string; readonly to: string }): string {
  const [first, last] = [instantText(from), instantText(to)];
  return first === last ? first : `${first} to ${last}`;
}

/** `2026-05-01T22:45:28Z`: the day too, since a report is read later. */
function instantText(instant: string): string {
  return instant.replace(/\.\d+Z$/, 'Z');
}

/** A side as it stands in a line of text. */
function sideText(state: SideState): string {
  return state === 'unknown' ? 'not observed' : state.toUpperCase();
}

/** A run that could not see everything, or goes without an object, is incomplete, however well the rest went. */
function outcomeText({ kind, outcome, dryRun, unseen = [], objects }: RunReport): string {
  if (outcome === 'partial' && dryRun !== true && objects.failed > 0) return 'INCOMPLETE';
  if (outcome === 'partial' && unseen.length > 0) return dryRun === true ? 'DRY RUN, INCOMPLETE' : 'INCOMPLETE';
  if (dryRun !== true) return headlineOf(kind, outcome);
  const { accepted, failed, notAsked = 0 } = objects;
  if (accepted === undefined || (outcome !== 'succeeded' && outcome !== 'partial'))
    return dryRunHeadlines[outcome] ?? headlineOf(kind, outcome);
  if (failed > 0) return 'DRY RUN, SOME REJECTED';
  return notAsked > 0 ? 'DRY RUN, SOME NOT CHECKED' : 'DRY RUN, ALL ACCEPTED';
}

function headlineOf(kind: string, outcome: RunOutcome): string {
  const word = done[kind] ?? 'DONE';
  if (outcome === 'succeeded') return word;
  return outcome === 'partial' ? `PARTLY ${word}` : headlines[outcome];
}

function unseenRows(report: RunReport): string[] {
  const { unseen = [] } = report;
  return unseen.map(({ cluster, groupVersion, kinds }, index) => {
    const what = kinds.length === 0 ? 'its kinds' : kinds.join(', ');
    return row(
      index === 0 ? 'unseen' : '',
      `${groupVersion} of ${cluster} did not respond: ${what} ${isBackup(report) ? 'are not in the recovery point' : 'did not move'}`
    );
  });
}

function objectsText(report: RunReport): string {
  const { objects, changes } = report;
  const rules =
    objects.changed === 0 || objects.applied === 0
      ? ''
      : ` (${formatCount(objects.changed)} changed by ${plural(changes.length, 'rule')})`;
  const added = objects.added === undefined ? '' : `, ${formatCount(objects.added)} of them created by translation`;
  const { undone, overwritten } = objects;
  const over = overwritten === undefined ? '' : `, ${formatCount(overwritten)} of them overwritten`;
  const out = objects.excluded === 0 ? '' : ' (reasons below)';
  return [
    capturedText(report),
    `${formatCount(objects.applied)} applied${rules}${added}${undone === undefined ? over : ''}`,
    ...(objects.existing === undefined ? [] : [`${formatCount(objects.existing)} already there`]),
    ...(undone === undefined ? [] : [`${formatCount(undone)} applied and undone${over}`]),
    `${formatCount(objects.excluded)} excluded${out}`,
    `${formatCount(objects.failed)} failed`,
  ].join('  ');
}

function capturedText(report: RunReport): string {
  return `${formatCount(report.objects.captured)} ${isRestore(report) ? 'in the recovery point' : 'captured'}`;
}

/** A dry run applies nothing, so it does not say so. */
function askedText(report: RunReport): string {
  const { objects } = report;
  const { accepted = objects.applied, failed, notAsked = 0, excluded } = objects;
  return [
    capturedText(report),
    `${formatCount(accepted)} accepted`,
    `${formatCount(failed)} rejected`,
    `${formatCount(notAsked)} not checked`,
    `${formatCount(excluded)} excluded${excluded === 0 ? '' : ' (reasons below)'}`,
  ].join('  ');
}

function parityText({ parity, volumes }: RunReport): string {
  if (!parity.checked) return 'not checked: the run ended before';
  const counts = `${formatCount(parity.missing)} missing  ${formatCount(parity.extra)} extra  ${formatCount(parity.different)} different`;
  if (volumes.length === 0) return `${counts}        no volumes`;
  const equal = volumes.filter((volume) => volume.equal === true).length;
  const bytes = volumes.reduce((sum, volume) => sum + volume.bytes, 0);
  const excluded = volumes.reduce((sum, volume) => sum + (volume.excluded ?? 0), 0);
  const except = excluded === 0 ? '' : ` except for ${formatCount(excluded)} excluded`;
  return `${counts}        volumes ${equal}/${volumes.length} equal trees${except}, ${formatBytes(bytes)}`;
}

function rowsText(rows: { readonly source: number; readonly target: number }): string {
  const verdict = rows.source === rows.target ? 'equal' : 'DIFFERENT';
  return `${formatCount(rows.source)} on the source  ${formatCount(rows.target)} on the target  ${verdict}`;
}

function timeText(report: RunReport): string {
  if (report.phases.length === 0) return 'no phase finished';
  return report.phases.map((phase) => `${phase.name} ${formatDuration(phase.ms)}`).join('  ');
}

function grouped(
  label: string,
  groups: readonly { readonly count: number; readonly text: string; readonly examples: readonly string[] }[]
): string[] {
  const lines = groups.slice(0, groupsShown).map((group, index) => {
    const example = group.examples[0] === undefined ? '' : ` (${exampleText(group.examples[0], group.count)})`;
    return row(index === 0 ? label : '', `${formatCount(group.count).padStart(5)}  ${group.text}${example}`);
  });
  const remaining = groups.slice(groupsShown);
  if (remaining.length === 0) return lines;
  const count = remaining.reduce((sum, group) => sum + group.count, 0);
  return [
    ...lines,
    row('', `${formatCount(count).padStart(5)}  for ${plural(remaining.length, 'other reason')}: see the report`),
  ];
}

function exampleText(example: string, count: number): string {
  return count === 1 ? example : `${example} and ${formatCount(count - 1)} more`;
}

/** Objects of the target that were changed, by name: whoever else uses them wants to know. */
function overwrittenRows({ overwritten = [], objects }: RunReport): string[] {
  const shown = overwritten.slice(0, overwrittenShown);
  const lines = shown.map(({ object, paths }, index) => {
    const more = paths.length > 1 ? ` and ${formatCount(paths.length - 1)} more` : '';
    return row(index === 0 ? 'overwrote' : '', `${object} (${paths[0] ?? ''}${more})`);
  });
  if (objects.undone !== undefined) return [];
  const hidden = (objects.overwritten ?? 0) - shown.length;
  return hidden <= 0 ? lines : [...lines, row('', `and ${formatCount(hidden)} more: see the report`)];
}

function failureRows(report: RunReport): string[] {
  const shown = report.failures.slice(0, errorsShown);
  const lines = shown.map((failure, index) =>
    row(
      index === 0 ? 'failed' : '',
      `${failure.code}  ${failure.what}${failure.why === undefined ? '' : `: ${failure.why}`}`
    )
  );
  const hidden = report.failures.length - shown.length;
  const affected = report.affected ?? [];
  const needing = affected
    .slice(0, errorsShown)
    .map(({ object, needs }, index) => row(index === 0 ? 'affected' : '', `${object} needs ${needs.join(', ')}`));
  const unnamed = affected.length - needing.length;
  return [
    ...lines,
    ...(hidden === 0 ? [] : [row('', `and ${formatCount(hidden)} more: see the report`)]),
    ...needing,
    ...(unnamed === 0 ? [] : [row('', `and ${formatCount(unnamed)} more: see the report`)]),
  ];
}

function undoRows(report: RunReport): string[] {
  if (report.undo.length === 0) return [];
  const done = report.undo.filter((entry) => entry.state === 'done').length;
  const open = report.undo.filter((entry) => entry.state !== 'done');
  return [
    row('undone', `${done} of ${plural(report.undo.length, 'step')}`),
    ...open.map((entry) =>
      row('', `NOT UNDONE (${entry.state}): ${entry.title}${entry.error === undefined ? '' : `: ${entry.error.what}`}`)
    ),
  ];
}

function openRows(report: RunReport): string[] {
  const open = report.findings.filter(({ waiver }) => waiver === undefined);
  const [blockers = [], warnings = []] = ['blocker', 'warning'].map((severity) =>
    open.filter((finding) => finding.severity === severity)
  );
  const accepted = acceptedRows(report.findings.filter(({ waiver }) => waiver !== undefined));
  const all = [...blockers, ...warnings];
  if (all.length === 0) return accepted;
  const counts = `${plural(blockers.length, 'blocker')}, ${plural(warnings.length, 'warning')}`;
  const [first = '', ...others] = all.slice(0, groupsShown).map(({ code, subject }) => `${code} ${subject}`);
  const hidden = all.length - others.length - 1;
  return [
    row('open', `${counts}: ${first}`),
    ...others.map((name) => row('', name)),
    ...(hidden === 0 ? [] : [row('', `and ${formatCount(hidden)} more: see the report`)]),
    ...accepted,
  ];
}

/** What the file accepts stays in sight: its number, and the first with who accepts it. */
function acceptedRows(accepted: RunReport['findings']): string[] {
  const [first] = accepted;
  if (first === undefined) return [];
  const more = accepted.length > 1 ? ' …' : '';
  const who = `${first.waiver?.owner ?? ''} until ${first.waiver?.until ?? ''}`;
  return [row('accepted', `${plural(accepted.length, 'finding')}: ${first.code} ${first.subject} by ${who}${more}`)];
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(9)} ${text}`;
}
