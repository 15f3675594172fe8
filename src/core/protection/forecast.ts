import type { PointSummary } from '../retention/choose-points.ts';
import { chooseTierPruned } from '../retention/choose-tier.ts';
import { instantText } from './dates.ts';
import { firesAfter, parseCron } from './cron.ts';
import type { TierSpec } from './policy.ts';

/** A recovery point that is there, with its size. */
export type SizedPoint = PointSummary & { readonly bytes: number };

/** What is expected of one tier at one moment. */
export interface ForecastRow {
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly tier: string;
  readonly points: number;
  /** The oldest of them; '' where there is none. */
  readonly oldest: string;
  /** Sizes as if no two points shared content: the most it can be. */
  readonly bytes: number;
}

interface Wanted {
  readonly policy: string;
  readonly tiers: readonly TierSpec[];
  readonly nowMs: number;
  /** Moments to tell, in order. */
  readonly atMs: readonly number[];
  /** Backups take the data of volumes: points with it are not pruned. */
  readonly hasVolumes: boolean;
}

/**
 * What will exist when: lets the tiers start as their cron lines say, every backup be whole and as big as the last one of its
 * tier (else of the policy), and prunes by the code that prunes. Pure.
 */
export function forecast(present: readonly SizedPoint[], wanted: Wanted): readonly ForecastRow[] {
  const { policy, tiers, nowMs, atMs, hasVolumes } = wanted;
  const own = present.filter(({ content }) => content?.protection?.policy === policy);
  const starts = startsOf(tiers, nowMs, atMs.at(-1) ?? nowMs);
  const rows: ForecastRow[] = [];
  let points = own.filter(({ committedAtMs, markedAtMs }) => committedAtMs !== undefined && markedAtMs === undefined);
  let next = 0;
  for (const untilMs of atMs) {
    for (; next < starts.length; next++) {
      const start = starts[next];
      if (start === undefined || start.atMs > untilMs) break;
      const { tier, atMs: committedAtMs } = start;
      const protection = { policy, tier: tier.name };
      points = [
        ...points,
        {
          ...{ id: `${tier.name}-${next}`, committedAtMs, uses: [], bytes: lastBytes(points, tier.name) },
          content: { line: tier.name, volumes: hasVolumes ? 1 : 0, protection },
        },
      ];
      const choice = chooseTierPruned(points, { ...tier, ...protection }, committedAtMs);
      const goes = new Set(choice.filter((one) => one.goes).map(({ id }) => id));
      points = points.filter(({ id }) => !goes.has(id));
    }
    rows.push(...tiers.map(({ name }) => rowOf(points, name, untilMs)));
  }
  return rows;
}

function startsOf(
  tiers: readonly TierSpec[],
  fromMs: number,
  toMs: number
): readonly { readonly atMs: number; readonly tier: TierSpec }[] {
  const starts: { readonly atMs: number; readonly tier: TierSpec }[] = [];
  for (const tier of tiers) {
    const line = parseCron(tier.cron);
    if (typeof line === 'string') continue;
    for (const atMs of firesAfter(line, tier.timeZone, fromMs)) {
      if (atMs > toMs) break;
      starts.push({ atMs, tier });
    }
  }
  return starts.toSorted((left, right) => left.atMs - right.atMs);
}

function lastBytes(points: readonly SizedPoint[], tier: string): number {
  const newest = points.toSorted((left, right) => (right.committedAtMs ?? 0) - (left.committedAtMs ?? 0));
  return (newest.find(({ content }) => content?.protection?.tier === tier) ?? newest[0])?.bytes ?? 0;
}

function rowOf(points: readonly SizedPoint[], tier: string, atMs: number): ForecastRow {
  const own = points.filter(({ content }) => content?.protection?.tier === tier);
  const times = own.map(({ committedAtMs = atMs }) => committedAtMs);
  return {
    ...{ at: instantText(atMs), tier, points: own.length },
    oldest: times.length === 0 ? '' : instantText(Math.min(...times)),
    bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
