import { LandfallError } from '../../src/core/errors.ts';

/**
 * How long an attempt may act without looking at the clock. Temporal gives an activity to another worker when no
 * heartbeat has come for the heartbeat timeout; a process that was stopped or starved for so long has to take it that
 * this has happened, and that the run has gone on, or was undone, without it.
 */
export interface Lease {
  /** The process lives: called with every heartbeat. */
  renew(): void;
  /** Throws WORKER_LOST once the process has stood still for longer than the heartbeat timeout; then for good. */
  check(): void;
}

/** Both clocks count: the monotonic one does not move while a machine sleeps, the other one may be set. */
export interface Clocks {
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
}

const realClocks: Clocks = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/** Opens the lease of an attempt. Clocks that are set forward by more than the timeout cost an attempt, no more. */
export function openLease(heartbeatTimeoutMs: number, clocks: Clocks = realClocks): Lease {
  const read = () => ({ monotonic: clocks.monotonicMs(), wall: clocks.wallMs() });
  let last = read();
  let isLost = false;
  const look = (): void => {
    const now = read();
    const stoodStillMs = Math.max(now.monotonic - last.monotonic, now.wall - last.wall);
    if (stoodStillMs > heartbeatTimeoutMs) isLost = true;
    last = now;
  };
  return {
    renew: look,
    check() {
      look();
      if (!isLost) return;
      throw new LandfallError('WORKER_LOST', {
        what: 'this worker stood still for longer than the heartbeat timeout',
        why: 'another worker may have taken over, so nothing more is written by this attempt',
      });
    },
  };
}
