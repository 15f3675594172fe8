import type { RepositoryConnection } from '../core/volumes/mover-protocol.ts';
import { azureStorage } from './azure/kopia-storage.ts';
import { filesystemStorage } from './filesystem/kopia-storage.ts';
import { gcsStorage } from './gcs/kopia-storage.ts';
import type { KopiaStorage } from './kopia-storage.ts';
import { s3Storage } from './s3/kopia-storage.ts';

/** Of every provider there is. */
const storages: {
  readonly [P in RepositoryConnection['provider']]: KopiaStorage<
    Extract<RepositoryConnection, { readonly provider: P }>
  >;
} = { s3: s3Storage, azure: azureStorage, gcs: gcsStorage, filesystem: filesystemStorage };

/** How kopia is given this repository. */
export function kopiaStorageOf({ provider }: Pick<RepositoryConnection, 'provider'>): KopiaStorage {
  return storages[provider];
}
