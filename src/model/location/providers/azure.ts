import { z } from 'zod';
import { resolvePath } from '../../../config/paths.ts';
import type { AzureLocationSpec } from '../../../core/spec/spec.ts';
import { SecretSource } from '../../scalars.ts';
import { resolveSource, type ProviderForm } from '../provider-form.ts';
import { caFile, endpoint, everyLocation, podProxy, prefix } from '../words.ts';

const schema = z.strictObject({
  provider: z.literal('azure').describe('Azure Blob Storage'),
  account: z
    .string()
    .regex(/^[a-z0-9]{3,24}$/, 'the name of a storage account')
    .describe('Storage account'),
  container: z
    .string()
    .regex(/^[a-z0-9](-?[a-z0-9]){2,62}$/, 'the name of a container')
    .describe('Container; it must exist'),
  prefix,
  endpoint: endpoint.describe('Address of the blob service; absent = Azure'),
  caFile,
  podProxy,
  accountKey: SecretSource.describe('Key of the storage account'),
  ...everyLocation,
});

/** `provider: azure`. */
export const azureForm: ProviderForm<typeof schema, AzureLocationSpec> = {
  schema,
  secretKeys: ['accountKey'],
  resolve({ caFile: ca, accountKey, repositoryPassword: _, ...written }, folder) {
    return {
      ...written,
      ...(ca === undefined ? {} : { caFile: resolvePath(ca, folder) }),
      accountKey: resolveSource(accountKey, folder),
    };
  },
  volumes: () => [],
};
