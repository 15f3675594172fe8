import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import {
  BlobServiceClient,
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { fakeGcsServer, versitygw } from '../../lab/binaries/catalogue.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import type { MoverConfig, RepositoryConnection } from '../../src/core/volumes/mover-protocol.ts';
import { forwardProxy } from '../support/forward-proxy.ts';
import { certificateFor, tlsFront } from '../support/tls-front.ts';

/** A repository with the way to it, as the mover program is given both. */
export type ReachedRepository = Pick<MoverConfig, 'repository' | 'proxy' | 'ca'>;

/** Stores on loopback for one test file: one of every provider, as the mover program is led to them. */
export interface MoverStores {
  readonly repositories: Readonly<Record<RepositoryConnection['provider'], ReachedRepository>>;
  /** The one of Azure by a shared access signature of its container. */
  readonly azureBySignature: ReachedRepository;
  close(): void;
}

/** The account and key every Azurite has; they are public and protect nothing. */
const account = 'devstoreaccount1';
const accountKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';
const storageDomain = 'blob.landfall.test';

/** Starts the stores below a directory. */
export async function startMoverStores(root: string): Promise<MoverStores> {
  const closing: (() => void)[] = [];
  const start = async (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> => {
    const server = spawn(command, args, { env, stdio: 'ignore' });
    closing.push(() => void server.kill());
  };
  const s3 = await startS3(root, start);
  const gcs = await startGcs(start);
  const azure = await startAzure(root, start, closing);
  mkdirSync(join(root, 'repository'));
  return {
    repositories: {
      ...{ s3, gcs, azure },
      filesystem: { repository: { provider: 'filesystem', path: join(root, 'repository') } },
    },
    azureBySignature: bySignature(azure),
    close: () => closing.forEach((close) => close()),
  };
}

type Start = (command: string, args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<void>;

async function startS3(root: string, start: Start): Promise<ReachedRepository> {
  const { path } = await resolveBinary(versitygw);
  const port = await freePort();
  mkdirSync(join(root, 's3/bucket'), { recursive: true });
  const keys = { ROOT_ACCESS_KEY: 'key', ROOT_SECRET_KEY: 'secret' };
  await start(path, ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', join(root, 's3')], keys);
  await untilAnswered(`http://127.0.0.1:${port}/`);
  return {
    repository: {
      ...{ provider: 's3', bucket: 'bucket', prefix: 'p/volumes/', region: 'us-east-1' },
      ...{ endpoint: `127.0.0.1:${port}`, tls: false, accessKeyId: 'key', secretAccessKey: 'secret' },
    },
  };
}

async function startGcs(start: Start): Promise<ReachedRepository> {
  const { path } = await resolveBinary(fakeGcsServer);
  const port = await freePort();
  const emulator = `http://127.0.0.1:${port}`;
  await start(path, [
    ...['-scheme', 'http', '-host', '127.0.0.1', '-port', `${port}`, '-public-host', `127.0.0.1:${port}`],
    ...['-external-url', emulator, '-backend', 'memory', '-log-level', 'error'],
  ]);
  await untilAnswered(`${emulator}/_internal/healthcheck`);
  const headers = { 'content-type': 'application/json' };
  await fetch(`${emulator}/storage/v1/b`, { method: 'POST', headers, body: JSON.stringify({ name: 'bucket' }) });
  return { repository: { provider: 'gcs', bucket: 'bucket', prefix: 'p/volumes/', emulator } };
}

/** kopia asks Azure by TLS at `https://ACCOUNT.DOMAIN`: a name that only the proxy knows, and a certificate for it. */
async function startAzure(root: string, start: Start, closing: (() => void)[]): Promise<ReachedRepository> {
  const main = join(dirname(createRequire(import.meta.url).resolve('azurite/package.json')), 'dist/src/blob/main.js');
  const port = await freePort();
  const own = ['--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck', '--silent'];
  await start(process.execPath, [main, '--blobHost', '127.0.0.1', '--blobPort', `${port}`, ...own]);
  const endpoint = `http://127.0.0.1:${port}`;
  await untilAnswered(`${endpoint}/${account}?comp=list`);
  const container = await makeContainer(`${endpoint}/${account}`);
  const certificate = certificateFor([`DNS:${account}.${storageDomain}`], root);
  const front = await tlsFront(endpoint, certificate);
  const proxy = await forwardProxy({ host: '127.0.0.1', port: front.port });
  closing.push(front.close, proxy.close);
  return {
    repository: { provider: 'azure', account, container, prefix: 'p/volumes/', accountKey, storageDomain },
    proxy: proxy.url,
    ca: readFileSync(certificate.cert, 'utf8'),
  };
}

function bySignature({ repository, ...way }: ReachedRepository): ReachedRepository {
  if (repository.provider !== 'azure') throw new Error(`${repository.provider} knows no such signatures`);
  const { accountKey: _, ...without } = repository;
  const sasToken = generateBlobSASQueryParameters(
    {
      containerName: repository.container,
      permissions: ContainerSASPermissions.parse('racwdl'),
      expiresOn: new Date(Date.now() + 3_600_000),
    },
    new StorageSharedKeyCredential(account, accountKey)
  ).toString();
  return { ...way, repository: { ...without, sasToken } };
}

/** Makes a container of its own in the Azurite whose account is at an address; gives its name. */
export async function makeContainer(endpoint: string): Promise<string> {
  const name = `mover-${randomUUID()}`;
  const keys = `AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${endpoint};`;
  await BlobServiceClient.fromConnectionString(`DefaultEndpointsProtocol=http;${keys}`).createContainer(name);
  return name;
}

async function untilAnswered(url: string): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    const up = await fetch(url).then(
      () => true,
      () => false
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing answers at ${url}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
