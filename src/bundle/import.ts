import { throwFirst } from '../archive/choose-points.ts';
import { copyRecoveryPoint, type CopyCounts } from '../archive/copy-point.ts';
import { refuseDuringSweep, releasePoint, usePoint } from '../archive/use-point.ts';
import { isLandfallError, type ErrorDetail } from '../core/errors.ts';
import type { LocationSpec } from '../core/spec/spec.ts';
import { openLocation } from '../locations/open-location.ts';
import type { Location } from '../ports/location.ts';
import { bundleLocation } from './bundle-location.ts';
import type { BundleHead } from './format.ts';
import { openBundle } from './open-bundle.ts';
import { signatureProblem, verifyBundle } from './verify.ts';

interface ImportWish {
  readonly directories: readonly string[];
  readonly run: string;
  readonly onPart: (name: string) => void;
  readonly onPoint: (line: { readonly id: string; readonly objects: number; readonly total: number }) => void;
}

/** What became of one point of a bundle. */
export type ImportedPoint =
  ({ readonly id: string } & CopyCounts) | { readonly id: string; readonly problem: ErrorDetail };

export interface ImportedBundle {
  readonly head: BundleHead;
  readonly points: readonly ImportedPoint[];
}

/**
 * Makes a Location hold the recovery points of a bundle. Every part is read and compared with its hash, and the signature with the
 * signer that the Location trusts, before the first write; each object is compared again and read back. What is there is not
 * written again, so it can be stopped anywhere and repeated. A point that was deleted in the Location stays so, and is reported.
 */
export async function importBundle(spec: LocationSpec, wish: ImportWish): Promise<ImportedBundle> {
  const bundle = await openBundle(wish.directories);
  const { problems } = await verifyBundle(bundle, wish.onPart);
  const from = bundleLocation(bundle, spec.encryption);
  const foreign = from.seal === undefined ? undefined : signatureProblem(bundle, await from.seal.trusted());
  throwFirst(foreign === undefined ? problems : [...problems, foreign]);
  const to = await openLocation(spec);
  try {
    const points: ImportedPoint[] = [];
    for (const { id } of bundle.head.points) points.push(await importPoint({ from, to }, id, wish));
    return { head: bundle.head, points };
  } finally {
    await to.close();
  }
}

async function importPoint(
  way: { readonly from: Location; readonly to: Location },
  id: string,
  { run, onPoint }: ImportWish
): Promise<ImportedPoint> {
  const use = { point: id, run };
  try {
    await usePoint(way.to, use);
    await refuseDuringSweep(way.to, use);
    const onProgress = (done: { readonly objects: number; readonly total: number }): void => onPoint({ id, ...done });
    return { id, ...(await copyRecoveryPoint(way, id, { run, nowMs: Date.now(), onProgress })) };
  } catch (error) {
    if (isLandfallError(error, 'RECOVERY_POINT_DELETED', 'STORED_OBJECT_EXISTS')) return { id, problem: error.detail };
    throw error;
  } finally {
    await releasePoint(way.to, use).catch(() => undefined);
  }
}
