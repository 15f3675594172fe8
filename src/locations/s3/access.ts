import type { S3LocationSpec } from '../../core/spec/spec.ts';
import type { AccessFacts } from '../provider.ts';
import { identityText } from './identity.ts';
import { s3Url } from './s3-url.ts';

/** What the way into a bucket depends on. A profile may be of any issuer, so its name stands for it. */
export function s3Access(spec: S3LocationSpec): AccessFacts {
  const { credentials, bucket } = spec;
  const place = `bucket ${bucket} at ${s3Url(spec).host}`;
  if (credentials === undefined) {
    const identity = 'the default chain of the AWS SDK';
    return { identity, issuer: identity, place };
  }
  const { file, profile, webIdentity, assumeRole, stsEndpoint } = credentials;
  const service = stsEndpoint === undefined ? 'AWS STS' : new URL(stsEndpoint).host;
  const issued = webIdentity !== undefined || assumeRole !== undefined;
  const source =
    file !== undefined ? 'none' : profile !== undefined ? `profile ${profile}` : 'the default chain of the AWS SDK';
  return { identity: identityText(credentials), issuer: issued ? service : source, place };
}
