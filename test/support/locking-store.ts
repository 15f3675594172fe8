import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { versitygw } from '../../lab/binaries/catalogue.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import type { S3LocationSpec } from '../../src/core/spec/spec.ts';
import { waitFor } from '../../src/host/wait.ts';

/** versitygw on loopback with a bucket that has object lock, and one that has not. */
export interface LockingStore {
  readonly client: S3Client;
  readonly bucket: string;
  /** A Location in a part of the bucket that nobody else uses. */
  spec(prefix: string, change?: Partial<S3LocationSpec>): S3LocationSpec;
  readonly plainBucket: string;
  close(): void;
}

/** Starts it below a directory. */
export async function startLockingStore(root: string): Promise<LockingStore> {
  const { path } = await resolveBinary(versitygw);
  for (const name of ['data', 'versions']) mkdirSync(join(root, name), { recursive: true });
  const port = await freePort();
  const args = [`--port=127.0.0.1:${port}`, '--quiet', 'posix', `--versioning-dir=${join(root, 'versions')}`];
  const env = { ROOT_ACCESS_KEY: 'key', ROOT_SECRET_KEY: 'secret' };
  const server = spawn(path, [...args, join(root, 'data')], { env, stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  await waitFor(
    () =>
      fetch(endpoint).then(
        () => true,
        () => undefined
      ),
    { what: 'versitygw to answer', deadlineMs: 20_000 }
  );
  const file = join(root, 'credentials');
  writeFileSync(file, '[default]\naws_access_key_id = key\naws_secret_access_key = secret\n', { mode: 0o600 });
  const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: 'locking', ObjectLockEnabledForBucket: true }));
  await client.send(new CreateBucketCommand({ Bucket: 'plain' }));
  return {
    client,
    bucket: 'locking',
    plainBucket: 'plain',
    spec: (prefix, change = {}) => ({
      ...{ name: 'store', provider: 's3', bucket: 'locking', prefix: `${prefix}/`, region: 'us-east-1', endpoint },
      ...{ forcePathStyle: true, encryption: 'none', credentials: { file, profile: 'default' } },
      ...change,
    }),
    close() {
      client.destroy();
      server.kill();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
