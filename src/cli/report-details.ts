import { approverText } from '../core/plan/approval.ts';
import { formatDuration } from '../core/run/format.ts';
import type { RunReport, VolumeResult } from '../core/run/report.ts';
import { formatErrors } from './errors.ts';
import { clean } from './render/width.ts';

/** What the end block only counts, with reasons and names: changes, excluded objects, parity, findings, undo. */
export function reportDetails(report: RunReport): string[] {
  const { changes, excluded, parity, findings, undo, volumes } = report;
  const names = (examples: readonly string[], count: number) =>
    `${examples.join(', ')}${count > examples.length ? ` and ${count - examples.length} more` : ''}`;
  return [
    ...section('changed', changes, ({ rule, reason, count, examples }) => [
      `${String(count).padStart(6)}  ${rule}: ${reason}`,
      `        ${names(examples, count)}`,
    ]),
    ...section('excluded', excluded, ({ reason, count, examples }) => [
      `${String(count).padStart(6)}  ${reason}`,
      `        ${names(examples, count)}`,
    ]),
    ...section('volumes', volumes, (volume) => [
      `        ${volume.claim}  ${volume.files} files, ${volume.bytes} bytes, ${stateOf(volume)}, tree ${volume.sourceTree.slice(0, 16)}`,
    ]),
    ...section('without data', report.withoutData ?? [], ({ reason, count, examples }) => [
      `${String(count).padStart(6)}  ${reason}`,
      `        ${names(examples, count)}`,
    ]),
    ...section('missing', parity.names.missing, (name) => [`        ${name}`]),
    ...section('extra', parity.names.extra, (name) => [`        ${name}`]),
    ...section('different', parity.names.different, (name) => [`        ${name}`]),
    ...section('findings', findings, ({ severity, code, subject, message }) => [
      `        ${severity} ${code}  ${subject}: ${message}`,
    ]),
    ...section('losses', report.losses ?? [], ({ rule, message, count, examples }) => [
      `${String(count).padStart(6)}  ${rule}: ${message}`,
      `        ${names(examples, count)}`,
    ]),
    ...mappingLines(report),
    ...section('required from the platform', report.inventory ?? [], ({ object, reason, neededBy }) => [
      `        ${object}  ${reason} (${neededBy.join(', ')})`,
    ]),
    ...planLines(report.plan),
    ...section('undone', undo, ({ title, state }) => [`        ${state}  ${title}`]),
    ...formatErrors([...(report.error === undefined ? [] : [report.error]), ...report.failures]),
  ].map(clean);
}

/** Compared where it arrived; else how much of it the repository did not have. */
function stateOf({ equal, newBytes }: VolumeResult): string {
  if (equal === undefined) return newBytes === undefined ? 'stored' : `${newBytes} of them new`;
  return equal ? 'equal' : 'DIFFERENT';
}

function mappingLines({ mapping }: RunReport): string[] {
  const rows = [
    ...(mapping?.namespaces ?? []).map(({ from, to }) => `        namespace ${from} -> ${to}`),
    ...(mapping?.storageClasses ?? []).map(({ from, to }) => `        storage class ${from} -> ${to}`),
  ];
  return section('mapped', rows, (line) => [line]);
}

/** What was approved and expected, beside what it took. */
export function planLines(plan: RunReport['plan']): string[] {
  if (plan === undefined) return [];
  const { hash, run, approvals, estimates, drifted } = plan;
  return section(
    'plan',
    [
      `        ${hash} of run ${run}`,
      ...approvals.map((approval) => `        approved by ${approverText(approval)} at ${approval.at}`),
      ...estimates.map(({ phase, lowMs, highMs, tookMs }) => {
        const verdict =
          tookMs < lowMs ? 'faster than expected' : tookMs > highMs ? 'SLOWER than expected' : 'as expected';
        const range = `${formatDuration(lowMs)} to ${formatDuration(highMs)}`;
        return `        ${phase.padEnd(9)} took ${formatDuration(tookMs)}, expected ${range}: ${verdict}`;
      }),
      ...(drifted.count === 0
        ? []
        : [`        ${drifted.count} objects changed as the plan allows: ${drifted.examples.join(', ')}`]),
    ],
    (line) => [line]
  );
}

function section<T>(title: string, items: readonly T[], lines: (item: T) => readonly string[]): string[] {
  return items.length === 0 ? [] : ['', title, ...items.flatMap((item) => [...lines(item)])];
}
