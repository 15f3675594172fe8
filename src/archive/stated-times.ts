import pMap from 'p-map';
import { isLandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { PointFacts } from '../core/retention/point-facts.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { pointMarkKey, pointUseKey } from './layout.ts';

/**
 * Takes the later of two clocks for marks and for the uses of marked points: that of the store, which lists them, and that of
 * whoever wrote them, which is in their content. A store whose clock stood wrong then makes nothing old.
 */
export async function withStatedTimes(
  location: Location,
  points: readonly PointFacts[],
  options: StoreOptions = {}
): Promise<readonly PointFacts[]> {
  return pMap(points, (point) => later(location, point, options), { concurrency: limits.parallelSegments });
}

async function later(location: Location, point: PointFacts, options: StoreOptions): Promise<PointFacts> {
  const { id, markedAtMs, committedAtMs } = point;
  // The mark of a point that is gone decides nothing.
  if (markedAtMs === undefined || (committedAtMs === undefined && point.uses.length === 0)) return point;
  const stated = await statedTime(location, pointMarkKey(id), options);
  const uses = await pMap(
    point.uses,
    async ({ run, renewedAtMs }) => {
      const at = await statedTime(location, pointUseKey(id, run), options);
      return { run, renewedAtMs: Math.max(renewedAtMs, at) };
    },
    { concurrency: limits.parallelSegments }
  );
  return { ...point, markedAtMs: Math.max(markedAtMs, stated), uses };
}

/** Stores give times in whole seconds (S3: Last-Modified), and these are compared with them: what was marked in a second is not later than it. */
const storeTickMs = 1000;

/** The time in the content; -Infinity where it states none, as content of earlier versions. */
async function statedTime(location: Location, key: string, options: StoreOptions): Promise<number> {
  try {
    const value: unknown = JSON.parse(Buffer.from(await location.read(key, options)).toString('utf8'));
    const at = typeof value === 'object' && value !== null && 'at' in value ? Date.parse(String(value.at)) : NaN;
    return Number.isNaN(at) ? -Infinity : Math.floor(at / storeTickMs) * storeTickMs;
  } catch (error) {
    if (error instanceof SyntaxError || isLandfallError(error, 'STORED_OBJECT_MISSING')) return -Infinity;
    throw error;
  }
}
