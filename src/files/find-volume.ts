import { findPointId, openRecoveryPoint, type RecoveryPoint } from '../archive/recovery-point.ts';
import { listPointFacts } from '../archive/point-facts.ts';
import { summarisePoints } from '../archive/point-summaries.ts';
import { latestPoint } from '../core/retention/latest-point.ts';
import type { ManifestVolume } from '../archive/manifest.ts';
import { suggestion } from '../config/suggest.ts';
import { LandfallError } from '../core/errors.ts';
import type { Location } from '../ports/location.ts';

/** A volume of a recovery point. */
export interface PointVolume {
  readonly pointId: string;
  readonly volume: ManifestVolume;
}

/** Which volume a person means. */
export interface VolumeWish {
  /** An id, whole or short, or `latest`. */
  readonly point: string;
  /** `NAMESPACE/CLAIM`. */
  readonly claim: string;
}

/** Finds the volume of a claim. Throws RECOVERY_POINT_NOT_FOUND, ID_AMBIGUOUS, KEY_*, POINT_*, and VOLUME_NOT_IN_POINT with the reason. */
export async function findVolume(location: Location, { point, claim }: VolumeWish): Promise<PointVolume> {
  const [namespace = '', name = '', ...more] = claim.split('/');
  if (namespace === '' || name === '' || more.length > 0) {
    throw new LandfallError('CONFIG_INVALID', {
      what: `${claim} does not name a claim`,
      fix: 'write NAMESPACE/CLAIM, such as shop/data',
    });
  }
  const opened = await openRecoveryPoint(location, await pointIdOf(location, point));
  const { id, volumes } = opened.manifest;
  const volume = volumes.find((one) => one.claim === claim);
  if (volume !== undefined) return { pointId: id, volume };
  throw await notThere(opened, namespace, name);
}

async function pointIdOf(location: Location, point: string): Promise<string> {
  if (point !== 'latest') return findPointId(location, point);
  const points = await summarisePoints(location, await listPointFacts(location));
  return latestPoint(points, { location: location.name }).id;
}

/** Whether the claim was captured, and what it is, says why it has no files. */
async function notThere(point: RecoveryPoint, namespace: string, name: string): Promise<LandfallError> {
  const { id, volumes } = point.manifest;
  const claim = `${namespace}/${name}`;
  const what = `recovery point ${id} has no files of claim ${claim}`;
  for await (const entry of point.readIndex()) {
    if (entry.group !== '' || entry.kind !== 'PersistentVolumeClaim') continue;
    if (entry.namespace !== namespace || entry.name !== name) continue;
    for await (const { bytes } of point.readObjects([entry])) {
      const { spec } = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
        readonly spec?: { readonly volumeMode?: string };
      };
      if (spec?.volumeMode === 'Block') {
        const why = 'it is a raw block volume: what its blocks hold is not known as files';
        return new LandfallError('VOLUME_NOT_IN_POINT', {
          what,
          why,
          fix: 'restore the whole volume with `landfall restore`',
          ref: claim,
        });
      }
    }
    const why = 'the claim was captured without its data; the report of the run that wrote the point says why';
    return new LandfallError('VOLUME_NOT_IN_POINT', { what, why, ref: claim });
  }
  const why = 'the point does not hold the claim';
  const known = volumes.map((one) => one.claim);
  const fix =
    known.length === 0
      ? 'choose another point: this one has no data of volumes'
      : suggestion(claim, known, 'claims with data');
  return new LandfallError('VOLUME_NOT_IN_POINT', { what, why, fix, ref: claim });
}
