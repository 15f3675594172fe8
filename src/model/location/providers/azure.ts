import { z } from 'zod';
import { resolvePath } from '../../../config/paths.ts';
import type { AzureLocationSpec } from '../../../core/spec/spec.ts';
import { SecretSource } from '../../scalars.ts';
import { resolveSource, type ProviderForm } from '../provider-form.ts';
import { accessOf, resolveAccess, rungContradictions } from '../access.ts';
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
  accountKey: SecretSource.exactOptional().describe('Key of the storage account; this or sasToken is required'),
  sasToken: SecretSource.exactOptional().describe(
    'Shared access signature of the container or of the account, with the rights to read, create, write, delete and list'
  ),
  access: accessOf({ accountKey: SecretSource.exactOptional(), sasToken: SecretSource.exactOptional() }),
  ...everyLocation,
});

/** `provider: azure`. */
export const azureForm: ProviderForm<typeof schema, AzureLocationSpec> = {
  schema,
  secretKeys: ['accountKey', 'sasToken'],
  contradictions({ accountKey, sasToken, access }) {
    if ((accountKey === undefined) !== (sasToken === undefined)) return rungContradictions(access);
    const hint = 'set exactly one of accountKey and sasToken';
    if (sasToken !== undefined)
      return [{ path: ['sasToken'], what: 'excludes accountKey, which is set as well', hint }];
    return [{ path: [], what: 'has neither accountKey nor sasToken', hint }];
  },
  resolve({ caFile: ca, access, accountKey, sasToken, repositoryPassword: _, ...written }, folder) {
    return {
      ...written,
      ...(ca === undefined ? {} : { caFile: resolvePath(ca, folder) }),
      ...(accountKey && { accountKey: resolveSource(accountKey, folder) }),
      ...resolveAccess(access, ({ accountKey: key, sasToken: token }) => {
        if (key === undefined && token === undefined) return undefined;
        return {
          ...(key && { accountKey: resolveSource(key, folder) }),
          ...(token && { sasToken: resolveSource(token, folder) }),
        };
      }),
      ...(sasToken && { sasToken: resolveSource(sasToken, folder) }),
    };
  },
  volumes: () => [],
};
