import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BlobServiceClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { afterAll } from 'vitest';
import type {
  AzureLocationSpec,
  FilesystemLocationSpec,
  GcsLocationSpec,
  S3LocationSpec,
} from '../../src/core/spec/spec.ts';
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

/** The same, by a shared access signature of the container instead of the key; its file and what it may. */
export async function azureSasSpec(permissions = 'racwdl', endsInMs = 3_600_000): Promise<AzureLocationSpec> {
  const { accountKey: _, ...spec } = await azureSpec();
  const file = join(temporaryDirectory('sas'), 'token');
  writeFileSync(file, `?${await containerSas(spec.container, permissions, endsInMs)}\n`, { mode: 0o600 });
  return { ...spec, sasToken: { file } };
}

/** A shared access signature of a container in the lab's Azurite. */
export async function containerSas(container: string, permissions: string, endsInMs: number): Promise<string> {
  const { azurite } = await useLightLab();
  const [startsOn, expiresOn] = [new Date(Date.now() - 7_200_000), new Date(Date.now() + endsInMs)];
  return generateBlobSASQueryParameters(
    { containerName: container, permissions: ContainerSASPermissions.parse(permissions), startsOn, expiresOn },
    new StorageSharedKeyCredential(azurite.account, azurite.key)
  ).toString();
}

/** A bucket of its own in the lab's fake-gcs-server, which asks for no credentials. */
export async function gcsSpec(change: Partial<GcsLocationSpec> = {}): Promise<GcsLocationSpec> {
  const { gcs } = await useLightLab();
  const bucket = `contract-${randomUUID()}`;
  await createGcsBucket(gcs.endpoint, { name: bucket });
  return {
    name: 'backups',
    provider: 'gcs',
    bucket,
    prefix: 'landfall/',
    endpoint: gcs.endpoint,
    anonymous: true,
    encryption: 'none',
    ...change,
  };
}

/** Makes a bucket as the JSON API does, with what its resource says. */
export async function createGcsBucket(
  endpoint: string,
  resource: { readonly name: string; readonly versioning?: { readonly enabled: boolean } }
): Promise<void> {
  const answer = await fetch(`${endpoint}/storage/v1/b`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(resource),
  });
  if (!answer.ok) throw new Error(`no bucket ${resource.name}: ${await answer.text()}`);
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
