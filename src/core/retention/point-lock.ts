import { formatInstant } from '../run/instant.ts';

/** `governance`: who has the right to may lift it; `compliance`: nobody can, not even the owner of the store. */
export type LockMode = 'governance' | 'compliance';

/** Until when nobody can remove what lies in a store, as the store holds it. */
export interface Retention {
  readonly mode: LockMode;
  readonly untilMs: number;
}

/** How every recovery point of a Location is locked when it is committed. */
export interface LockSpec {
  readonly mode: LockMode;
  readonly forMs: number;
}

/** Whether a lock is in force, at a time of the store's clock. */
export function isLocked(lock: Retention | undefined, nowMs: number): lock is Retention {
  return lock !== undefined && lock.untilMs > nowMs;
}

/** `locked until 2026-12-31T00:00:00Z (compliance)`. */
export function lockText({ mode, untilMs }: Retention): string {
  return `locked until ${formatInstant(untilMs)} (${mode})`;
}

/** Both at once: the stricter mode, and the later end. A lock is never made weaker. */
export function strongerLock(left: Retention, right: Retention | undefined): Retention {
  if (right === undefined) return left;
  const mode = left.mode === 'compliance' || right.mode === 'compliance' ? 'compliance' : 'governance';
  return { mode, untilMs: Math.max(left.untilMs, right.untilMs) };
}

/** Whether one lock is at least as strong as another. */
export function covers(lock: Retention | undefined, wanted: Retention): boolean {
  if (lock === undefined || lock.untilMs < wanted.untilMs) return false;
  return lock.mode === 'compliance' || wanted.mode === 'governance';
}
