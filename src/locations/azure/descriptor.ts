import type { AzureLocationSpec } from '../../core/spec/spec.ts';
import type { LocationProvider } from '../provider.ts';
import { azureUrl } from './azure-url.ts';
import { azureCredentialsEnd } from './credentials-end.ts';
import { azureStorage } from './kopia-storage.ts';
import { azurePods } from './pods.ts';

/** Azure Blob Storage. Its SDK is loaded on first use: it takes 45 MB, which most workers never need. */
export const azureProvider: LocationProvider<AzureLocationSpec> = {
  open: async (spec) => (await import('./index.ts')).openAzureLocation(spec),
  address: (spec) => new URL(azureUrl(spec)).host,
  access: ({ account, accountKey }) => ({
    identity: accountKey === undefined ? 'a shared access signature' : 'the key of the account',
    issuer: 'none',
    place: `storage account ${account}`,
  }),
  protection: async (spec, signal) => (await import('./protection.ts')).readAzureProtection(spec, signal),
  credentialsEnd: azureCredentialsEnd,
  lock: () => undefined,
  pods: azurePods,
  kopia: azureStorage,
};
