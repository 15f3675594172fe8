import { catalogue } from './error-catalogue.ts';
import type { Retry, ErrorEntry } from './error-entry.ts';

/** The permanent code of an error: a key of the catalogue, an anchor in docs/reference/errors.md. */
export type ErrorCode = keyof typeof catalogue;

/** An error as data: what travels in Temporal failures, events, reports and `-o json`. */
export interface ErrorDetail {
  readonly code: ErrorCode;
  /** What happened, in one sentence, with the subject in it. Never a secret. */
  readonly what: string;
  readonly why?: string;
  readonly fix: string;
  /** The object, file, claim or key that it concerns. */
  readonly ref?: string;
  readonly retry: Retry;
  readonly retryAfterMs?: number;
  /** Which cluster it came from, for codes that may come from either. */
  readonly side?: 'source' | 'target';
  readonly cause?: readonly string[];
}

export interface LandfallErrorOptions {
  readonly what: string;
  readonly why?: string;
  readonly fix?: string;
  readonly ref?: string;
  readonly retryAfterMs?: number;
  readonly side?: 'source' | 'target';
  readonly cause?: unknown;
  /** All problems found at once (configuration); the error itself is the first. */
  readonly problems?: readonly ErrorDetail[];
}

/**
 * The only error class of the project. Thrown by ports and activities, turned into an ApplicationFailure with
 * `type = code` at the edge to Temporal, and into four lines or one JSON object at the edge to people.
 */
export class LandfallError extends Error {
  readonly code: ErrorCode;
  readonly detail: ErrorDetail;
  readonly problems: readonly ErrorDetail[];

  constructor(code: ErrorCode, options: LandfallErrorOptions) {
    super(`${code}: ${options.what}`, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'LandfallError';
    this.code = code;
    this.detail = errorDetail(code, options);
    this.problems = options.problems ?? [this.detail];
  }
}

/** Builds the data form of an error: defaults for `fix` and `retry` come from the catalogue. */
export function errorDetail(code: ErrorCode, options: LandfallErrorOptions): ErrorDetail {
  // A code may come from a finding, or from another version: a run that has nothing to say of it must end all the same.
  const entry = (catalogue as Readonly<Partial<Record<string, ErrorEntry>>>)[code];
  const cause = causeChain(options.cause);
  return {
    code,
    what: options.what,
    fix: options.fix ?? entry?.fix ?? 'see the reason',
    retry: options.retryAfterMs === undefined ? (entry?.retry ?? 'never') : 'after',
    ...(options.why === undefined ? {} : { why: options.why }),
    ...(options.ref === undefined ? {} : { ref: options.ref }),
    ...(options.retryAfterMs === undefined ? {} : { retryAfterMs: options.retryAfterMs }),
    ...(options.side === undefined ? {} : { side: options.side }),
    ...(cause.length === 0 ? {} : { cause }),
  };
}

/** Characters of a field of an error that travels: Temporal takes failures up to a limit, beyond which it keeps no reason. */
const fieldMax = 4000;

/** Cuts what an error says to what may travel, each text in its middle: its beginning and its end say the most. */
export function boundedDetail(detail: ErrorDetail): ErrorDetail {
  const { what, why, fix, ref, cause } = detail;
  return {
    ...detail,
    what: cutMiddle(what),
    fix: cutMiddle(fix),
    ...(why === undefined ? {} : { why: cutMiddle(why) }),
    ...(ref === undefined ? {} : { ref: cutMiddle(ref) }),
    ...(cause === undefined ? {} : { cause: cause.slice(0, 5).map(cutMiddle) }),
  };
}

function cutMiddle(text: string): string {
  if (text.length <= fieldMax) return text;
  const half = fieldMax / 2;
  return `${text.slice(0, half)} [... ${text.length - fieldMax} characters ...] ${text.slice(-half)}`;
}

/** The data of a caught value that is no LandfallError: DISK_FULL where the file system said so, else a defect. */
export function unknownDetail(error: unknown, what = messageOf(error)): ErrorDetail {
  return isDiskFull(error)
    ? errorDetail('DISK_FULL', { what: `no space left: ${messageOf(error)}` })
    : errorDetail('INTERNAL', { what, ...(error instanceof Error && { cause: error.cause }) });
}

/** True when a file system has no room left, or none for this user. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True when a caught value is a LandfallError with one of the codes (any code when none is given). */
export function isLandfallError(error: unknown, ...codes: readonly ErrorCode[]): error is LandfallError {
  return error instanceof LandfallError && (codes.length === 0 || codes.includes(error.code));
}

/** Messages of an error and its causes, outermost first, at most five. */
function causeChain(cause: unknown): string[] {
  const messages: string[] = [];
  for (let current = cause; current instanceof Error && messages.length < 5; current = current.cause) {
    messages.push(current.message);
  }
  return messages;
}
