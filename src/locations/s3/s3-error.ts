import { S3ServiceException } from '@aws-sdk/client-s3';
import { isLandfallError, type ErrorCode, type LandfallError } from '../../core/errors.ts';
import { describeForeign, locationError, type LocationErrorOptions } from '../location-error.ts';
import { networkReason, retryAfterMs } from '../network-error.ts';
import type { OperationContext } from '../operation.ts';

/** Error codes of the S3 API (API_ErrorResponses.html), MinIO and versitygw. */
const codes: Readonly<Record<string, ErrorCode>> = {
  NoSuchBucket: 'LOCATION_NOT_FOUND',
  InvalidBucketName: 'LOCATION_NOT_FOUND',
  PermanentRedirect: 'LOCATION_NOT_FOUND',
  InvalidAccessKeyId: 'LOCATION_CREDENTIALS',
  SignatureDoesNotMatch: 'LOCATION_CREDENTIALS',
  ExpiredToken: 'LOCATION_CREDENTIALS',
  ExpiredTokenException: 'LOCATION_CREDENTIALS',
  TokenRefreshRequired: 'LOCATION_CREDENTIALS',
  InvalidToken: 'LOCATION_CREDENTIALS',
  InvalidClientTokenId: 'LOCATION_CREDENTIALS',
  AuthorizationHeaderMalformed: 'LOCATION_CREDENTIALS',
  NotSignedUp: 'LOCATION_CREDENTIALS',
  CredentialsProviderError: 'LOCATION_CREDENTIALS',
  RequestTimeTooSkewed: 'CLOCK_SKEW',
  RequestExpired: 'CLOCK_SKEW',
  AccessDenied: 'LOCATION_FORBIDDEN',
  AllAccessDisabled: 'LOCATION_FORBIDDEN',
  AccountProblem: 'LOCATION_FORBIDDEN',
  MethodNotAllowed: 'LOCATION_REQUEST_REFUSED',
  NotImplemented: 'LOCATION_REQUEST_REFUSED',
  InvalidArgument: 'LOCATION_REQUEST_REFUSED',
  InvalidRequest: 'LOCATION_REQUEST_REFUSED',
  MissingContentLength: 'LOCATION_REQUEST_REFUSED',
  UnsupportedArgument: 'LOCATION_REQUEST_REFUSED',
  SlowDown: 'LOCATION_THROTTLED',
  SlowDownRead: 'LOCATION_THROTTLED',
  SlowDownWrite: 'LOCATION_THROTTLED',
  Throttling: 'LOCATION_THROTTLED',
  ThrottlingException: 'LOCATION_THROTTLED',
  RequestLimitExceeded: 'LOCATION_THROTTLED',
  TooManyRequests: 'LOCATION_THROTTLED',
  BandwidthLimitExceeded: 'LOCATION_THROTTLED',
  QuotaExceeded: 'LOCATION_FULL',
  InsufficientCapacity: 'LOCATION_FULL',
  XMinioStorageFull: 'LOCATION_FULL',
  XMinioAdminBucketQuotaExceeded: 'LOCATION_FULL',
  RequestTimeout: 'LOCATION_UNREACHABLE',
  IncompleteBody: 'LOCATION_UNREACHABLE',
  // Two conditional writes met; the store asks to repeat, the repeat decides.
  ConditionalRequestConflict: 'LOCATION_SERVER_ERROR',
  OperationAborted: 'LOCATION_SERVER_ERROR',
  BadDigest: 'LOCATION_SERVER_ERROR',
  XAmzContentSHA256Mismatch: 'LOCATION_SERVER_ERROR',
};

/** Answers without a body (HEAD) have only a status. */
function byStatus(status: number | undefined): ErrorCode {
  if (status === undefined) return 'LOCATION_SERVER_ERROR';
  if (status === 401) return 'LOCATION_CREDENTIALS';
  if (status === 429 || status === 503) return 'LOCATION_THROTTLED';
  if (status === 507) return 'LOCATION_FULL';
  if (status === 404 || status === 301) return 'LOCATION_NOT_FOUND';
  // Not implemented, length required: said of the request, not of who sends it.
  if (status === 400 || status === 411 || status === 501) return 'LOCATION_REQUEST_REFUSED';
  return status >= 500 ? 'LOCATION_SERVER_ERROR' : 'LOCATION_FORBIDDEN';
}

/** Turns an error of the S3 SDK into a code of the catalogue. */
export function s3Error(error: unknown, context: OperationContext): LandfallError {
  if (isLandfallError(error)) return error;
  const name = error instanceof Error ? error.name : '';
  const known = codes[name];
  if (error instanceof S3ServiceException) {
    const code = known ?? byStatus(error.$metadata.httpStatusCode);
    return locationError(code, context, { ...explain(code, error), cause: error });
  }
  if (known !== undefined) return locationError(known, context, { why: describeForeign(error), cause: error });
  const reason = networkReason(error);
  if (reason !== undefined) return locationError('LOCATION_UNREACHABLE', context, { why: reason, cause: error });
  return locationError('LOCATION_SERVER_ERROR', context, { why: describeForeign(error), cause: error });
}

/** Of session tokens, which are good for some hours only. */
const ended: ReadonlySet<string> = new Set(['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired']);
const endedFix =
  'log in again; a credentials file is read again within a minute. For long runs use keys without a session, or a role of the worker';

function explain(code: ErrorCode, error: S3ServiceException): LocationErrorOptions {
  // Messages of refused signatures repeat what was signed: the code alone says enough.
  if (ended.has(error.name))
    return { why: `the store returns ${error.name}: the session token has expired`, fix: endedFix };
  if (code === 'LOCATION_CREDENTIALS') return { why: `the store returns ${error.name}` };
  const why = `the store returns ${describeForeign(error)}`;
  if (code === 'LOCATION_REQUEST_REFUSED' && /checksum|crc32|trailer/iu.test(error.message)) {
    return {
      why,
      fix: 'set `checksums: required` in the Location: the store rejects the checksums of writes, not the keys',
    };
  }
  if (code !== 'LOCATION_THROTTLED') return { why };
  const header = error.$response?.headers['retry-after'];
  return { why, retryAfterMs: retryAfterMs(header, Date.now()) ?? 1_000 };
}

/**
 * True when the store refused the time in the signature and the SDK has learned the store's from the answer: the same
 * request is signed with that one now. A clock that jumps in the middle of a run costs one request. A HEAD is refused
 * without a word; the SDK goes by the Date header there, too.
 */
export function isClockCorrected(error: unknown): boolean {
  // Set by the signer of the SDK (AwsSdkSigV4Signer.errorHandler); its types do not know it.
  return error instanceof S3ServiceException && 'clockSkewCorrected' in error.$metadata;
}

/** True when a conditional create met a key that is taken. */
export function isTaken(error: unknown): boolean {
  if (!(error instanceof S3ServiceException)) return false;
  return error.name === 'PreconditionFailed' || error.$metadata.httpStatusCode === 412;
}

/** True when there is no such object; a missing bucket is something else. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof S3ServiceException) || error.name === 'NoSuchBucket') return false;
  return error.name === 'NoSuchKey' || error.name === 'NotFound' || error.$metadata.httpStatusCode === 404;
}
