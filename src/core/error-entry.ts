/** When a failure may go away by itself. `after`: the error carries `retryAfterMs`. */
export type Retry = 'never' | 'backoff' | 'after';

/** The group decides the exit code (docs/reference/exit-codes.md). */
export type ErrorGroup =
  | 'config'
  | 'source'
  | 'target'
  | 'cluster'
  | 'location'
  | 'volume'
  | 'conflict'
  | 'integrity'
  | 'policy'
  | 'limit'
  | 'cancelled'
  | 'internal';

/** One row of the catalogue: what kind of failure a code is and what to do about it. */
export interface ErrorEntry {
  readonly group: ErrorGroup;
  readonly retry: Retry;
  /** One sentence for the docs: when it happens. */
  readonly summary: string;
  /** What the reader does about it, when the thrower knows nothing better. */
  readonly fix: string;
  /** Whether a waiver of the file accepts it as a blocker; absent: never, since the run would fail all the same. */
  readonly acceptance?: Acceptance;
}

/** How a blocker is accepted: by any waiver that covers it, only by one that names the object, or not at all. */
export type Acceptance = 'any' | 'named' | 'never';
