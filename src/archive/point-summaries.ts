import pMap from 'p-map';
import { isLandfallError, type ErrorDetail } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { PointSummary } from '../core/retention/choose-points.ts';
import type { PointFacts } from '../core/retention/point-facts.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import { readLock } from './lock-point.ts';
import type { ReadManifest } from './manifest-bytes.ts';
import type { PublicManifest } from './manifest.ts';
import { integrityProblem, openManifest, readPoint } from './recovery-point.ts';

/** A recovery point with its manifest, where that can be read. */
export interface SummarisedPoint extends PointSummary {
  readonly manifest?: PublicManifest;
  /** Name of the cluster it is of. */
  readonly source?: string;
  /** Why that is not known: it is encrypted, and the key cannot be had here. */
  readonly unopened?: ErrorDetail;
}

/** Reads the manifests of points, and nothing else of them; needs no key. One that is gone by now is one without a manifest. */
export async function summarisePoints(
  location: Location,
  points: readonly PointFacts[],
  options: StoreOptions = {}
): Promise<readonly SummarisedPoint[]> {
  return pMap(points, (point) => summarise(location, point, options), { concurrency: limits.parallelSegments });
}

async function summarise(location: Location, point: PointFacts, options: StoreOptions): Promise<SummarisedPoint> {
  const { committedAtMs, ...rest } = point;
  if (committedAtMs === undefined) return point;
  let lock: Pick<SummarisedPoint, 'lock'> = {};
  try {
    const held = point.hasLock === true ? await readLock(location, point.id, options) : undefined;
    if (held !== undefined) lock = { lock: held };
    const { manifest } = await readPoint(location, point.id, options);
    const { line, counts, protection } = manifest;
    const content = { line, volumes: counts.volumes, ...(protection && { protection }) };
    return { ...point, ...lock, manifest, content, ...(await sourceOf(location, manifest)) };
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return rest;
    return { ...point, ...lock, problem: integrityProblem(error) };
  }
}

/** Points are listed and deleted without it: whatever is wrong with the key is no reason to stop. */
async function sourceOf(
  location: Location,
  manifest: ReadManifest
): Promise<Pick<SummarisedPoint, 'source' | 'unopened'>> {
  try {
    return { source: (await openManifest(location, manifest)).source.cluster };
  } catch (error) {
    if (isLandfallError(error) && /^KEY_|^POINT_ENCRYPTED$|^CONFIG_UNREADABLE$/u.test(error.code))
      return { unopened: error.detail };
    throw error;
  }
}
