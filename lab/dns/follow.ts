import { setTimeout as pause } from 'node:timers/promises';
import type { ApiClient } from '../api-client.ts';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace: string };
}

interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

const reconnectMs = 500;

interface Follower<T> {
  /** All objects, by namespace and name. */
  readonly objects: Map<string, T>;
  /** After each list; only then is the map whole. */
  onList(): void;
}

/** Keeps a map of all objects of a kind current: lists, watches, and starts over whenever the watch ends. Never returns. */
export async function follow<T extends Named>(
  client: ApiClient,
  path: string,
  { objects, onList }: Follower<T>
): Promise<never> {
  for (;;) {
    try {
      const list = await client.get<{ metadata: { resourceVersion: string }; items: T[] }>(path);
      if (list === undefined) throw new Error(`${path} does not exist`);
      const seen = new Set(list.items.map((item) => keyOf(item)));
      for (const key of objects.keys()) if (!seen.has(key)) objects.delete(key);
      for (const item of list.items) objects.set(keyOf(item), item);
      onList();
      await watchFrom(client, `${path}?watch=1&resourceVersion=${list.metadata.resourceVersion}`, objects);
    } catch (error) {
      process.stderr.write(`${path}: ${error instanceof Error ? error.message : String(error)}; trying again\n`);
      // Answers stay the last known ones until the API server is back.
      await pause(reconnectMs);
    }
  }
}

async function watchFrom<T extends Named>(client: ApiClient, path: string, into: Map<string, T>): Promise<void> {
  for await (const line of client.watch(path, new AbortController().signal)) {
    if (line === '') continue;
    const event = JSON.parse(line) as WatchEvent<T>;
    if (event.type === 'ERROR') return;
    if (event.type === 'DELETED') into.delete(keyOf(event.object));
    else if (event.type !== 'BOOKMARK') into.set(keyOf(event.object), event.object);
  }
}

function keyOf(object: Named): string {
  return `${object.metadata.namespace}/${object.metadata.name}`;
}
