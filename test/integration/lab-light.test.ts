import { existsSync } from 'node:fs';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { BlobServiceClient } from '@azure/storage-blob';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient } from '../../lab/api-client.ts';
import { clusterNames, down, mintKubeconfig, readLab, status, up, type Lab } from '../../lab/index.ts';
import { identifyProcess } from '../../src/host/process-identity.ts';
import { endProcess } from '../../src/host/end-process.ts';
import { waitFor } from '../../src/host/wait.ts';

const name = 'lab-light-test';
let lab: Lab;

beforeAll(async () => {
  await down({ name });
  lab = await up({ name, light: true, ownerPid: process.pid });
});

afterAll(() => down({ name }));

async function withApi<T>(kubeconfig: string, work: (client: ApiClient) => Promise<T>): Promise<T> {
  const client = new ApiClient(kubeconfig);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

describe('a light lab', () => {
  it.each(clusterNames)('serves the API of %s and deletes namespaces for good', async (cluster) => {
    await withApi(lab.clusters[cluster].kubeconfig, async (client) => {
      const path = '/api/v1/namespaces/short-lived';
      await client.apply(path, 'apiVersion: v1\nkind: Namespace\nmetadata: {name: short-lived}\n');
      await client.apply(
        `${path}/configmaps/c`,
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: short-lived}\n'
      );
      expect((await client.call('DELETE', path)).status).toBeLessThan(300);
      await waitFor(async () => ((await client.get(path)) === undefined ? true : undefined), {
        what: 'the namespace to go',
        deadlineMs: 30_000,
      });
      const classes = await client.get<{ items: { metadata: { name: string } }[] }>(
        '/apis/storage.k8s.io/v1/storageclasses'
      );
      expect(classes?.items.map((item) => item.metadata.name)).toEqual([lab.clusters[cluster].storageClass]);
    });
  });

  it('mints users who may do nothing until they are given something', async () => {
    const kubeconfig = await mintKubeconfig(lab, 'source', { user: 'jane', groups: ['readers'] });
    await withApi(kubeconfig, async (client) => {
      const answer = await client.call('GET', '/api/v1/namespaces/default/secrets');
      expect(answer.status).toBe(403);
      expect(answer.text).toContain('User \\"jane\\" cannot list resource');
    });
  });

  it('has an S3 server that honours conditions', async () => {
    const { endpoint, region, bucket, accessKeyId, secretAccessKey } = lab.s3;
    const client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
    const once = new PutObjectCommand({ Bucket: bucket, Key: 'a/b', Body: 'first', IfNoneMatch: '*' });
    await client.send(once);
    await expect(client.send(once)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
    const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'a/b' }));
    expect(await got.Body?.transformToString()).toBe('first');
    client.destroy();
  });

  it('has an Azurite that takes its connection string', async () => {
    const container = BlobServiceClient.fromConnectionString(lab.azurite.connectionString).getContainerClient('points');
    await container.create();
    expect(await container.exists()).toBe(true);
  });

  it('has a server of Google Cloud Storage that honours conditions', async () => {
    const { endpoint, bucket } = lab.gcs;
    const create = (body: string): Promise<Response> =>
      fetch(`${endpoint}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=a/b&ifGenerationMatch=0`, {
        method: 'POST',
        body,
      });
    expect((await create('first')).status).toBe(200);
    expect((await create('second')).status).toBe(412);
    const got = await fetch(`${endpoint}/storage/v1/b/${bucket}/o/a%2Fb?alt=media`);
    expect(await got.text()).toBe('first');
  });

  it('has a Temporal server with its namespace', async () => {
    const connection = await Connection.connect({ address: lab.temporal.address });
    const described = await connection.workflowService.describeNamespace({ namespace: lab.temporal.namespace });
    expect(described.namespaceInfo?.name).toBe('default');
    await connection.close();
  });

  it('is brought up again without touching what runs', async () => {
    const before = status(name);
    expect(before.state).toBe('up');
    expect(await up({ name, light: true })).toEqual(lab);
    expect(status(name)).toEqual(before);
    expect(readLab(name)).toEqual(lab);
  });

  it('replaces a part that was killed, with its data', async () => {
    const path = '/api/v1/namespaces/default/configmaps/kept';
    const manifest = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, namespace: default}\n';
    await withApi(lab.clusters.target.kubeconfig, (client) => client.apply(path, manifest));
    for (const part of status(name).parts.filter((one) => one.part.startsWith('target/'))) {
      const found = identifyProcess(part.pid);
      if (found !== undefined) await endProcess(found, 0);
    }
    expect(status(name).state).toBe('partial');
    await up({ name, light: true });
    expect(status(name).state).toBe('up');
    await withApi(lab.clusters.target.kubeconfig, async (client) => expect(await client.get(path)).toBeDefined());
  });

  it('goes without a trace', async () => {
    await down({ name });
    expect(status(name)).toMatchObject({ state: 'down', parts: [] });
    expect(existsSync(lab.stateDirectory)).toBe(false);
    expect(() => readLab(name)).toThrow(/is not up/);
  });
});
