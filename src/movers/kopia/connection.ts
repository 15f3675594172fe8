import { LandfallError } from '../../core/errors.ts';
import type { AzureLocationSpec, LocationSpec, S3LocationSpec, SecretSource } from '../../core/spec/spec.ts';
import { readProfileKeys, type AwsKeys } from '../../locations/s3/credentials-file.ts';
import { s3Url } from '../../locations/s3/s3-url.ts';
import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';

/** Reads a secret at the moment it is needed: the content of a file, the value of a variable. */
export type ResolveSecret = (source: SecretSource) => Promise<string>;

export interface ConnectionOptions {
  readonly location: LocationSpec;
  readonly resolveSecret: ResolveSecret;
  /** Credentials of a location that names no file (the SDK's default chain); absent: the AWS_* variables. */
  readonly defaultS3Credentials?: () => Promise<AwsKeys>;
}

/** Folder of the volume repository below the prefix of a Location; docs/formats-volumes.md. */
const repositoryFolder = 'volumes/';

/** Gives how a pod gets into the repository. Throws CONFIG_INVALID or LOCATION_CREDENTIALS. Holds secrets. */
export async function repositoryConnection(options: ConnectionOptions): Promise<RepositoryConnection> {
  const { location } = options;
  if (location.provider === 's3') return await s3Connection(location, options);
  if (location.provider === 'azure') return await azureConnection(location, options.resolveSecret);
  throw new LandfallError('CONFIG_INVALID', {
    what: `Location ${location.name} is a directory of this machine, which a mover pod cannot reach`,
    fix: 'use a Location with provider s3 or azure for volumes',
    ref: location.name,
  });
}

/** Gives the password of the repository. Throws CONFIG_INVALID when the Location has none: there is no default. */
export async function repositoryPassword(location: LocationSpec, resolveSecret: ResolveSecret): Promise<string> {
  if (location.repositoryPassword === undefined) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `Location ${location.name} has no repositoryPassword, which moving volumes needs`,
      fix: 'set spec.repositoryPassword of the Location to a file or a variable',
      ref: location.name,
    });
  }
  const password = (await resolveSecret(location.repositoryPassword)).replace(/\r?\n$/, '');
  // A file of blanks alone was never filled.
  if (password.trim() !== '') return password;
  throw new LandfallError('CONFIG_INVALID', {
    what: `the repositoryPassword of Location ${location.name} is empty`,
    fix: 'put the password into the file or the variable that spec.repositoryPassword names',
    ref: location.name,
  });
}

async function s3Connection(location: S3LocationSpec, options: ConnectionOptions): Promise<RepositoryConnection> {
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
    ...(await s3Credentials(location, options)),
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

async function s3Credentials(location: S3LocationSpec, options: ConnectionOptions): Promise<AwsKeys> {
  const { resolveSecret, defaultS3Credentials } = options;
  if (location.credentials !== undefined) return readProfileKeys(location.name, location.credentials);
  if (defaultS3Credentials !== undefined) return await defaultS3Credentials();
  const accessKeyId = await resolveSecret({ env: 'AWS_ACCESS_KEY_ID' });
  const secretAccessKey = await resolveSecret({ env: 'AWS_SECRET_ACCESS_KEY' });
  const sessionToken = await resolveSecret({ env: 'AWS_SESSION_TOKEN' }).catch(() => '');
  return { accessKeyId, secretAccessKey, ...(sessionToken === '' ? {} : { sessionToken }) };
}

async function azureConnection(
  location: AzureLocationSpec,
  resolveSecret: ResolveSecret
): Promise<RepositoryConnection> {
  const { account, container, prefix, endpoint } = location;
  const host = endpoint === undefined ? `${account}.blob.core.windows.net` : new URL(endpoint).host;
  if (!host.startsWith(`${account}.`) || endpoint?.startsWith('http:') === true) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `kopia reaches Azure at https://ACCOUNT.DOMAIN only, not at ${endpoint ?? host}`,
      fix: 'use an endpoint of that form, or an S3 Location for volumes',
      ref: location.name,
    });
  }
  return {
    provider: 'azure',
    account,
    container,
    prefix: `${prefix}${repositoryFolder}`,
    accountKey: (await resolveSecret(location.accountKey)).trim(),
    storageDomain: host.slice(account.length + 1),
  };
}
