/** What a store does by itself against the loss of what it holds. */
export interface Protection {
  /** What is overwritten or removed stays as an older version. */
  readonly versioned: boolean;
  /** Every new object is locked by itself; absent where none is. `days` 0: the store reports only that it does. */
  readonly retention?: { readonly mode: string; readonly days: number };
}
