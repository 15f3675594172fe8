import { LandfallError } from '../../src/core/errors.ts';

/**
 * How long an attempt may act without looking at the clock. Temporal gives an activity to another worker when no
 * heartbeat has come for the heartbeat timeout; a process that was stopped, starved or cut off for so long has to take it
 * that this has happened, and that the run has gone on, or was undone, without it.
 */
export interface Lease {
  /** The process lives: called with every heartbeat. */
  renew(): void;
  /** Throws WORKER_LOST once the process has stood still or was cut off for about the heartbeat timeout; then for good. */
  check(): void;
}

/** Both clocks count: the monotonic one does not move while a machine sleeps, the other one may be set. */
export interface Clocks {
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
}

/** When the Temporal server was last asked and answered, by the monotonic clock. */
export type ContactMs = () => number;

/**
 * The server counts from the last heartbeat that reached it, a process from the last time it looked at the clock: up to two
 * heartbeats and the way there lie between them.
 */
const marginMs = 5_000;

const realClocks: Clocks = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

export interface LeaseOptions {
  readonly clocks?: Clocks;
  /** Absent: it is not known whether heartbeats arrive. */
  readonly contactMs?: ContactMs | undefined;
}

/** Opens the lease of an attempt. Clocks that are set forward by more than the timeout cost an attempt, no more. */
export function openLease(heartbeatTimeoutMs: number, options: LeaseOptions = {}): Lease {
  const { clocks = realClocks, contactMs } = options;
  const read = () => ({ monotonic: clocks.monotonicMs(), wall: clocks.wallMs() });
  let last = read();
  let lost: string | undefined;
  const check = (): void => {
    const now = read();
    const stoodStillMs = Math.max(now.monotonic - last.monotonic, now.wall - last.wall);
    if (stoodStillMs > heartbeatTimeoutMs - marginMs) {
      lost ??= 'this worker was suspended for about as long as the heartbeat timeout';
    }
    const silentMs = contactMs === undefined ? 0 : now.monotonic - contactMs();
    if (silentMs > heartbeatTimeoutMs - marginMs)
      lost ??= `this worker has had no response from Temporal for ${Math.round(silentMs / 1000)} s`;
    last = now;
  };
  return {
    renew: check,
    check() {
      check();
      if (lost === undefined) return;
      throw new LandfallError('WORKER_LOST', {
        what: lost,
        why: 'another worker may have taken over, so this attempt writes nothing more',
      });
    },
  };
}
