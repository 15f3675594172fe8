import { ContainerClient, StorageSharedKeyCredential, type StoragePipelineOptions } from '@azure/storage-blob';
import type { AzureLocationSpec } from '../../core/spec/spec.ts';
import { readAccountKey } from './account-key.ts';

/** The SDK's own retries are off: they would multiply with the decorator's. */
const pipeline: StoragePipelineOptions = { retryOptions: { maxTries: 1, tryTimeoutInMs: 300_000 } };

/** The SDK's client of a container, with the account key as it is now. */
export async function openAzureContainer(spec: AzureLocationSpec): Promise<ContainerClient> {
  const key = await readAccountKey(spec.name, spec.accountKey);
  return new ContainerClient(containerUrl(spec), new StorageSharedKeyCredential(spec.account, key), pipeline);
}

/** `endpoint` is the URL of the blob service, with the account in its path where the server wants it there (Azurite). */
function containerUrl(spec: AzureLocationSpec): string {
  const service = spec.endpoint ?? `https://${spec.account}.blob.core.windows.net`;
  return `${service.replace(/\/+$/u, '')}/${spec.container}`;
}
