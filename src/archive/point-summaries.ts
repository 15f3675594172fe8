import pMap from 'p-map';
import { isLandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { PointSummary } from '../core/retention/choose-points.ts';
import type { PointFacts } from '../core/retention/point-facts.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import type { Manifest } from './manifest.ts';
import { integrityProblem, openRecoveryPoint } from './recovery-point.ts';

/** A recovery point with its manifest, where that can be read. */
export interface SummarisedPoint extends PointSummary {
  readonly manifest?: Manifest;
}

/** Reads the manifests of points, and nothing else of them. One that is gone by now is one without a manifest. */
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
  try {
    const { manifest } = await openRecoveryPoint(location, point.id, options);
    const { name, source, volumes } = manifest;
    return { ...point, manifest, content: { name, cluster: source.cluster, volumes: volumes.length } };
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return rest;
    return { ...point, problem: integrityProblem(error) };
  }
}
