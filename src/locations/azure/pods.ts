import { LandfallError } from '../../core/errors.ts';
import type { AzureLocationSpec } from '../../core/spec/spec.ts';
import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';
import { repositoryFolder, type PodAccess, type SecretAccess } from '../provider.ts';
import { azureUrl } from './azure-url.ts';
import { readAzureSecret } from './secrets.ts';

/** How pods reach a container. */
export const azurePods: PodAccess<AzureLocationSpec> = { url: (spec) => new URL(azureUrl(spec)), connect };

async function connect(location: AzureLocationSpec, { resolveSecret }: SecretAccess): Promise<RepositoryConnection> {
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
    ...(await readAzureSecret(location, resolveSecret)),
    storageDomain: host.slice(account.length + 1),
  };
}
