import { listPointFacts } from '../archive/point-facts.ts';
import { summarisePoints } from '../archive/point-summaries.ts';
import { findPointId, openRecoveryPoint } from '../archive/recovery-point.ts';
import { latestPoint } from '../core/retention/latest-point.ts';
import type { Platform, RestoreRequest, RestoreSpec } from '../core/spec/spec.ts';
import { openLocation } from '../locations/open-location.ts';
import type { Location } from '../ports/location.ts';

/** Every platform a recovery point may have recorded. */
const platforms: readonly string[] = ['vks', 'eks', 'aks', 'generic'] satisfies readonly Platform[];

/**
 * Looks up the recovery point that a restore is asked for, and binds the restore to exactly this one: its id, the hash of its
 * manifest, the cluster it was captured on and the scope it has. Reads the Location and nothing else. Throws LOCATION_*,
 * RECOVERY_POINT_NOT_FOUND, ID_AMBIGUOUS, STORED_OBJECT_*, FORMAT_TOO_NEW.
 */
export async function specOfRestore(request: RestoreRequest): Promise<RestoreSpec> {
  const { wanted, ...spec } = request;
  const location = await openLocation(spec.location);
  try {
    const { manifest, ref } = await openRecoveryPoint(location, await idOf(location, wanted));
    const { source, scope } = manifest;
    const { namespaces } = spec.scope;
    return {
      ...spec,
      source: {
        name: source.cluster,
        platform: platforms.includes(source.platform) ? asPlatform(source.platform) : 'generic',
      },
      point: {
        id: manifest.id,
        sha256: ref.sha256,
        ...(wanted.include === undefined ? {} : { include: wanted.include }),
      },
      scope: {
        ...spec.scope,
        // What the point was asked to hold is what references are judged by.
        namespaces: namespaces.length === 1 && namespaces[0] === '*' ? scope.namespaces : namespaces,
        excludeNamespaces: [...new Set([...scope.excludeNamespaces, ...spec.scope.excludeNamespaces])],
      },
    };
  } finally {
    await location.close();
  }
}

async function idOf(location: Location, { point, name }: RestoreRequest['wanted']): Promise<string> {
  if (point !== 'latest') return findPointId(location, point);
  const points = await summarisePoints(location, await listPointFacts(location));
  return latestPoint(points, { location: location.name, ...(name === undefined ? {} : { name }) }).id;
}

function asPlatform(platform: string): Platform {
  return platform as Platform;
}
