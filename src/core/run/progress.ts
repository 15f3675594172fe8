import type { ProgressUnit } from './events.ts';

const windowMs = 60_000;
const silentMs = 20_000;
const sampleEveryMs = 1_000;

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** How far a step is. `done` and `percent` never go back, whatever the events say. */
export interface ProgressView {
  readonly done: number;
  /** 0 = unknown. */
  readonly total: number;
  readonly unit: ProgressUnit;
  readonly totalIsEstimate: boolean;
  readonly note: string;
  /** 0-99: 100 is reached only by the step being done, which means verified. */
  readonly percent: number;
  /** Values of the last 60 s, oldest first, at most one a second. */
  readonly samples: readonly Sample[];
  /** When the first value came. */
  readonly since: number;
}

export type ProgressInput = Omit<ProgressView, 'percent' | 'samples' | 'since'>;

/** Takes one more value into a progress. Total: negative and non-numeric values count as nothing. */
export function advance(previous: ProgressView | undefined, input: ProgressInput, at: number): ProgressView {
  // The first heartbeat of another attempt knows nothing yet, not even the unit: what was known stays.
  if (previous !== undefined && !(input.done > 0) && !(input.total > 0)) {
    const { done, samples } = previous;
    return { ...previous, note: input.note, samples: withSample(samples, { at, done }) };
  }
  const same = previous !== undefined && previous.unit === input.unit ? previous : undefined;
  const done = Math.max(same?.done ?? 0, positive(input.done));
  const total = input.total > 0 ? Math.max(positive(input.total), done) : 0;
  const percent = Math.max(same?.percent ?? 0, total === 0 ? 0 : Math.min(99, Math.floor((done / total) * 100)));
  return {
    ...input,
    done,
    total,
    percent,
    samples: withSample(same?.samples ?? [], { at, done }),
    since: same?.since ?? at,
  };
}

/** Units a second over the last 60 s as seen at `now`; undefined as long as there is nothing to measure. */
export function ratePerSecond(progress: ProgressView, now: number): number | undefined {
  return rateSince(progress.samples, now, windowMs);
}

/** Time left as a range: undefined for the first 20 s, without a total, and while nothing moves. */
export function leftSeconds(progress: ProgressView, now: number): { low: number; high: number } | undefined {
  const left = progress.total - progress.done;
  if (progress.total === 0 || left <= 0 || now - progress.since < silentMs) return undefined;
  const rates = [windowMs / 3, (windowMs / 3) * 2, windowMs]
    .map((span) => rateSince(progress.samples, now, span))
    .filter((rate) => rate !== undefined && rate > 0) as number[];
  if (rates.length === 0) return undefined;
  // A tenth either way: three nearly equal windows are no proof that the rest goes as fast.
  return { low: left / (Math.max(...rates) * 1.1), high: left / (Math.min(...rates) * 0.9) };
}

function rateSince(samples: readonly Sample[], now: number, spanMs: number): number | undefined {
  const last = samples.at(-1);
  const first = samples.find((sample) => sample.at >= now - spanMs) ?? last;
  if (first === undefined || last === undefined) return undefined;
  const elapsed = Math.max(now, last.at) - first.at;
  return elapsed < sampleEveryMs ? undefined : ((last.done - first.done) * 1000) / elapsed;
}

function withSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const recent = samples.filter((one) => one.at >= sample.at - windowMs && one.at <= sample.at);
  const beforeLast = recent.at(-2);
  const tooSoon = beforeLast !== undefined && sample.at - beforeLast.at < sampleEveryMs;
  return [...(tooSoon ? recent.slice(0, -1) : recent), sample];
}

function positive(value: number): number {
  return Number.isFinite(value) && value > 0 ? value : 0;
}
