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
  environment: ({ accountKey, sasToken }): Readonly<Record<string, string>> => ({
    ...(accountKey === undefined ? {} : { AZURE_STORAGE_KEY: accountKey }),
    ...(sasToken === undefined ? {} : { AZURE_STORAGE_SAS_TOKEN: sasToken }),
  }),
  secrets: ({ accountKey = '', sasToken = '' }) => [accountKey, sasToken, signatureOf(sasToken)],
};

/** The part of a shared access signature that opens something: messages show it in an address, next to other parameters. */
function signatureOf(sasToken: string): string {
  return new URLSearchParams(sasToken).get('sig') ?? '';
}
