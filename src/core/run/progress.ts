import type { ProgressUnit } from './events.ts';

/** What is reported as the rate. */
const rateMs = 60_000;
/** What the time left is estimated by: long enough that a pause of some seconds, or one large file, does not make hours of minutes. */
const windowMs = 180_000;
const silentMs = 20_000;
const sampleEveryMs = 1_000;
/** Older ones are kept more sparsely. */
const oldSampleEveryMs = 5_000;

/** How many of how many. */
export interface Amount {
  readonly done: number;
  /** 0 = unknown. */
  readonly total: number;
}

interface Sample {
  readonly at: number;
  readonly done: number;
  readonly files: number;
}

/** How far a step is. `done` and `percent` never go back, whatever the events say. */
export interface ProgressView extends Amount {
  readonly unit: ProgressUnit;
  readonly totalIsEstimate: boolean;
  readonly note: string;
  /** Beside bytes: a million small files take their time, whatever they weigh. */
  readonly files?: Amount;
  /** 0-99: 100 is reached only by the step being done, which means verified. Of bytes and files what is behind counts. */
  readonly percent: number;
  /** Values of the last minutes, oldest first. */
  readonly samples: readonly Sample[];
  /** When the first value came. */
  readonly since: number;
}

export type ProgressInput = Omit<ProgressView, 'percent' | 'samples' | 'since'>;

/** Takes one more value into a progress. Total: negative and non-numeric values count as nothing. */
export function advance(previous: ProgressView | undefined, input: ProgressInput, at: number): ProgressView {
  // The first heartbeat of another attempt knows nothing yet, not even the unit: what was known stays.
  if (previous !== undefined && !(input.done > 0) && !(input.total > 0)) {
    const { done, samples, files } = previous;
    return { ...previous, note: input.note, samples: withSample(samples, { at, done, files: files?.done ?? 0 }) };
  }
  const same = previous !== undefined && previous.unit === input.unit ? previous : undefined;
  const { done, total } = further(same, input);
  const { files: given, ...rest } = input;
  const files = given === undefined ? same?.files : further(same?.files, given);
  const percent = Math.max(same?.percent ?? 0, Math.min(percentOf({ done, total }), percentOf(files)));
  return {
    ...rest,
    done,
    total,
    ...(files === undefined ? {} : { files }),
    percent: total === 0 ? (same?.percent ?? 0) : percent,
    samples: withSample(same?.samples ?? [], { at, done, files: files?.done ?? 0 }),
    since: same?.since ?? at,
  };
}

function further(before: Amount | undefined, { done, total }: Amount): Amount {
  const most = Math.max(before?.done ?? 0, positive(done));
  return { done: most, total: total > 0 ? Math.max(positive(total), most) : 0 };
}

/** What is not known holds nothing up. */
function percentOf(amount: Amount | undefined): number {
  if (amount === undefined || amount.total === 0) return 99;
  return Math.min(99, Math.floor((amount.done / amount.total) * 100));
}

/** True when files are behind the bytes, and are what is waited for. */
export function isFilesBehind({ done, total, files }: ProgressView): boolean {
  return files !== undefined && files.total > 0 && total > 0 && files.done / files.total < done / total;
}

/** Units a second over the last 60 s as seen at `now`; undefined as long as there is nothing to measure. */
export function ratePerSecond(progress: ProgressView, now: number, of: 'done' | 'files' = 'done'): number | undefined {
  return rateSince(progress.samples, now, { spanMs: rateMs, of });
}

/**
 * Time left as a range: undefined for the first 20 s, without a total, and while nothing moves. Bytes and files each go at
 * their own rate, and the later of the two is the end.
 */
export function remainingSeconds(progress: ProgressView, now: number): { low: number; high: number } | undefined {
  if (progress.total === 0 || now - progress.since < silentMs) return undefined;
  const bytes = remainingOf(progress, now, { amount: progress, of: 'done' });
  const files = remainingOf(progress, now, { amount: progress.files, of: 'files' });
  if (bytes === undefined || files === undefined) return undefined;
  const remaining = { low: Math.max(bytes.low, files.low), high: Math.max(bytes.high, files.high) };
  return remaining.high === 0 ? undefined : remaining;
}

/** Nothing left takes no time; what has not moved yet cannot be estimated. */
function remainingOf(
  { samples }: ProgressView,
  now: number,
  { amount, of }: { readonly amount: Amount | undefined; readonly of: 'done' | 'files' }
): { low: number; high: number } | undefined {
  const remaining = amount === undefined ? 0 : amount.total - amount.done;
  if (remaining <= 0) return { low: 0, high: 0 };
  const steady = rateSince(samples, now, { spanMs: windowMs, of, isMoving: true }) ?? 0;
  if (steady <= 0) return undefined;
  const last = rateSince(samples, now, { spanMs: rateMs, of, isMoving: true }) ?? steady;
  // A tenth either way: equal rates are no proof that the rest goes as fast. A last minute unlike the others makes the range
  // wider, not another one.
  const slow = Math.max(Math.min(steady, last), steady / 1.5);
  const fast = Math.min(Math.max(steady, last), steady * 1.5);
  return { low: remaining / (fast * 1.1), high: remaining / (slow * 0.9) };
}

interface RateOf {
  readonly spanMs: number;
  readonly of: 'done' | 'files';
  /** From the first movement on: what was waited for before says nothing of how fast it goes. */
  readonly isMoving?: boolean;
}

function rateSince(
  samples: readonly Sample[],
  now: number,
  { spanMs, of, isMoving = false }: RateOf
): number | undefined {
  const last = samples.at(-1);
  const within = samples.filter((sample) => sample.at >= now - spanMs);
  const moved = isMoving ? within.findIndex((sample) => sample[of] > (within[0]?.[of] ?? 0)) : -1;
  const first = within[Math.max(0, moved - 1)] ?? last;
  if (first === undefined || last === undefined) return undefined;
  const elapsed = Math.max(now, last.at) - first.at;
  return elapsed < sampleEveryMs ? undefined : ((last[of] - first[of]) * 1000) / elapsed;
}

function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const recent = samples.filter((one) => one.at >= sample.at - windowMs && one.at <= sample.at);
  const beforeLast = recent.at(-2);
  const tooSoon = beforeLast !== undefined && sample.at - beforeLast.at < sampleEveryMs;
  const kept = [...(tooSoon ? recent.slice(0, -1) : recent), sample];
  return kept.filter((one, index) => {
    const next = kept[index + 1];
    const before = kept[index - 1];
    const isOld = sample.at - one.at > rateMs && before !== undefined && next !== undefined;
    return !isOld || Math.floor(before.at / oldSampleEveryMs) !== Math.floor(one.at / oldSampleEveryMs);
  });
}

function positive(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}
