import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { request } from 'undici';
import { outcome, type LabContext } from './context.ts';
import type { LabAzurite, LabGcs, LabS3 } from './lab-file.ts';

const bucket = 'landfall';
const region = 'us-east-1';
const accessKeyId = 'landfall-lab';
const healthPath = '/lab-health';
/** The account and key every Azurite has; they are public and protect nothing. */
const azuriteAccount = 'devstoreaccount1';
const azuriteKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** The address both stores listen on: reachable from pods in a whole lab, loopback in a light one. */
function storeAddress(lab: LabContext): string {
  return lab.mode === 'whole' ? lab.addresses.storeAddress : '127.0.0.1';
}

/** Starts the S3 server with its bucket; versioning and object lock work, and so do further users through its admin API. */
export async function startS3(lab: LabContext): Promise<LabS3> {
  const s3 = describeS3(lab);
  await lab.progress.part('s3 (versitygw)', 1, async () => {
    const address = `${storeAddress(lab)}:${lab.addresses.ports.s3}`;
    const home = dirname(s3.dataDirectory);
    const directories = { versions: join(home, 'versions'), users: join(home, 'users') };
    for (const directory of [s3.dataDirectory, directories.versions, directories.users])
      mkdirSync(directory, { recursive: true });
    const { record, started } = await lab.processes.ensure({
      part: 's3',
      command: lab.binary('versitygw'),
      args: [
        `--port=${address}`,
        `--region=${region}`,
        '--quiet',
        `--health=${healthPath}`,
        `--iam-dir=${directories.users}`,
        'posix',
        `--versioning-dir=${directories.versions}`,
        s3.dataDirectory,
      ],
      env: { ROOT_ACCESS_KEY: s3.accessKeyId, ROOT_SECRET_KEY: s3.secretAccessKey },
    });
    await lab.processes.waitReady(record, async () => {
      const answer = await request(`${s3.endpoint}${healthPath}`);
      await answer.body.dump();
      return answer.statusCode === 200 ? true : undefined;
    });
    await createBucket(s3);
    return outcome(started);
  });
  return s3;
}

function describeS3(lab: LabContext): LabS3 {
  const home = join(lab.identity.stateDirectory, 's3');
  mkdirSync(home, { recursive: true });
  const credentialsFile = join(home, 'credentials');
  if (!existsSync(credentialsFile)) {
    const secret = randomBytes(20).toString('hex');
    const lines = ['[default]', `aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secret}`, ''];
    writeFileSync(credentialsFile, lines.join('\n'), { mode: 0o600 });
  }
  const secretAccessKey = /^aws_secret_access_key = (\S+)$/m.exec(readFileSync(credentialsFile, 'utf8'))?.[1];
  if (secretAccessKey === undefined) throw new Error(`${credentialsFile} holds no secret key; run "down", then "up"`);
  const endpoint = `http://${storeAddress(lab)}:${lab.addresses.ports.s3}`;
  return { endpoint, region, bucket, accessKeyId, secretAccessKey, credentialsFile, dataDirectory: join(home, 'data') };
}

async function createBucket(s3: LabS3): Promise<void> {
  const client = new S3Client({
    endpoint: s3.endpoint,
    region: s3.region,
    forcePathStyle: true,
    credentials: { accessKeyId: s3.accessKeyId, secretAccessKey: s3.secretAccessKey },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: s3.bucket }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'BucketAlreadyOwnedByYou')) throw error;
  } finally {
    client.destroy();
  }
}

/** Starts Azurite; its content lives in memory and ends with it. */
export async function startAzurite(lab: LabContext): Promise<LabAzurite> {
  const address = storeAddress(lab);
  const port = lab.addresses.ports.azurite;
  const endpoint = `http://${address}:${port}/${azuriteAccount}`;
  await lab.progress.part('azurite', 3, async () => {
    const manifest = createRequire(import.meta.url).resolve('azurite/package.json');
    const { record, started } = await lab.processes.ensure({
      part: 'azurite',
      command: process.execPath,
      args: [
        join(dirname(manifest), 'dist/src/blob/main.js'),
        '--blobHost',
        address,
        '--blobPort',
        String(port),
        '--inMemoryPersistence',
        '--disableTelemetry',
        '--skipApiVersionCheck',
        '--silent',
      ],
    });
    // Without a signature it refuses, and a refusal is an answer.
    await lab.processes.waitReady(record, async () => {
      const answer = await request(`${endpoint}?comp=list`);
      await answer.body.dump();
      return answer.statusCode < 500 ? true : undefined;
    });
    return outcome(started);
  });
  const parts = [
    'DefaultEndpointsProtocol=http',
    `AccountName=${azuriteAccount}`,
    `AccountKey=${azuriteKey}`,
    `BlobEndpoint=${endpoint}`,
  ];
  return { endpoint, account: azuriteAccount, key: azuriteKey, connectionString: `${parts.join(';')};` };
}

/** Starts a server that speaks the API of Google Cloud Storage, with its bucket; its content lives in memory and ends with it. */
export async function startGcs(lab: LabContext): Promise<LabGcs> {
  const address = storeAddress(lab);
  const port = lab.addresses.ports.gcs;
  const endpoint = `http://${address}:${port}`;
  await lab.progress.part('gcs (fake-gcs-server)', 1, async () => {
    const { record, started } = await lab.processes.ensure({
      part: 'gcs',
      command: lab.binary('fake-gcs-server'),
      // Downloads by clients in Go use the XML API, which answers under this name only.
      args: [
        ...['-scheme', 'http', '-host', address, '-port', String(port), '-public-host', `${address}:${port}`],
        ...['-external-url', endpoint, '-backend', 'memory', '-log-level', 'error'],
      ],
    });
    await lab.processes.waitReady(record, async () => {
      const answer = await request(`${endpoint}/_internal/healthcheck`);
      await answer.body.dump();
      return answer.statusCode === 200 ? true : undefined;
    });
    await createGcsBucket(endpoint, bucket);
    return outcome(started);
  });
  return { endpoint, bucket };
}

/** A bucket that is there already is fine. */
async function createGcsBucket(endpoint: string, name: string): Promise<void> {
  const answer = await request(`${endpoint}/storage/v1/b`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  const said = await answer.body.text();
  if (answer.statusCode !== 200 && answer.statusCode !== 409) throw new Error(`cannot create bucket ${name}: ${said}`);
}
