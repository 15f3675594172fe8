import { AsyncLocalStorage } from 'node:async_hooks';
import { LandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Effect } from '../ports/failpoints.ts';

/**
 * What keeps a sweep from removing anything once others may take its lock for that of a dead one: asked right before each
 * delete, retries included (docs/decisions/0012-fence.md).
 */
export interface SweepFence {
  /** The lock is about to be written. */
  arm(): void;
  /** Throws WORKER_LOST when so much time has passed since then that the lock may soon be ignored. */
  check(): void;
  /** True when it is time to end this part of the sweep. */
  isDue(): boolean;
  /** A request was repeated: its first attempt may arrive late, so the lock has to stay until it is ignored. */
  doubt(): void;
  isDoubtful(): boolean;
  /** The time of this machine: no age is taken by the store's clock alone. */
  nowMs(): number;
}

/** Both clocks count: the monotonic one does not move while a machine sleeps, the other one may be set. */
export interface FenceClocks {
  readonly monotonicMs: () => number;
  readonly wallMs: () => number;
}

const realClocks: FenceClocks = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/** Creates a fence that is not armed: without a lock nothing may be removed. */
export function createSweepFence(clocks: FenceClocks = realClocks): SweepFence {
  let armed: { readonly monotonic: number; readonly wall: number } | undefined;
  let hasDoubt = false;
  const elapsedMs = (): number =>
    armed === undefined
      ? Infinity
      : Math.max(clocks.monotonicMs() - armed.monotonic, Math.abs(clocks.wallMs() - armed.wall));
  return {
    arm() {
      armed = { monotonic: clocks.monotonicMs(), wall: clocks.wallMs() };
      hasDoubt = false;
    },
    check() {
      if (elapsedMs() <= limits.sweepFenceMs) return;
      throw new LandfallError('WORKER_LOST', {
        what: 'the sweep was suspended for too long and removes nothing more',
        why: 'runs that begin now no longer wait for it',
        fix: 'start it again: it continues where it stopped',
      });
    },
    isDue: () => elapsedMs() > limits.sweepPartMs,
    doubt() {
      hasDoubt = true;
    },
    isDoubtful: () => hasDoubt,
    nowMs: () => clocks.wallMs(),
  };
}

/** The fence of the sweep on whose behalf a request is just made. */
const current = new AsyncLocalStorage<SweepFence>();
const sweptKey = /^(?:objects|points|runs)\//;

/** Runs a sweep whose deletes ask its fence right before each request, repeated ones included. */
export function withinFence<T>(fence: SweepFence, sweep: () => Promise<T>): Promise<T> {
  return current.run(fence, sweep);
}

/** To be asked before every effect on a Location: throws WORKER_LOST for a delete of a sweep whose time is over. */
export function checkFence({ name, subject }: Effect): void {
  if (name === 'location.delete' && sweptKey.test(subject)) current.getStore()?.check();
}

/** To be told of every request to a Location that is sent again. */
export function doubtFence({ operation }: { readonly operation: string }): void {
  if (operation === 'delete') current.getStore()?.doubt();
}
