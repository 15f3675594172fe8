import type { RunReport } from '../core/run/report.ts';
import { formatErrors } from './errors.ts';
import { clean } from './render/width.ts';

/** What the end block only counts, with reasons and names: changes, left-out objects, parity, findings, undo. */
export function reportDetails(report: RunReport): string[] {
  const { changes, leftOut, parity, findings, undo, volumes } = report;
  const names = (examples: readonly string[], count: number) =>
    `${examples.join(', ')}${count > examples.length ? ` and ${count - examples.length} more` : ''}`;
  return [
    ...section('changed', changes, ({ rule, reason, count, examples }) => [
      `${String(count).padStart(6)}  ${rule}: ${reason}`,
      `        ${names(examples, count)}`,
    ]),
    ...section('left out', leftOut, ({ reason, count, examples }) => [
      `${String(count).padStart(6)}  ${reason}`,
      `        ${names(examples, count)}`,
    ]),
    ...section('volumes', volumes, ({ claim, bytes, files, equal, sourceTree }) => [
      `        ${claim}  ${files} files, ${bytes} bytes, ${equal ? 'equal' : 'DIFFERENT'}, tree ${sourceTree.slice(0, 16)}`,
    ]),
    ...section('missing', parity.names.missing, (name) => [`        ${name}`]),
    ...section('extra', parity.names.extra, (name) => [`        ${name}`]),
    ...section('different', parity.names.different, (name) => [`        ${name}`]),
    ...section('findings', findings, ({ severity, code, subject, message }) => [
      `        ${severity} ${code}  ${subject}: ${message}`,
    ]),
    ...section('undone', undo, ({ title, state }) => [`        ${state}  ${title}`]),
    ...formatErrors([...(report.error === undefined ? [] : [report.error]), ...report.failures]),
  ].map(clean);
}

function section<T>(title: string, items: readonly T[], lines: (item: T) => readonly string[]): string[] {
  return items.length === 0 ? [] : ['', title, ...items.flatMap((item) => [...lines(item)])];
}
