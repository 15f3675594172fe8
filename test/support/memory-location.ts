import type { ListedObject, Location, StoreOptions } from '../../src/ports/location.ts';
import { missingObject } from '../../src/locations/location-error.ts';
import { isAfter, type ListOptions } from '../../src/locations/operation.ts';
import { checkKey, checkPrefix } from '../../src/locations/key.ts';

/** What a memory location holds; shared between two of them it outlives a close. */
export type MemoryStore = Map<string, Uint8Array>;

/** When content was written; of content that a test put there by hand it is 0. */
const writtenAt = new WeakMap<Uint8Array, number>();

/**
 * A location in memory, for tests: exact, synchronous inside, and open to being damaged through its store. `clock` is the
 * store's.
 */
export function createMemoryLocation(
  name: string,
  store: MemoryStore = new Map(),
  clock: () => number = Date.now
): Location {
  const write = (key: string, bytes: Uint8Array): void => {
    const content = new Uint8Array(bytes);
    writtenAt.set(content, clock());
    store.set(key, content);
  };
  return {
    name,
    async create(key, bytes, options) {
      enter(key, options);
      if (store.has(key)) return Promise.resolve('exists');
      write(key, bytes);
      return Promise.resolve('created');
    },
    async read(key, options) {
      enter(key, options);
      const bytes = store.get(key);
      if (bytes === undefined) throw missingObject({ location: name, operation: 'read', key });
      return Promise.resolve(new Uint8Array(bytes));
    },
    async head(key, options) {
      enter(key, options);
      const bytes = store.get(key);
      return Promise.resolve(bytes === undefined ? undefined : { sizeBytes: bytes.byteLength });
    },
    list: (prefix, options) => listMemory(store, prefix, options),
    async delete(key, options) {
      enter(key, options);
      store.delete(key);
      return Promise.resolve();
    },
    async put(key, bytes, options) {
      enter(key, options);
      write(key, bytes);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function enter(key: string, options: StoreOptions | undefined): void {
  options?.signal?.throwIfAborted();
  checkKey(key);
}

async function* listMemory(store: MemoryStore, prefix: string, options?: ListOptions): AsyncGenerator<ListedObject> {
  checkPrefix(prefix);
  const keys = [...store.keys()].filter((key) => key.startsWith(prefix));
  keys.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const key of keys) {
    await Promise.resolve();
    options?.signal?.throwIfAborted();
    const bytes = isAfter(key, options) ? store.get(key) : undefined;
    if (bytes !== undefined) yield { key, sizeBytes: bytes.byteLength, modifiedAtMs: writtenAt.get(bytes) ?? 0 };
  }
}
