import pMap from 'p-map';
import { pointOfRun } from '../core/identity/names.ts';
import { limits } from '../core/limits.ts';
import type { PointFacts, PointUse } from '../core/retention/point-facts.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { isPointId, manifestKey, pointIdOf, pointMarkKey, pointPartOf, pointsPrefix, pointUseKey } from './layout.ts';
import { provenList, type ProvenListOptions, type ProvenObject } from './proven-list.ts';

interface Collected {
  readonly id: string;
  committedAtMs?: number;
  markedAtMs?: number;
  hasLock?: true;
  readonly uses: PointUse[];
}

const runsPrefix = 'runs/';

/**
 * What the keys of a Location say about its recovery points; no content is read. In the order of their ids. The list is proven
 * (`proven-list.ts`); besides, the point of every run that has stored something, and the mark of every point, are looked up by
 * name: one that is there and not listed throws LOCATION_LIST_INCOMPLETE.
 */
export async function listPointFacts(
  location: Location,
  options: ProvenListOptions = {}
): Promise<readonly PointFacts[]> {
  const runs = await runsOf(location, options);
  const listed = await provenList(location, pointsPrefix, options);
  const known = new Set(listed.map(({ key }) => key));
  const committed = listed.flatMap(({ key }) => pointIdOf(key) ?? []);
  const named = [
    ...runs.flatMap((run) => [manifestKey(pointOfRun(run)), pointUseKey(pointOfRun(run), run)]),
    ...committed.map(pointMarkKey),
  ];
  const unlisted = named.filter((key) => !known.has(key));
  const appeared = await presentOf(location, unlisted, options);
  // It may have come since: the lists decide, made once more.
  const objects =
    appeared.length === 0
      ? listed
      : await provenList(location, pointsPrefix, { ...options, expected: [...(options.expected ?? []), ...appeared] });
  return factsOf(objects);
}

function factsOf(objects: readonly ProvenObject[]): readonly PointFacts[] {
  const points = new Map<string, Collected>();
  for (const { key, modifiedAtMs, isCertain } of objects) {
    const found = pointPartOf(key);
    if (found === undefined) continue;
    const point = points.get(found.id) ?? { id: found.id, uses: [] };
    points.set(found.id, point);
    if ('run' in found) point.uses.push({ run: found.run, renewedAtMs: modifiedAtMs });
    else if (found.part === 'manifest') point.committedAtMs = modifiedAtMs;
    else if (found.part === 'lock') point.hasLock = true;
    // A mark lets go: only one that nothing puts into doubt counts.
    else if (isCertain) point.markedAtMs = modifiedAtMs;
  }
  for (const { uses } of points.values()) uses.sort((left, right) => left.renewedAtMs - right.renewedAtMs);
  return [...points.values()];
}

/** Runs that have stored something of their own. */
async function runsOf(location: Location, options: StoreOptions): Promise<readonly string[]> {
  const runs = new Set<string>();
  for await (const { key } of location.list(runsPrefix, options)) {
    const [, run = ''] = /^runs\/([^/]+)\//u.exec(key) ?? [];
    if (isPointId(run)) runs.add(run);
  }
  return [...runs];
}

async function presentOf(
  location: Location,
  keys: readonly string[],
  options: StoreOptions
): Promise<readonly string[]> {
  const found = await pMap(keys, async (key) => ((await location.head(key, options)) === undefined ? [] : [key]), {
    concurrency: limits.parallelSegments,
  });
  return found.flat();
}
