import { errorDetail, type ErrorDetail } from '../core/errors.ts';

/** Keys and indexes from the root of a document to a value. */
export type ConfigPath = readonly (string | number)[];

/** A place in a file, both counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong in a configuration file: an error as data, with its place. */
export interface ConfigProblem extends ErrorDetail {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `Migration/shop spec.scope.namespaces[1]`; '' for a problem of the whole file. */
  readonly path: string;
}

export interface ProblemOptions {
  readonly file: string;
  readonly at: Position;
  readonly path: string;
  /** The value as `quotedValue` shows it; absent where the message is not about one. */
  readonly value?: string | undefined;
  /** What is wrong, as the end of the sentence "PATH VALUE …". Never the value of anything that may be a secret. */
  readonly what: string;
  readonly hint: string;
}

/** Builds a problem; `what` becomes a sentence with its subject, `ref` a place that editors can jump to. */
export function configProblem(options: ProblemOptions): ConfigProblem {
  const { file, at, path, what, hint } = options;
  const subject = path === '' ? 'the file' : path;
  // A sentence that names the value already does not need it twice.
  const plain = options.value?.replace(/^"(.*)"$/, '$1') ?? '';
  const isNamed = plain.length > 1 && what.split(/\s+/).some((word) => word.replace(/[,.:;]$/, '') === plain);
  const shown = plain === '' || isNamed ? '' : ` ${options.value}`;
  const ref = `${file}:${at.line}:${at.column}`;
  const detail = errorDetail('CONFIG_INVALID', { what: `${subject}${shown} ${what}`, fix: hint, ref });
  return { ...detail, file, line: at.line, column: at.column, path };
}

/** `spec.scope.namespaces[1]`; keys that are no plain words are quoted. */
export function formatPath(path: ConfigPath): string {
  return path.map(formatSegment).join('').replace(/^\./, '');
}

function formatSegment(segment: string | number): string {
  if (typeof segment === 'number') return `[${segment}]`;
  return /^[A-Za-z0-9_-]+$/.test(segment) ? `.${segment}` : `[${JSON.stringify(segment.slice(0, 80))}]`;
}

/** In the order of the file, each place and sentence once. */
export function sortProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const unique = new Map(problems.map((problem) => [`${problem.ref} ${problem.what}`, problem]));
  return [...unique.values()].sort(
    (a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column || a.path.localeCompare(b.path)
  );
}
