import { LandfallError } from '../core/errors.ts';
import type { RawObject, WaitOptions } from '../ports/cluster.ts';
import type { ApiClient } from './api-client.ts';
import { getObject } from './objects.ts';
import { pause } from './pause.ts';
import { subjectOf } from './paths.ts';
import { readMetadata } from './split-list.ts';
import { watchObject } from './watch.ts';

const TICK_MS = 5_000;
/** A watch is believed this long; then a GET looks whether it has missed something (half-open connections). */
const WATCH_MS = 15_000;
const POLL_MS = 1_000;

/** How many watches may hold a connection; the others poll, so that waiting never keeps writers from the pool. */
export interface WatchSlots {
  free: number;
}

interface Wait {
  readonly client: ApiClient;
  readonly slots: WatchSlots;
  readonly options: WaitOptions;
  readonly signal: AbortSignal;
  readonly deadlineMs: number;
  last: RawObject | undefined;
  trouble: LandfallError | undefined;
}

/** `{ object }` once `until` has said yes. */
type Seen = { readonly object: RawObject | undefined } | undefined;

/** See Cluster.waitFor. GET decides first, a watch brings changes, and a GET follows each watch. */
export async function waitForObject(
  parts: { readonly client: ApiClient; readonly slots: WatchSlots },
  options: WaitOptions
): Promise<RawObject | undefined> {
  options.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(Math.ceil(options.timeoutMs));
  const wait: Wait = {
    ...parts,
    options,
    signal: options.signal === undefined ? timeout : AbortSignal.any([options.signal, timeout]),
    deadlineMs: performance.now() + options.timeoutMs,
    last: undefined,
    trouble: undefined,
  };
  const ticker = setInterval(() => options.onTick?.(options.describe(wait.last)), TICK_MS);
  try {
    return (await watchAndPoll(wait))?.object;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (timeout.aborted && error === timeout.reason) throw timedOut(wait);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}

async function watchAndPoll(wait: Wait): Promise<Seen> {
  let canWatch = true;
  for (;;) {
    const seen = await probe(wait);
    if (seen !== undefined) return seen;
    if (!canWatch || wait.slots.free <= 0 || wait.trouble !== undefined) {
      await pause(POLL_MS, wait.signal);
      continue;
    }
    const startedAtMs = performance.now();
    wait.slots.free -= 1;
    try {
      const found = await watchOnce(wait);
      if (found !== undefined) return found;
    } catch (error) {
      if (!(error instanceof LandfallError)) throw error;
      // Refused watches stay refused; broken ones may come back after the next GET.
      canWatch = error.detail.retry !== 'never';
    } finally {
      wait.slots.free += 1;
    }
    const shortMs = POLL_MS - (performance.now() - startedAtMs);
    if (shortMs > 0) await pause(shortMs, wait.signal);
  }
}

/** Reads the object. An outage shorter than the wait does not end it. */
async function probe(wait: Wait): Promise<Seen> {
  try {
    const object = await getObject(wait.client, wait.options, { signal: wait.signal });
    wait.trouble = undefined;
    return observe(wait, object);
  } catch (error) {
    if (!(error instanceof LandfallError) || error.detail.retry === 'never') throw error;
    wait.trouble = error;
    return undefined;
  }
}

async function watchOnce(wait: Wait): Promise<Seen> {
  const timeoutMs = Math.min(WATCH_MS, wait.deadlineMs - performance.now());
  const resourceVersion = wait.last === undefined ? '' : readMetadata(Buffer.from(wait.last.bytes)).resourceVersion;
  // The server ends the watch by itself; the signal is for servers and networks that do not.
  const dropOrder = AbortSignal.timeout(Math.ceil(Math.max(1, timeoutMs)) + 2 * POLL_MS);
  const signal = AbortSignal.any([wait.signal, dropOrder]);
  try {
    for await (const event of watchObject(wait.client, wait.options, { resourceVersion, timeoutMs, signal })) {
      if (event.type === 'BOOKMARK') continue;
      // Usually 410: the version is too old to go on from. A GET shows where things are.
      if (event.type === 'ERROR') return undefined;
      const seen = observe(wait, event.type === 'DELETED' ? undefined : { bytes: event.object });
      if (seen !== undefined) return seen;
    }
  } catch (error) {
    wait.signal.throwIfAborted();
    if (!dropOrder.aborted) throw error;
  }
  return undefined;
}

function observe(wait: Wait, object: RawObject | undefined): Seen {
  const { until, describe, onTick } = wait.options;
  wait.last = object;
  if (until(object)) return { object };
  onTick?.(describe(object));
  return undefined;
}

function timedOut(wait: Wait): LandfallError {
  const { options, trouble } = wait;
  const subject = subjectOf(options);
  return new LandfallError('WAIT_TIMED_OUT', {
    what: `${subject} on cluster ${wait.client.clusterName} did not reach its condition within ${options.timeoutMs / 1000} s: ${options.describe(wait.last)}`,
    ref: subject,
    ...(trouble === undefined ? {} : { why: trouble.detail.what, cause: trouble }),
  });
}
