import { hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isLandfallError, type ErrorCode, type ErrorDetail, type LandfallError } from '../core/errors.ts';
import type { ListedObject, Location, StoreOptions } from '../ports/location.ts';
import type { FollowRequest, Remote, RequestFollower } from '../ports/remote.ts';
import { locationError } from './location-error.ts';
import {
  isWrite,
  type ListOptions,
  type LocationCall,
  type LocationOperation,
  type OperationContext,
} from './operation.ts';

/** One retry that is about to happen, for the stream of the run; has all that a `RetryNotice` of a cluster has. */
export interface LocationRetry {
  /** In words: `create objects/segments/… in Location backups`. */
  readonly subject: string;
  readonly code: ErrorCode;
  readonly location: string;
  readonly operation: LocationOperation;
  readonly key: string;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly delayMs: number;
  readonly error: ErrorDetail;
}

export interface RetryOptions {
  readonly attemptsMax?: number;
  /** For all attempts of one call and the pauses between them. */
  readonly deadlineMs?: number;
  readonly baseDelayMs?: number;
  readonly delayMaxMs?: number;
  /** One attempt of an operation without a body; a body adds a second per 256 KiB. */
  readonly attemptTimeoutMs?: number;
  /** How long a write that is under way may go on after its caller has aborted. */
  readonly graceMs?: number;
  readonly onRetry?: (retry: LocationRetry) => void;
  /** Informed of every call: whether it is answered. */
  readonly follow?: { readonly remote: Remote; readonly request: FollowRequest };
  /** Uniform in [0, 1); for tests. */
  readonly random?: () => number;
}

/** Of a first contact: a person waits for the word that nobody answers. */
export const briefRetry = { attemptsMax: 3, deadlineMs: 6_000, attemptTimeoutMs: 4_000 } as const;

const bytesPerSecondMin = 256 * 1024;
/** Longer words of a store are cut: they travel in every heartbeat. */
const wordsMax = 300;
/**
 * A read may take the time of the largest object a Location holds: a pack of kopia has 20 MiB and the rest of one chunk of at most
 * 8 MiB, a segment one object of at most 32 MiB. A connection that stands still is the provider's to end.
 */
const largestObjectBytes = 40 * 1024 * 1024;

/**
 * Repeats what may succeed later: bounded in attempts and in time, with full jitter (AWS Architecture Blog,
 * "Exponential Backoff And Jitter"), never sooner than Retry-After says. A create whose first attempt may have
 * succeeded unseen, and whose repeat then answers 'exists', is compared with what is stored: own content counts as
 * created. An attempt that hangs is abandoned and repeated. Aborting the signal throws its reason at once, or, while a write
 * is under way, when that has ended: broken off, it could take effect behind whoever cleans up.
 */
export function withRetry(inner: Location, options: RetryOptions = {}): Location {
  const retry = retryer(inner.name, options);
  return {
    name: inner.name,
    create: (key, bytes, store) =>
      createOnce(inner, retry, { key, bytes, ...(store?.signal && { signal: store.signal }) }),
    put: (key, bytes, store) =>
      retry({ operation: 'put', key, options: store, bodyBytes: bytes.byteLength }, (with_) =>
        inner.put(key, bytes, with_)
      ),
    read: (key, store) =>
      retry({ operation: 'read', key, options: store, bodyBytes: largestObjectBytes }, (with_) =>
        inner.read(key, with_)
      ),
    head: (key, store) => retry({ operation: 'head', key, options: store }, (with_) => inner.head(key, with_)),
    delete: (key, store) => retry({ operation: 'delete', key, options: store }, (with_) => inner.delete(key, with_)),
    list: (prefix, store) => listAgain(retry, { prefix, options: store }, (with_) => inner.list(prefix, with_)),
    close: () => inner.close(),
  };
}

/** A call that is repeated as a whole; its body, or that of its answer, lengthens its attempts. */
interface RepeatedCall extends LocationCall {
  readonly bodyBytes?: number;
}

