import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll } from 'vitest';
import type { AzureLocationSpec, FilesystemLocationSpec, S3LocationSpec } from '../../src/core/spec/spec.ts';
import { useLightLab } from '../support/light-lab.ts';

/** A part of the lab's bucket that no other test uses. */
export async function s3Spec(change: Partial<S3LocationSpec> = {}): Promise<S3LocationSpec> {
  const { s3 } = await useLightLab();
  return {
    name: 'backups',
    provider: 's3',
    bucket: s3.bucket,
    prefix: `contract-${randomUUID()}/`,
    region: s3.region,
    endpoint: s3.endpoint,
    forcePathStyle: true,
    encryption: 'none',
    credentials: { file: s3.credentialsFile, profile: 'default' },
    ...change,
  };
}

const accountKeyVariable = 'LANDFALL_TEST_AZURITE_KEY';

/** A container of its own in the lab's Azurite. */
export async function azureSpec(change: Partial<AzureLocationSpec> = {}): Promise<AzureLocationSpec> {
  const { azurite } = await useLightLab();
  process.env[accountKeyVariable] = azurite.key;
  const container = `contract-${randomUUID()}`;
  await BlobServiceClient.fromConnectionString(azurite.connectionString).createContainer(container);
  return {
    name: 'backups',
    provider: 'azure',
    account: azurite.account,
    container,
    prefix: 'landfall/',
    endpoint: azurite.endpoint,
    accountKey: { env: accountKeyVariable },
    encryption: 'none',
    ...change,
  };
}

const directories: string[] = [];
afterAll(() => directories.forEach((path) => rmSync(path, { recursive: true, force: true })));

/** A new directory, removed when the tests of the file have ended. */
export function temporaryDirectory(name: string): string {
  const path = mkdtempSync(join(tmpdir(), `landfall-${name}-`));
  directories.push(path);
  return path;
}

/** A filesystem location in a new directory. */
export function filesystemSpec(change: Partial<FilesystemLocationSpec> = {}): FilesystemLocationSpec {
  const path = change.path ?? temporaryDirectory('location');
  return { name: 'backups', provider: 'filesystem', prefix: '', encryption: 'none', ...change, path };
}
