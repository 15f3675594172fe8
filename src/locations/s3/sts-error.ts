import type { S3ServiceException } from '@aws-sdk/client-s3';
import { isLandfallError, LandfallError } from '../../core/errors.ts';
import { describeForeign } from '../location-error.ts';
import { networkReason } from '../network-error.ts';
import { redact } from '../redact.ts';

/** Whom keys were asked of, and for whom. */
export interface KeysContext {
  readonly location: string;
  readonly identity: string;
  readonly service: string;
  readonly route: string;
}

/** What each answer of the token service lacks (API_AssumeRole, API_AssumeRoleWithWebIdentity, common errors). */
const fixes: Readonly<Record<string, string>> = {
  AccessDenied:
    'let the trust policy of the role name who asks (and its external id), and give who asks the right sts:AssumeRole on the role',
  ExpiredTokenException:
    'renew what is exchanged: a projected token is renewed by its node, session keys by a new login',
  ExpiredToken: 'renew what is exchanged: a projected token is renewed by its node, session keys by a new login',
  InvalidIdentityToken:
    'register the issuer of the token as an identity provider of the account, with the audience of the token',
  IDPRejectedClaim: 'use a token that its issuer still accepts, with the audience that the role trusts',
  InvalidClientTokenId: 'correct the keys that assume the role: their issuer does not know them',
  SignatureDoesNotMatch: 'correct the secret key of those that assume the role',
  RegionDisabledException: 'activate the token service for the region, or set credentials.stsEndpoint of another',
  ValidationError: 'correct the role and the duration: no longer than the maximum session duration of the role',
};

/** Turns an error of those who issue keys into a code of the catalogue; it says who asked and what is lacking, never a token. */
export function stsError(error: unknown, context: KeysContext): LandfallError {
  if (isLandfallError(error)) return error;
  const what = `no credentials for Location ${context.location}: ${context.identity}`;
  const ref = context.location;
  const cause = new Error(describeForeign(error));
  const { name, status } = answerOf(error);
  if (status !== undefined && status < 500 && status !== 429) {
    const why = `${context.service} returns ${redact(describeForeign(error))}`;
    const fix = fixes[name];
    return new LandfallError('LOCATION_IDENTITY_REFUSED', { what, why, ref, cause, ...(fix !== undefined && { fix }) });
  }
  const reason = status === undefined ? networkReason(error) : `it returns ${status} ${name}`;
  if (reason !== undefined) {
    const route = context.route === '' ? '' : `; asked ${context.route}`;
    const why = `${context.service}: ${reason}${route}`;
    return new LandfallError('LOCATION_IDENTITY_UNREACHABLE', { what, why, ref, cause });
  }
  // A profile that is not there, a login that has ended, a token file that cannot be read.
  return new LandfallError('LOCATION_CREDENTIALS', { what, why: localReason(error), ref, cause, fix: localFix });
}

const localFix =
  'give the worker what the Location names: the file of the token, the profile, or a login (aws sso login --profile NAME)';

/** All clients of the SDK throw the same class by another name. */
function answerOf(error: unknown): { readonly name: string; readonly status?: number } {
  if (!(error instanceof Error)) return { name: '' };
  const metadata = (error as Partial<Pick<S3ServiceException, '$metadata'>>).$metadata;
  const status = metadata?.httpStatusCode;
  return { name: error.name, ...(status !== undefined && { status }) };
}

function localReason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOENT') return 'there is no such file where the worker runs';
  if (code === 'EACCES') return 'the user of the worker is not allowed to read the file';
  return redact(describeForeign(error));
}
