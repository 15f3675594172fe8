import type { RepositoryConnection } from '../../core/volumes/mover-protocol.ts';
import type { KopiaStorage } from '../kopia-storage.ts';

type Connection = Extract<RepositoryConnection, { readonly provider: 'azure' }>;

/** `kopia repository connect azure`. */
export const azureStorage: KopiaStorage<Connection> = {
  args: ({ container, account, prefix, storageDomain }) => [
    'azure',
    `--container=${container}`,
    `--storage-account=${account}`,
    `--prefix=${prefix}`,
    `--storage-domain=${storageDomain}`,
  ],
  environment: ({ accountKey }) => ({ AZURE_STORAGE_KEY: accountKey }),
  secrets: ({ accountKey }) => [accountKey],
};
