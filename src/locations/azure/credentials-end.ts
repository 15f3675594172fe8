import type { AzureLocationSpec } from '../../core/spec/spec.ts';
import { readAzureSecret, sasEnd } from './secrets.ts';

/** When the shared access signature of a Location ends. The key of an account has no end. */
export async function azureCredentialsEnd(spec: AzureLocationSpec): Promise<string | undefined> {
  if (spec.sasToken === undefined) return undefined;
  // One that cannot be read is reported where it is used.
  const secret = await readAzureSecret(spec).catch(() => undefined);
  return secret !== undefined && 'sasToken' in secret ? sasEnd(secret.sasToken) : undefined;
}
