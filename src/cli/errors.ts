import { catalogue } from '../core/error-catalogue.ts';
import { isLandfallError, unknownDetail, type ErrorDetail } from '../core/errors.ts';
import { createRedactor, type Redactor } from '../host/redact.ts';
import type { TerminalSink } from './render/sink.ts';
import { paint } from './render/style.ts';
import { clean } from './render/width.ts';
import { writeWrapped } from './render/wrap.ts';
import type { ErrorEntry, ErrorGroup } from '../core/error-entry.ts';

const subjectsShown = 3;
/** Where the text of an error begins. */
export const errorIndent = 8;
const docs = 'docs/reference/errors.md';

/** Worst first: a defect and lost integrity before what waits for a setting. */
const worst: readonly ErrorGroup[] = [
  'internal',
  'integrity',
  'conflict',
  'volume',
  'target',
  'source',
  'cluster',
  'location',
  'policy',
  'limit',
  'config',
  'cancelled',
];

/** Where an error stands: what is reported in its last line. */
export interface ErrorPlace {
  readonly run?: string;
  readonly step?: string;
  /** What was changed, and which side serves: `nothing was changed`. */
  readonly state?: string;
  readonly color?: boolean;
}

export interface PrintErrorOptions extends ErrorPlace {
  readonly output: 'text' | 'json';
  readonly stderr: TerminalSink;
  readonly redactor?: Redactor;
}

/** Writes what a command threw to stderr: four lines, or one JSON object. Once, at the end. */
export function printError(error: unknown, options: PrintErrorOptions): void {
  const redactor = options.redactor ?? createRedactor();
  const details = redactor.data(detailsOf(error));
  if (options.output === 'json') {
    options.stderr.write(`${JSON.stringify(errorJson(details))}\n`);
    return;
  }
  for (const line of formatErrors(details, options)) writeWrapped(options.stderr, line, errorIndent);
}

/** An error as data for JSON: the first, its documentation, and all problems when there are several. */
export function errorJson(details: readonly ErrorDetail[]): Record<string, unknown> {
  const [first] = details;
  if (first === undefined) return {};
  const problems = details.length === 1 ? {} : { problems: details };
  return { ...first, docs: docsOf(first), ...problems };
}

/** The data of anything that was thrown; what is not ours is a defect, with its message and causes. */
function detailsOf(error: unknown): readonly ErrorDetail[] {
  if (isLandfallError(error)) return error.problems.length === 0 ? [error.detail] : error.problems;
  const what =
    error instanceof Error ? `${error.name}: ${error.message}` : `an unknown error was thrown: ${typeof error}`;
  return [unknownDetail(error, what)];
}

/**
 * Errors as lines (A6), grouped by code, worst first: what, why, fix, state. A group names its first three subjects and
 * how many more; problems of a configuration, and of a wave that is to be continued, are all named, because all have to be
 * corrected.
 */
export function formatErrors(errors: readonly ErrorDetail[], place: ErrorPlace = {}): string[] {
  const groups = Map.groupBy(errors, (error) => error.code);
  const sorted = [...groups.values()].sort((a, b) => rank(a) - rank(b) || b.length - a.length);
  return sorted.flatMap((group) => formatGroup(group, place)).map((line) => line.trimEnd());
}

function formatGroup(group: readonly ErrorDetail[], place: ErrorPlace): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const label = paint('ERROR', 'bad', place.color === true);
  const facts = [place.state ?? '', docsOf(first), whereText(place)].filter((part) => part !== '');
  const last = [`  ${place.state === undefined || place.state === '' ? 'see  ' : 'state'} ${facts.join(' · ')}`];
  if (group.length === 1) {
    return [`${label} ${first.code}  ${clean(first.what)}`, ...whyLines(first), `  fix   ${clean(first.fix)}`, ...last];
  }
  const all = entryOf(first)?.group === 'config' || first.code === 'RETRY_UNSAFE';
  const shown = all ? group : group.slice(0, subjectsShown);
  const more = group.length - shown.length;
  const own = new Set(group.map((one) => one.fix)).size > 1;
  return [
    `${label} ${first.code}  ${group.length} ${all ? 'problems' : 'times'}`,
    ...shown.flatMap((one) => [`  - ${subjectText(one)}`, ...(own ? [`    fix ${clean(one.fix)}`] : [])]),
    ...(more === 0 ? [] : [`  and ${more} more`]),
    ...(own ? [] : [`  fix   ${clean(first.fix)}`]),
    ...last,
  ];
}

function whyLines(error: ErrorDetail): string[] {
  const causes = (error.cause ?? []).filter((cause) => cause !== error.what);
  const why = [error.why ?? '', ...causes].filter((part) => part !== '');
  const ref = error.ref === undefined || error.what.includes(error.ref) ? [] : [error.ref];
  const reported = [...ref, ...why];
  return reported.length === 0 ? [] : [`  why   ${clean(reported.join('; '))}`];
}

function subjectText(error: ErrorDetail): string {
  const ref = error.ref === undefined || error.what.includes(error.ref) ? '' : `${error.ref}  `;
  return clean(`${ref}${error.what}`);
}

function whereText({ run = '', step = '' }: ErrorPlace): string {
  return [run === '' ? '' : `run ${run}`, step === '' ? '' : `step ${step}`].filter((part) => part !== '').join(' ');
}

function docsOf(error: ErrorDetail): string {
  return `${docs}#${error.code.toLowerCase()}`;
}

function rank(group: readonly ErrorDetail[]): number {
  const entry = entryOf(group[0]);
  return entry === undefined ? -1 : worst.indexOf(entry.group);
}

/** Undefined for a code of a later version. */
function entryOf(error: ErrorDetail | undefined): ErrorEntry | undefined {
  return error === undefined ? undefined : (catalogue as Readonly<Record<string, ErrorEntry>>)[error.code];
}
