import { RestError } from '@azure/storage-blob';
import { isLandfallError, type ErrorCode, type LandfallError } from '../../core/errors.ts';
import { describeForeign, locationError, type LocationErrorOptions } from '../location-error.ts';
import { networkReason, retryAfterMs } from '../network-error.ts';
import type { OperationContext } from '../operation.ts';

/** Error codes of Blob Storage (rest/api/storageservices/blob-service-error-codes and common-rest-api-error-codes). */
const codes: Readonly<Record<string, ErrorCode>> = {
  ContainerNotFound: 'LOCATION_NOT_FOUND',
  ContainerBeingDeleted: 'LOCATION_NOT_FOUND',
  ContainerDisabled: 'LOCATION_FORBIDDEN',
  ResourceNotFound: 'LOCATION_NOT_FOUND',
  AuthenticationFailed: 'LOCATION_CREDENTIALS',
  InvalidAuthenticationInfo: 'LOCATION_CREDENTIALS',
  NoAuthenticationInformation: 'LOCATION_CREDENTIALS',
  KeyBasedAuthenticationNotPermitted: 'LOCATION_CREDENTIALS',
  // Azure says this of its network rules, Azurite of a wrong key; an account key itself has every right.
  AuthorizationFailure: 'LOCATION_CREDENTIALS',
  AuthorizationPermissionMismatch: 'LOCATION_FORBIDDEN',
  InsufficientAccountPermissions: 'LOCATION_FORBIDDEN',
  AccountIsDisabled: 'LOCATION_FORBIDDEN',
  BlobImmutableDueToPolicy: 'LOCATION_FORBIDDEN',
  ServerBusy: 'LOCATION_THROTTLED',
  TooManyRequests: 'LOCATION_THROTTLED',
  OperationTimedOut: 'LOCATION_SERVER_ERROR',
  InternalError: 'LOCATION_SERVER_ERROR',
  Md5Mismatch: 'LOCATION_SERVER_ERROR',
  AccountLimitExceeded: 'LOCATION_FULL',
};

function byStatus(status: number): ErrorCode {
  if (status === 401) return 'LOCATION_CREDENTIALS';
  if (status === 429 || status === 503) return 'LOCATION_THROTTLED';
  if (status === 507) return 'LOCATION_FULL';
  if (status === 404) return 'LOCATION_NOT_FOUND';
  return status >= 500 ? 'LOCATION_SERVER_ERROR' : 'LOCATION_FORBIDDEN';
}

/** Turns an error of the Azure SDK into a code of the catalogue. Its RestError carries the request: it is never kept. */
export function azureError(error: unknown, context: OperationContext): LandfallError {
  if (isLandfallError(error)) return error;
  const answered = error instanceof RestError ? error.statusCode : undefined;
  if (error instanceof RestError && answered !== undefined) {
    const name = error.code ?? '';
    const code = isClockSkew(error) ? 'CLOCK_SKEW' : (codes[name] ?? byStatus(answered));
    return locationError(code, context, { ...explain(code, error), cause: new Error(`${answered} ${name}`.trim()) });
  }
  const reason = networkReason(error) ?? (error instanceof RestError ? describeForeign(error) : undefined);
  if (reason !== undefined) return locationError('LOCATION_UNREACHABLE', context, { why: reason, cause: error });
  return locationError('LOCATION_SERVER_ERROR', context, { why: describeForeign(error), cause: error });
}

/** Azure refuses requests dated more than 15 minutes off as AuthenticationFailed and says so only in the detail. */
function isClockSkew(error: RestError): boolean {
  return (
    error.code === 'AuthenticationFailed' && /request date header too old|not within the allowed/iu.test(error.message)
  );
}

function explain(code: ErrorCode, error: RestError): LocationErrorOptions {
  const why = `the store returns ${error.statusCode ?? ''} ${error.code ?? ''}`.trim();
  if (code === 'LOCATION_CREDENTIALS' && /not valid in the specified time frame/iu.test(error.message)) {
    return {
      why: `${why}: the shared access signature has ended or has not begun`,
      fix: 'make a new shared access signature and put it where sasToken of the Location refers to; it is read again by the next run',
    };
  }
  if (error.code === 'AuthorizationFailure') {
    return {
      why,
      fix: 'check the account key or shared access signature of the Location and whether the network rules of the account allow this worker',
    };
  }
  if (code !== 'LOCATION_THROTTLED') return { why };
  return { why, retryAfterMs: retryAfterMs(error.response?.headers.get('retry-after'), Date.now()) ?? 1_000 };
}

/** True when a conditional create met a key that is taken: 409 BlobAlreadyExists, or 412 while an upload goes on. */
export function isTaken(error: unknown): boolean {
  if (!(error instanceof RestError)) return false;
  return error.code === 'BlobAlreadyExists' || error.statusCode === 412;
}

/** True when there is no such blob; answers to HEAD have no body, so a missing container looks the same there. */
export function isMissing(error: unknown): boolean {
  if (!(error instanceof RestError) || error.code === 'ContainerNotFound') return false;
  return error.code === 'BlobNotFound' || error.statusCode === 404;
}
