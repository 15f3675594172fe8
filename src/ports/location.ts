import type { ContentSeal } from './content-seal.ts';

/**
 * An object store that holds recovery points. Keys are relative to the location's prefix, '/'-separated, never start
 * with '/' and hold no '..' segment. Objects are immutable: everything is written with `create`, never overwritten.
 * Throws LandfallError with a `LOCATION_*` or `STORED_OBJECT_*` code. Retries are a decorator's work (`withRetry`),
 * not the provider's. Every provider passes `test/contract/location.ts`.
 */
export interface Location {
  /** The name of the Location in the configuration, for messages. */
  readonly name: string;
  /** What its content is sealed with; absent where it lies in clear. `src/archive/stored.ts` applies it. */
  readonly seal?: ContentSeal;
  /**
   * Writes a new object atomically: nobody sees half of it. Conditional (`If-None-Match: *` or its equal): when the key
   * is taken, answers 'exists' and changes nothing. Success that looked like failure is resolved by the caller
   * repeating it: the repeat answers 'exists'.
   */
  create(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<'created' | 'exists'>;
  /** Whole content; throws STORED_OBJECT_MISSING. */
  read(key: string, options?: StoreOptions): Promise<Uint8Array>;
  /** Size and nothing else; undefined when there is no such object. */
  head(key: string, options?: StoreOptions): Promise<{ readonly sizeBytes: number } | undefined>;
  /**
   * Keys that start with the prefix, each once, in UTF-8 byte order, paged inside. Throws LOCATION_LIST_INCOMPLETE when the
   * store ends a list early, repeats itself or loses its order: what decides a deletion asks `archive/proven-list.ts` besides.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;
  /** Removes an object; absent is fine. Used by compensations and the sweeper only. */
  delete(key: string, options?: StoreOptions): Promise<void>;
  /** Overwrites; only for things that are not part of a recovery point (progress, reports). */
  put(key: string, bytes: Uint8Array, options?: StoreOptions): Promise<void>;
  close(): Promise<void>;
}

/** One key of a list. */
export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** When it was written, by the clock of the store: only to be compared with another time of the same store. */
  readonly modifiedAtMs: number;
}

export interface StoreOptions {
  readonly signal?: AbortSignal;
}

/** What a list may be asked for besides its prefix. */
export interface ListOptions extends StoreOptions {
  /** Only keys after this one. */
  readonly after?: string;
  /** How many keys the store is asked for at once; a provider without pages gives them all. */
  readonly pageSize?: number;
}
