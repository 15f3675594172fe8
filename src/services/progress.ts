import type { ProgressUnit, WaitingFor } from '../core/run/events.ts';
import type { Amount } from '../core/run/progress.ts';
import type { RetryNotice } from '../ports/cluster.ts';
import type { OutsideRequest, RequestFollower } from '../ports/remote.ts';

/** What an activity reports while it works: it becomes the live part of its step. */
export interface Progress {
  /** Aborts with a cancel, and with the end of the attempt: what it has not waited for must not go on without it. */
  readonly signal: AbortSignal;
  /** What the last attempt had finished; undefined on the first. */
  readonly cursor: unknown;
  update(state: { done?: number; total?: number; unit?: ProgressUnit; note?: string; files?: Amount }): void;
  /** Keeps what is done beyond this attempt. */
  checkpoint(cursor: unknown): void;
  /** Reports what is waited for; several waits at once show the one that has lasted longest. */
  waiting(waitingFor: WaitingFor, timeoutMs: number): void;
  /** The wait for this subject is over. */
  arrived(ref: string): void;
  retry(notice: RetryNotice): void;
  /** Follows a request of the activity: whoever does not answer for some seconds is reported as what it waits for. */
  asks(request: OutsideRequest): RequestFollower;
  /** Asked before every effect: throws WORKER_LOST when another worker may have taken over or the attempt has ended. */
  assertNotFenced(): void;
  /** Runs an effect; `stop` waits for it. */
  trackEffect<T>(effect: () => Promise<T>): Promise<T>;
  /** Ends the attempt: aborts what it has not waited for, and waits until no effect of it is under way. */
  stop(): Promise<void>;
}
