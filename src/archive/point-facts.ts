import type { PointFacts, PointUse } from '../core/retention/point-facts.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { pointPartOf, pointsPrefix } from './layout.ts';

interface Collected {
  readonly id: string;
  committedAtMs?: number;
  markedAtMs?: number;
  readonly uses: PointUse[];
}

/** What the keys of a Location say about its recovery points: one list, and nothing is read. In the order of their ids. */
export async function listPointFacts(location: Location, options: StoreOptions = {}): Promise<readonly PointFacts[]> {
  const points = new Map<string, Collected>();
  for await (const { key, modifiedAtMs } of location.list(pointsPrefix, options)) {
    const found = pointPartOf(key);
    if (found === undefined) continue;
    const point = points.get(found.id) ?? { id: found.id, uses: [] };
    points.set(found.id, point);
    if ('run' in found) point.uses.push({ run: found.run, renewedAtMs: modifiedAtMs });
    else if (found.part === 'manifest') point.committedAtMs = modifiedAtMs;
    else point.markedAtMs = modifiedAtMs;
  }
  for (const { uses } of points.values()) uses.sort((left, right) => left.renewedAtMs - right.renewedAtMs);
  return [...points.values()];
}
