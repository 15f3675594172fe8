import type { TestWorker } from '../support/e2e/worker.ts';
import type { Lane } from './lane.ts';
import type { TemporalLink } from './temporal-link.ts';
import type { TemporalServer } from './temporal-server.ts';
import type { Strike } from './trial.ts';

/** A migration that goes on, as the faults handle it. */
export interface Running {
  readonly lane: Lane;
  readonly targetNamespace: string;
  /** Where this run lives: the lane's, or one of its own when the trial takes it down. */
  readonly temporal: TemporalServer;
  /** The worker that does the work; a paused one is remembered by whoever paused it. */
  readonly worker: TestWorker;
  /** Starts the next worker, with the strikes that are still to come. */
  startWorker(): Promise<TestWorker>;
  /** Of a trial that cuts workers off: the way of one to Temporal. */
  linkOf(worker: TestWorker): TemporalLink;
  idOf(strike: Strike): string;
  cancel(): Promise<void>;
  terminate(): Promise<void>;
  /** Fills the file system of a directory Location; gives what frees it. */
  fillDisk(): () => Promise<unknown>;
  /** Resolves when the run has ended. */
  readonly over: Promise<unknown>;
}
