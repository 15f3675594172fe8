import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { constants, zstdCompress, type ZstdOptions } from 'node:zlib';
import { splitList } from '../../src/kube/split-list.ts';
import { bareConnections, inParallel, openBareApi } from './bare-api.ts';
import type { Task, TaskResult } from './contestant.ts';
import { collectionOf, kindPaths, objectsOf } from './fixture.ts';
import { measure } from './measure.ts';
import { namespaceObject } from './place.ts';

/**
 * The least that any tool has to do: what is measured against it is the cost of everything else. It knows which kinds
 * there are, checks nothing, retries nothing and stores nothing.
 */

const compress = promisify(zstdCompress) as (bytes: Uint8Array, options: ZstdOptions) => Promise<Buffer>;
const level = { [constants.ZSTD_c_compressionLevel]: 1 };
const pageObjects = 1_000;
const listsInParallel = 4;
/** Bytes compressed together, as in a segment. */
const chunkBytes = 4 * 1024 * 1024;

type CaptureTask = Extract<Task, { readonly type: 'floor.capture' }>;
type ApplyTask = Extract<Task, { readonly type: 'floor.apply' }>;

/** Pages of every kind of every namespace, SHA-256 of each object, zstd level 1, thrown away. */
export async function floorCapture({ kubeconfig, namespaces }: CaptureTask): Promise<TaskResult> {
  const api = openBareApi(kubeconfig);
  const lists = Object.keys(kindPaths).flatMap((kind) => namespaces.map((namespace) => collectionOf(kind, namespace)));
  try {
    return await measure(async () => {
      let objects = 0;
      let bytes = 0;
      await inParallel(lists, listsInParallel, async (path) => {
        let waiting: Uint8Array[] = [];
        let waitingBytes = 0;
        const flush = async (): Promise<void> => {
          const content = Buffer.concat(waiting, waitingBytes);
          waiting = [];
          waitingBytes = 0;
          if (content.length > 0) bytes += (await compress(content, { params: level })).length;
        };
        let token = '';
        do {
          const page = await api.send('GET', `${path}?limit=${pageObjects}&continue=${encodeURIComponent(token)}`);
          const { items, continueToken } = splitList(page.body);
          for (const item of items) {
            hash('sha256', item, 'hex');
            waiting.push(item);
            waitingBytes += item.length;
          }
          objects += items.length;
          if (waitingBytes >= chunkBytes) await flush();
          token = continueToken;
        } while (token !== '');
        await flush();
      });
      return { objects, bytes };
    });
  } finally {
    await api.close();
  }
}

/** The namespaces, then every object with one POST: bodies ready in memory, a keep-alive pool, no order. */
export async function floorApply({ kubeconfig, namespaces, each, dryRun }: ApplyTask): Promise<TaskResult> {
  const api = openBareApi(kubeconfig);
  const bodies = namespaces.flatMap((namespace, seed) =>
    [...objectsOf(namespace, each, seed)].map(({ collection, object }) => ({
      collection: dryRun === true ? `${collection}?dryRun=All` : collection,
      body: Buffer.from(JSON.stringify(object)).toString('utf8'),
    }))
  );
  const create = async ({ collection, body }: { readonly collection: string; readonly body: string }) => {
    const answer = await api.send('POST', collection, body);
    if (answer.status >= 300) throw new Error(`${collection}: ${answer.status} ${answer.body.toString('utf8')}`);
  };
  const spaces = (dryRun === true ? [] : namespaces).map((name) => ({
    collection: '/api/v1/namespaces',
    body: JSON.stringify(namespaceObject(name)),
  }));
  try {
    return await measure(async () => {
      await inParallel(spaces, bareConnections, create);
      await inParallel(bodies, bareConnections, create);
      return { objects: bodies.length + spaces.length };
    });
  } finally {
    await api.close();
  }
}
