import type { AzureLocationSpec } from '../../core/spec/spec.ts';

/** URL of the blob service of an account, without a slash at its end. */
export function azureUrl({ endpoint, account }: Pick<AzureLocationSpec, 'endpoint' | 'account'>): string {
  return (endpoint ?? `https://${account}.blob.core.windows.net`).replace(/\/+$/u, '');
}
