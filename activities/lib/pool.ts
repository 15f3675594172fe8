/** Things that are dear to open and shared by whoever uses the same key at the same time. */
export interface Pool<T> {
  /** Runs a body with the thing of a key; opens it where it is not open. */
  use<R>(key: string, open: () => Promise<T>, body: (value: T) => Promise<R>): Promise<R>;
}

interface Entry<T> {
  readonly value: Promise<T>;
  users: number;
}

/**
 * Creates a pool that keeps the things nobody uses, up to `idleMax`, and closes the least recently used beyond it. What
 * is in use is never closed, however many that are. One that could not be opened is tried again by its next user.
 */
export function createPool<T>(close: (value: T) => Promise<void>, idleMax: number): Pool<T> {
  const entries = new Map<string, Entry<T>>();
  const closeIdle = (): void => {
    let idle = [...entries.values()].filter(({ users }) => users === 0).length;
    for (const [key, entry] of entries) {
      if (idle <= idleMax) return;
      if (entry.users > 0) continue;
      entries.delete(key);
      idle -= 1;
      void entry.value.then(close, () => undefined);
    }
  };
  return {
    async use(key, open, body) {
      const entry = entries.get(key) ?? { value: open(), users: 0 };
      // Last in the map: used last.
      entries.delete(key);
      entries.set(key, entry);
      entry.users += 1;
      try {
        const value = await entry.value.catch((error: unknown) => {
          if (entries.get(key) === entry) entries.delete(key);
          throw error;
        });
        return await body(value);
      } finally {
        entry.users -= 1;
        closeIdle();
      }
    },
  };
}
