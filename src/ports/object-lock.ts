import type { Retention } from '../core/retention/point-lock.ts';
import type { StoreOptions } from './location.ts';

/** Locks of single objects in a store, by which nobody removes what they hold before a time. Keys as of a `Location`. */
export interface ObjectLock {
  /** Throws LOCK_UNSUPPORTED, with the reason, where objects of this store cannot be locked, and LOCATION_*. */
  check(options?: StoreOptions): Promise<void>;
  /**
   * Locks what is under a key now at least so, and answers how it is locked, as the store says it afterwards. Never makes a lock
   * weaker or shorter. Throws STORED_OBJECT_MISSING, LOCK_NOT_HELD where the store does not say what it was told, and LOCATION_*.
   */
  extend(key: string, wanted: Retention, options?: StoreOptions): Promise<Retention>;
  close(): Promise<void>;
}
