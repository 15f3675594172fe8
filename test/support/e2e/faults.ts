/** What a faulty worker does at an effect. Plain data: it travels to the worker in its environment. */
export interface Fault {
  /** Named in the worker's messages; unique among the faults of a worker. */
  readonly id: string;
  /** Regular expression on `name subject` of the effect, e.g. `^target.create ConfigMap shop/`. */
  readonly at: string;
  readonly when: 'before' | 'after';
  /** Which match counts; default the first. */
  readonly nth?: number;
  /** `kill`: SIGKILL to itself; `pause`: waits until it is asked to go on, repeats of the same effect included. */
  readonly action: 'kill' | 'pause';
}

/** From the worker. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'armed' }
  | { readonly type: 'reached'; readonly id: string }
  | { readonly type: 'effect'; readonly text: string }
  | { readonly type: 'activity'; readonly text: string };

/** To the worker: let a paused effect go on, take other faults, or let the clock jump. */
export interface ReleaseMessage {
  readonly release?: string;
  /** New faults in place of the old ones, counted from here on. */
  readonly arm?: readonly Fault[];
  readonly skewMs?: number;
}

export const faultsVariable = 'LANDFALL_TEST_FAULTS';
/** File with the workflows, bundled once for all workers. */
export const bundleVariable = 'LANDFALL_TEST_BUNDLE';
