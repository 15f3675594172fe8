import type { ListedObject, ListOptions, Location, StoreOptions } from '../ports/location.ts';

export type { ListOptions };

/** The methods of a Location, as decorators and messages name them. */
export type LocationOperation = 'create' | 'read' | 'head' | 'list' | 'delete' | 'put';

/** One call of a Location, as its provider and its decorators pass it on. */
export interface LocationCall {
  readonly operation: LocationOperation;
  /** The prefix, of a list. */
  readonly key: string;
  readonly options: StoreOptions | undefined;
}

/** What an operation acts on, for messages. */
export interface OperationContext {
  readonly location: string;
  readonly operation: LocationOperation;
  readonly key: string;
  /** Through which proxy, or that one is set and not used; absent or '' when none is set. */
  readonly route?: string;
  /** Who asked, in words; absent where the Location names nobody. */
  readonly identity?: string;
}

/** True for a key that a list has still to give. */
export function isAfter(key: string, options: ListOptions | undefined): boolean {
  return options?.after === undefined || Buffer.compare(Buffer.from(key), Buffer.from(options.after)) > 0;
}

/** A stored key relative to the location; one that is not below its prefix stays as it is, for the guard of the list to see. */
export function withoutPrefix(stored: string, prefix: string): string {
  return stored.startsWith(prefix) ? stored.slice(prefix.length) : `/${stored}`;
}

/** True for the operations that change the store. */
export function isWrite(operation: LocationOperation): boolean {
  return operation === 'create' || operation === 'put' || operation === 'delete';
}

/** Runs one call of a location; `list` is a call per page, asked for through its iterator. */
export type Around = <T>(operation: LocationOperation, key: string, call: () => Promise<T>) => Promise<T>;

/** A location whose every call goes through `around`; what most decorators are made of. */
export function surround(inner: Location, around: Around): Location {
  return {
    name: inner.name,
    ...(inner.seal && { seal: inner.seal }),
    create: (key, bytes, options) => around('create', key, () => inner.create(key, bytes, options)),
    read: (key, options) => around('read', key, () => inner.read(key, options)),
    head: (key, options) => around('head', key, () => inner.head(key, options)),
    list: (prefix, options) => surroundList(around, prefix, () => inner.list(prefix, options)),
    delete: (key, options) => around('delete', key, () => inner.delete(key, options)),
    put: (key, bytes, options) => around('put', key, () => inner.put(key, bytes, options)),
    close: () => inner.close(),
  };
}

async function* surroundList(
  around: Around,
  prefix: string,
  list: () => AsyncIterable<ListedObject>
): AsyncGenerator<ListedObject> {
  const iterator = list()[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await around('list', prefix, () => iterator.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
