import { LandfallError } from '../../core/errors.ts';
import type { GcsLocationSpec } from '../../core/spec/spec.ts';
import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';
import { repositoryFolder, type PodAccess, type SecretAccess } from '../provider.ts';
import { readGcsCredentials } from './credentials-file.ts';
import { gcsUrl } from './gcs-url.ts';

/** The types of credentials that are whole in their file: they work wherever the file is. */
const portable: ReadonlySet<string> = new Set(['service_account', 'authorized_user']);

/** How pods reach a bucket. */
export const gcsPods: PodAccess<GcsLocationSpec> = { url: gcsUrl, connect };

async function connect(location: GcsLocationSpec, access: SecretAccess): Promise<RepositoryConnection> {
  const { bucket, endpoint, anonymous } = location;
  const repository = { provider: 'gcs', bucket, prefix: `${location.prefix}${repositoryFolder}` } as const;
  if (anonymous === true && endpoint !== undefined) {
    if (gcsUrl(location).pathname !== '/') refuseEndpoint(location.name, endpoint);
    return { ...repository, emulator: gcsUrl(location).origin };
  }
  if (endpoint !== undefined) refuseEndpoint(location.name, endpoint);
  const credentialsJson = await podCredentials(location, access);
  return { ...repository, ...(credentialsJson === undefined ? {} : { credentialsJson }) };
}

function refuseEndpoint(name: string, endpoint: string): never {
  throw new LandfallError('CONFIG_INVALID', {
    what: `kopia reaches Google Cloud Storage at its own address only, not at ${endpoint}`,
    fix: 'omit the endpoint, use another Location for volumes, or set volumes.mode: none',
    ref: name,
  });
}

/**
 * The file of the Location, or the one GOOGLE_APPLICATION_CREDENTIALS of the worker names. Without any, pods use the identity
 * of their own node or service account, as the worker does. Other kinds refer to files and addresses of the worker.
 */
async function podCredentials(location: GcsLocationSpec, { resolveSecret }: SecretAccess): Promise<string | undefined> {
  const variable = 'GOOGLE_APPLICATION_CREDENTIALS';
  const file = location.credentials?.file ?? (await resolveSecret({ env: variable }).catch(() => ''));
  if (file === '') return undefined;
  const { json, type } = await readGcsCredentials({ location: location.name, file });
  if (portable.has(type)) return json;
  throw new LandfallError('CONFIG_INVALID', {
    what: `the pods that move volumes cannot use the credentials ${file} of Location ${location.name}`,
    why: `they are of type ${type}, which refers to what only this machine has`,
    fix: 'use the key of a service account, or give the pods an identity of their own and the worker no credentials file',
    ref: file,
  });
}
