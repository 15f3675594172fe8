import type { IncomingHttpHeaders } from 'node:http';
import { isLandfallError, type ErrorCode, type LandfallError } from '../../core/errors.ts';
import { describeForeign, locationError, type LocationErrorOptions } from '../location-error.ts';
import { networkReason, retryAfterMs } from '../network-error.ts';
import type { OperationContext } from '../operation.ts';

/** An answer of the JSON API that is an error. Its message is the store's own. */
export class GcsFailure extends Error {
  readonly status: number;
  /** `conditionNotMet`, `forbidden` and so on; '' where the store gives none. */
  readonly reason: string;
  readonly retryAfter: string | undefined;

  constructor(status: number, { reason, message }: GcsReason, retryAfter: string | undefined) {
    super(message);
    this.name = 'GcsFailure';
    this.status = status;
    this.reason = reason;
    this.retryAfter = retryAfter;
  }
}

interface GcsReason {
  readonly reason: string;
  readonly message: string;
}

/** Reads an error answer: JSON as of the API, or text as downloads give it. */
export function gcsFailure(status: number, headers: IncomingHttpHeaders, body: Buffer): GcsFailure {
  return new GcsFailure(status, reasonOf(body.toString('utf8')), headers['retry-after']);
}

function reasonOf(body: string): GcsReason {
  try {
    const { error } = JSON.parse(body) as { error: { message?: string; errors?: readonly { reason?: string }[] } };
    return { reason: error.errors?.[0]?.reason ?? '', message: error.message ?? '' };
  } catch {
    return { reason: '', message: body.trim().split('\n')[0] ?? '' };
  }
}

/** Reasons of the JSON API (cloud.google.com/storage/docs/json_api/v1/status-codes) that say more than their status. */
const codes: Readonly<Record<string, ErrorCode>> = {
  rateLimitExceeded: 'LOCATION_THROTTLED',
  userRateLimitExceeded: 'LOCATION_THROTTLED',
  dailyLimitExceeded: 'LOCATION_THROTTLED',
  quotaExceeded: 'LOCATION_THROTTLED',
  retentionPolicyNotMet: 'LOCATION_FORBIDDEN',
  objectUnderActiveHold: 'LOCATION_FORBIDDEN',
  accountDisabled: 'LOCATION_FORBIDDEN',
  // Requester pays, and the Location names no project; nothing that a retry changes.
  userProjectMissing: 'LOCATION_FORBIDDEN',
};

function codeOf({ status, reason, message }: GcsFailure): ErrorCode {
  const known = codes[reason];
  if (known !== undefined) return known;
  if (status === 401) return 'LOCATION_CREDENTIALS';
  if (status === 404) return 'LOCATION_NOT_FOUND';
  if (status === 408) return 'LOCATION_UNREACHABLE';
  // Content that was damaged on the way; sent again it is whole.
  if (status === 400 && /(?:md5|crc32c|checksum)/iu.test(message)) return 'LOCATION_SERVER_ERROR';
  if (status === 429 || status === 503) return 'LOCATION_THROTTLED';
  if (status === 403) return 'LOCATION_FORBIDDEN';
  return status >= 500 || status === 409 || status === 412 ? 'LOCATION_SERVER_ERROR' : 'LOCATION_REQUEST_REFUSED';
}

/** Turns an error of a request, or of the SDK's search for credentials, into a code of the catalogue. */
export function gcsError(error: unknown, context: OperationContext): LandfallError {
  if (isLandfallError(error)) return error;
  if (error instanceof GcsFailure) {
    const code = codeOf(error);
    return locationError(code, context, explain(code, error));
  }
  const { answer, status } = tokenAnswer(error);
  if (status !== undefined) return tokenError({ answer, status }, context);
  const reason = networkReason(error);
  if (reason !== undefined) return locationError('LOCATION_UNREACHABLE', context, { why: reason, cause: error });
  if (isWithoutCredentials(error)) {
    const fix =
      'set credentials.file of the Location, or give the worker application default credentials: GOOGLE_APPLICATION_CREDENTIALS or an identity of its machine';
    return locationError('LOCATION_CREDENTIALS', context, { why: describeForeign(error), fix });
  }
  return locationError('LOCATION_SERVER_ERROR', context, { why: describeForeign(error), cause: error });
}

const fixes: Readonly<Record<string, string>> = {
  retentionPolicyNotMet: 'wait until the retention policy of the bucket lets the object go',
  objectUnderActiveHold: 'release the hold of the object, or wait until it is released',
  accountDisabled: 'enable billing of the project that the bucket belongs to',
  userProjectMissing: 'use a bucket without requester pays: Landfall names no project to charge',
};

function explain(code: ErrorCode, failure: GcsFailure): LocationErrorOptions {
  const { status, reason, message, retryAfter } = failure;
  const said = [String(status), reason].filter((part) => part !== '').join(' ');
  // Messages about tokens may repeat them.
  const why =
    code === 'LOCATION_CREDENTIALS' || message === ''
      ? `the store returns ${said}`
      : `the store returns ${said}: ${message}`;
  const fix = fixes[reason];
  return {
    why,
    ...(fix === undefined ? {} : { fix }),
    ...(code === 'LOCATION_THROTTLED' ? { retryAfterMs: retryAfterMs(retryAfter, Date.now()) ?? 1_000 } : {}),
  };
}

/** What a server of tokens has answered: an error of the SDK carries request and response, of which only this is kept. */
interface TokenAnswer {
  /** `invalid_grant` with its description (RFC 6749, 5.2). */
  readonly answer: string;
  readonly status: number | undefined;
}

function tokenAnswer(error: unknown): TokenAnswer {
  const response = error instanceof Error && 'response' in error ? error.response : undefined;
  if (typeof response !== 'object' || response === null) return { answer: '', status: undefined };
  const { status, data } = response as { readonly status?: unknown; readonly data?: unknown };
  const { error: name, error_description: description } = (typeof data === 'object' ? data : {}) as Record<
    string,
    unknown
  >;
  const answer = [name, description].filter((part) => typeof part === 'string').join(': ');
  return { answer, status: typeof status === 'number' ? status : undefined };
}

/** Google refuses assertions dated an hour off with words about `iat` and `exp`. */
function tokenError({ answer, status }: TokenAnswer, context: OperationContext): LandfallError {
  const why = `the server of tokens returns ${status} ${answer}`.trim();
  if (/\biat\b|short-lived token/iu.test(answer)) return locationError('CLOCK_SKEW', context, { why });
  if (status === 429 || status === 503)
    return locationError('LOCATION_THROTTLED', context, { why, retryAfterMs: 1_000 });
  const code = (status ?? 0) >= 500 ? 'LOCATION_SERVER_ERROR' : 'LOCATION_CREDENTIALS';
  return locationError(code, context, { why });
}

/**
 * Of the SDK, which has no class or code for it: no credentials anywhere, the token of an external identity that is not in its
 * file; the last ones come of Node, for a private key that is none.
 */
function isWithoutCredentials(error: unknown): boolean {
  return (
    error instanceof Error &&
    /credential|subject token|does not exist, or it is not a file|private key|DECODER|asn1|PEM/iu.test(error.message)
  );
}

/** True when a conditional create met a key that is taken. */
export function isTaken(error: unknown): boolean {
  return error instanceof GcsFailure && error.status === 412;
}

/** True when something is not there: the object, or its bucket. */
export function isNotFound(error: unknown): error is GcsFailure {
  return error instanceof GcsFailure && error.status === 404;
}