type Retryer = <T>(repeated: RepeatedCall, attempt: (options: StoreOptions) => Promise<T>) => Promise<T>;

/** One call: what it is about, what bounds it, who is informed how it goes. */
interface Call extends OperationContext {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly followed: RequestFollower | undefined;
}

function retryer(location: string, options: RetryOptions): Retryer {
  return async ({ operation, key, options: store, bodyBytes = 0 }, attempt) => {
    const timeoutMs = (options.attemptTimeoutMs ?? 30_000) + (bodyBytes / bytesPerSecondMin) * 1_000;
    const deadlineMs = options.deadlineMs ?? 300_000;
    const followed = options.follow?.request({
      ...{ remote: options.follow.remote, subject: `${operation} ${key}`.trim(), isQueued: true },
      ...{ failsAfterMs: deadlineMs + timeoutMs, bodyBytes: isWrite(operation) ? bodyBytes : 0 },
    });
    const call = { location, operation, key, timeoutMs, deadlineMs, signal: store?.signal, followed };
    try {
      return await repeat(call, options, attempt);
    } finally {
      followed?.ended();
    }
  };
}

async function repeat<T>(
  call: Call,
  options: RetryOptions,
  attempt: (options: StoreOptions) => Promise<T>
): Promise<T> {
  const { location, operation, key, timeoutMs, deadlineMs, signal, followed } = call;
  const context = { location, operation, key };
  const attemptsMax = options.attemptsMax ?? 6;
  const startedAt = performance.now();
  for (let number = 1; ; number += 1) {
    signal?.throwIfAborted();
    const why = `no response within ${Math.round(timeoutMs / 1_000)} s`;
    const late = (): LandfallError => locationError('LOCATION_UNREACHABLE', context, { why });
    const attemptedAt = performance.now();
    try {
      const graceMs = isWrite(operation) ? (options.graceMs ?? 5_000) : 0;
      followed?.sent();
      const result = await attemptWithin({ timeoutMs, graceMs, late, signal }, attempt);
      followed?.answered();
      return result;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isLandfallError(error)) throw error;
      const attemptMs = performance.now() - attemptedAt;
      notifyFailure(followed, error, attemptsRemainingMs({ number, attemptMs, attemptsMax }, error, options));
      if (error.detail.retry === 'never' || number >= attemptsMax) throw error;
      const delayMs = pause(error, number, options);
      if (performance.now() - startedAt + delayMs > deadlineMs) throw error;
      const subject = `${operation} ${key} in Location ${location}`;
      const notice = { subject, code: error.code, attempt: number, attemptsMax, delayMs, error: error.detail };
      options.onRetry?.({ ...context, ...notice });
      await sleep(delayMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
}

/** A store that is only throttled or in trouble has answered and has not done it; a refusal that stays is an answer. */
function notifyFailure(
  followed: RequestFollower | undefined,
  { code, detail }: LandfallError,
  remainingMs: number
): void {
  if (detail.retry === 'never') return followed?.answered();
  const words = (detail.why ?? detail.what).slice(0, wordsMax);
  followed?.failed({ words, isAnswered: code !== 'LOCATION_UNREACHABLE', remainingMs });
}

/** How long the attempts that are left take at most, when each takes as long as the last one did. */
function attemptsRemainingMs(
  last: { readonly number: number; readonly attemptMs: number; readonly attemptsMax: number },
  error: LandfallError,
  options: RetryOptions
): number {
  let remainingMs = 0;
  for (let { number } = last; number < last.attemptsMax; number += 1) {
    remainingMs += pause(error, number, { ...options, random: () => 1 }) + last.attemptMs;
  }
  return remainingMs;
}

/** Full jitter below the doubling limit; on top of Retry-After where the server named a time. */
function pause(error: LandfallError, attempt: number, options: RetryOptions): number {
  const limit = Math.min(options.delayMaxMs ?? 10_000, (options.baseDelayMs ?? 200) * 2 ** (attempt - 1));
  const jitter = (options.random ?? Math.random)() * limit;
  return Math.round((error.detail.retryAfterMs ?? 0) + jitter);
}

interface AttemptBounds {
  readonly timeoutMs: number;
  readonly graceMs: number;
  /** The error of an attempt that is late. */
  readonly late: () => LandfallError;
  /** The caller's. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Runs one attempt; gives it up when it is late, or when the caller has aborted and its grace is over, also when the call
 * does not listen to its signal.
 */
async function attemptWithin<T>(
  { timeoutMs, graceMs, late, signal: outer }: AttemptBounds,
  attempt: (options: StoreOptions) => Promise<T>
): Promise<T> {
  const controller = new AbortController();
  const interrupted = Promise.withResolvers<never>();
  interrupted.promise.catch(() => undefined);
  const dropOrder = (reason: unknown): void => {
    interrupted.reject(reason);
    controller.abort(reason);
  };
  let grace: ReturnType<typeof setTimeout> | undefined;
  const onAbort = (): void => {
    if (graceMs === 0) dropOrder(outer?.reason);
    else grace = setTimeout(() => dropOrder(outer?.reason), graceMs);
  };
  const timer = setTimeout(() => dropOrder(late()), timeoutMs);
  outer?.addEventListener('abort', onAbort, { once: true });
  try {
    const call = attempt({ signal: controller.signal });
    call.catch(() => undefined);
    return await Promise.race([call, interrupted.promise]);
  } finally {
    clearTimeout(timer);
    clearTimeout(grace);
    outer?.removeEventListener('abort', onAbort);
  }
}

interface NewObject extends StoreOptions {
  readonly key: string;
  readonly bytes: Uint8Array;
}

async function createOnce(inner: Location, retry: Retryer, object: NewObject): Promise<'created' | 'exists'> {
  const { key, bytes } = object;
  let unknown = false;
  const attempt = async (options: StoreOptions): Promise<'created' | 'exists'> => {
    const repeated = unknown;
    // Whatever ends this attempt but an answer may have left the object there.
    unknown = true;
    const outcome = await inner.create(key, bytes, options);
    if (outcome === 'created' || !repeated) return outcome;
    const stored = await inner.head(key, options);
    if (stored?.sizeBytes !== bytes.byteLength) return 'exists';
    return sha256(await inner.read(key, options)) === sha256(bytes) ? 'created' : 'exists';
  };
  return retry({ operation: 'create', key, options: object, bodyBytes: 2 * bytes.byteLength }, attempt);
}

/** A list that breaks off goes on after the last key it gave; keys come in order. */
async function* listAgain(
  retry: Retryer,
  { prefix, options: store }: { readonly prefix: string; readonly options: ListOptions | undefined },
  list: (options: ListOptions) => AsyncIterable<ListedObject>
): AsyncGenerator<ListedObject> {
  let last: string | undefined;
  let iterator: AsyncIterator<ListedObject> | undefined;
  try {
    for (;;) {
      const next = await retry({ operation: 'list', key: prefix, options: store }, async () => {
        const options: ListOptions = last === undefined ? { ...store } : { ...store, after: last };
        const current = iterator ?? list(options)[Symbol.asyncIterator]();
        // Forgotten until it answers: after a failure or a time-out the next attempt takes a new one.
        iterator = undefined;
        const found = await nextAfter(current, last);
        iterator = current;
        return found;
      });
      if (next.done === true) return;
      last = next.value.key;
      yield next.value;
    }
  } finally {
    await iterator?.return?.();
  }
}

async function nextAfter<T extends { readonly key: string }>(
  iterator: AsyncIterator<T>,
  last: string | undefined
): Promise<IteratorResult<T>> {
  for (;;) {
    const next = await iterator.next();
    if (next.done === true || last === undefined) return next;
    if (Buffer.compare(Buffer.from(next.value.key), Buffer.from(last)) > 0) return next;
  }
}

function sha256(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex');
}
