import { LandfallError } from '../../core/errors.ts';
import type { S3LocationSpec } from '../../core/spec/spec.ts';
import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';
import { repositoryFolder, type PodAccess, type S3Credentials, type SecretAccess } from '../provider.ts';
import { readProfileKeys } from './credentials-file.ts';
import { openS3Identity } from './identity.ts';
import { s3Url } from './s3-url.ts';

/** How pods reach a bucket. */
export const s3Pods: PodAccess<S3LocationSpec> = { url: s3Url, connect };

async function connect(location: S3LocationSpec, access: SecretAccess): Promise<RepositoryConnection> {
  const url = s3Url(location);
  refusePath(location, url);
  return {
    provider: 's3',
    bucket: location.bucket,
    prefix: `${location.prefix}${repositoryFolder}`,
    region: location.region,
    // With its port: Go does not take `[fd00::1]` alone for an address.
    endpoint:
      url.hostname.startsWith('[') && url.port === ''
        ? `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`
        : url.host,
    tls: url.protocol === 'https:',
    ...(await s3Credentials(location, access)),
  };
}

/** kopia takes a host and a port only; with a path cut off it would write to another store, or to none. */
function refusePath(location: S3LocationSpec, url: URL): void {
  if (url.pathname === '/' || url.pathname === '') return;
  throw new LandfallError('CONFIG_INVALID', {
    what: `the endpoint of Location ${location.name} has the path ${url.pathname}, which kopia does not support`,
    fix: 'use an endpoint without a path for volumes, or set volumes.mode: none',
    ref: location.name,
  });
}

async function s3Credentials(location: S3LocationSpec, access: SecretAccess): Promise<S3Credentials> {
  const { resolveSecret, defaultS3Credentials } = access;
  const { credentials } = location;
  if (credentials !== undefined) {
    const { file, profile = 'default', assumeRole } = credentials;
    if (file !== undefined && assumeRole === undefined) return readProfileKeys(location.name, { file, profile });
    return issuedKeys(location);
  }
  if (defaultS3Credentials !== undefined) return await defaultS3Credentials();
  const accessKeyId = await resolveSecret({ env: 'AWS_ACCESS_KEY_ID' });
  const secretAccessKey = await resolveSecret({ env: 'AWS_SECRET_ACCESS_KEY' });
  const sessionToken = await resolveSecret({ env: 'AWS_SESSION_TOKEN' }).catch(() => '');
  return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
}

/** Keys of a session, made for the pod: they end while it runs if it runs longer than the session. */
async function issuedKeys(location: S3LocationSpec): Promise<S3Credentials> {
  const { provider, close } = openS3Identity(location);
  try {
    const keys = await provider?.();
    const { accessKeyId = '', secretAccessKey = '', sessionToken } = keys ?? {};
    return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  } finally {
    close();
  }
}
