import type { ProtectionMark } from '../protection/mark.ts';
import type { RetentionSpec } from '../protection/retention.ts';
import { wallTimeAt } from '../protection/zoned-time.ts';
import { dateOfDays } from '../protection/dates.ts';
import { daysSince1970, type CivilDate } from '../run/instant.ts';
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
  const wanted = periods.filter((period) => retention[period] > 0);
  // Reading a zone is what takes time, so each moment is read once.
  const walls = wanted.length === 0 ? [] : points.map((point) => wallTimeAt(point.committedAtMs ?? nowMs, timeZone));
  for (const period of wanted) {
    const seen = new Set<string>();
    for (const [index, { id }] of points.entries()) {
      const wall = walls[index];
      if (wall === undefined || seen.size >= retention[period]) break;
      const bucket = bucketOf(period, wall);
      if (seen.has(bucket)) continue;
      seen.add(bucket);
      keep(id, `${period} ${bucket}`);
    }
  }
  return kept;
}

const periods = ['daily', 'weekly', 'monthly', 'yearly'] as const;

/** Names the day, the week (by its Monday), the month or the year of a day. */
function bucketOf(period: (typeof periods)[number], wall: CivilDate): string {
  const days = daysSince1970(wall);
  switch (period) {
    case 'daily':
      return dateText(wall);
    case 'weekly':
      // 1 January 1970 was a Thursday.
      return dateText(dateOfDays(days - ((days + 3) % 7)));
    case 'monthly':
      return dateText(wall).slice(0, -3);
    case 'yearly':
      return String(wall.year);
  }
}

function dateText({ year, month, day }: CivilDate): string {
  return [year, month, day].map((part) => String(part).padStart(2, '0')).join('-');
}

function newestFirst(left: TierPoint, right: TierPoint): number {
  const byTime = (right.committedAtMs ?? 0) - (left.committedAtMs ?? 0);
  return byTime === 0 ? (left.id < right.id ? 1 : -1) : byTime;
}
