import type { ProtectionMark } from '../protection/mark.ts';
import type { RetentionSpec } from '../protection/retention.ts';
import { wallTimeAt } from '../protection/zoned-time.ts';
import type { PointSummary, PruneChoice } from './choose-points.ts';

/** Which points of one tier of a policy stay, and the zone its days are of. */
export interface TierRetention extends ProtectionMark {
  readonly retention: RetentionSpec;
  readonly timeZone: string;
}

/** What of a recovery point decides whether a tier keeps it. */
type TierPoint = Pick<PointSummary, 'id' | 'committedAtMs' | 'markedAtMs' | 'uses' | 'content'>;

/**
 * Chooses the points of one tier that go. A point goes only when no rule of the retention keeps it, no run uses it, it has no
 * volumes, and it is not the newest good point of the whole policy. Whatever belongs to another tier, another policy or nobody,
 * or cannot be read, is not in the choice. Pure.
 */
export function chooseTierPruned(
  points: readonly TierPoint[],
  tier: TierRetention,
  nowMs: number
): readonly PruneChoice[] {
  const good = points
    .filter(
      ({ committedAtMs, markedAtMs, content }) =>
        committedAtMs !== undefined && markedAtMs === undefined && content?.protection?.policy === tier.policy
    )
    .toSorted(newestFirst);
  const ofTier = good.filter(({ content }) => content?.protection?.tier === tier.tier);
  const kept = keptByRules(ofTier, tier, nowMs);
  return ofTier.map((point) => {
    const why = whyKept(point, good[0]) ?? kept.get(point.id);
    return { id: point.id, goes: why === undefined, why: why ?? 'no rule of its tier keeps it' };
  });
}

function whyKept(point: TierPoint, newest: TierPoint | undefined): string | undefined {
  if (point.id === newest?.id) return 'the last good point of its policy';
  const [use] = point.uses;
  if (use !== undefined) return `run ${use.run} uses it`;
  return (point.content?.volumes ?? 0) > 0 ? 'it has volumes' : undefined;
}

/** The reason of every point that a rule keeps; the points are of one tier, newest first. */
function keptByRules(
  points: readonly TierPoint[],
  { retention, timeZone }: TierRetention,
  nowMs: number
): ReadonlyMap<string, string> {
  const kept = new Map<string, string>();
  const keep = (id: string, why: string): unknown => kept.has(id) || kept.set(id, why);
  for (const { id } of points.slice(0, retention.keepLast)) keep(id, `one of the last ${retention.keepLast}`);
  for (const { id, committedAtMs = nowMs } of points)
    if (nowMs - committedAtMs <= retention.keepForMs) keep(id, 'not old enough');
  for (const period of periods) {
    const seen = new Set<string>();
    for (const { id, committedAtMs = nowMs } of points) {
      const bucket = bucketOf(period, committedAtMs, timeZone);
      if (seen.has(bucket) || seen.size >= retention[period]) continue;
      seen.add(bucket);
      keep(id, `${period} ${bucket}`);
    }
  }
  return kept;
}

const periods = ['daily', 'weekly', 'monthly', 'yearly'] as const;

/** Names the day, the week (by its Monday), the month or the year that a moment lies in. */
function bucketOf(period: (typeof periods)[number], atMs: number, timeZone: string): string {
  const { year, month, day } = wallTimeAt(atMs, timeZone);
  const midnightMs = Date.UTC(year, month - 1, day);
  const date = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
  switch (period) {
    case 'daily':
      return date(midnightMs);
    case 'weekly':
      return date(midnightMs - ((new Date(midnightMs).getUTCDay() + 6) % 7) * 86_400_000);
    case 'monthly':
      return date(midnightMs).slice(0, 7);
    case 'yearly':
      return String(year);
  }
}

function newestFirst(left: TierPoint, right: TierPoint): number {
  const byTime = (right.committedAtMs ?? 0) - (left.committedAtMs ?? 0);
  return byTime === 0 ? (left.id < right.id ? 1 : -1) : byTime;
}
