/** Things that are dear to open and shared by whoever uses the same key at the same time. */
export interface Pool<T> {
  /** Runs a body with the thing of a key; opens it where it is not open. */
  use<R>(key: string, open: () => Promise<T>, body: (value: T) => Promise<R>): Promise<R>;
}

interface Entry<T> {
  readonly value: Promise<T>;
  users: number;
  /** Closes it when nobody has used it for a while. */
  timer?: NodeJS.Timeout;
}

export interface IdleBounds {
  /** How many that nobody uses are kept: the ones used last. */
  readonly max: number;
  /** How long each is kept. */
  readonly ms: number;
}

/**
 * Creates a pool that keeps the things nobody uses within bounds. What is in use is never closed, however many that are.
 * One that could not be opened is tried again by its next user.
 */
export function createPool<T>(close: (value: T) => Promise<void>, idle: IdleBounds): Pool<T> {
  const entries = new Map<string, Entry<T>>();
  const drop = (key: string, entry: Entry<T>): void => {
    entries.delete(key);
    clearTimeout(entry.timer);
    // What does not close ends with the process: no activity waits for it, and nothing of a run depends on it.
    void entry.value.then(close).catch(() => undefined);
  };
  const closeIdle = (): void => {
    let count = [...entries.values()].filter(({ users }) => users === 0).length;
    for (const [key, entry] of entries) {
      if (count <= idle.max) return;
      if (entry.users > 0) continue;
      count -= 1;
      drop(key, entry);
    }
  };
  return {
    async use(key, open, body) {
      const entry = entries.get(key) ?? { value: open(), users: 0 };
      // Last in the map: used last.
      entries.delete(key);
      entries.set(key, entry);
      entry.users += 1;
      clearTimeout(entry.timer);
      try {
        const value = await entry.value.catch((error: unknown) => {
          if (entries.get(key) === entry) entries.delete(key);
          throw error;
        });
        return await body(value);
      } finally {
        entry.users -= 1;
        if (entry.users === 0 && entries.get(key) === entry)
          entry.timer = setTimeout(drop, idle.ms, key, entry).unref();
        closeIdle();
      }
    },
  };
}
