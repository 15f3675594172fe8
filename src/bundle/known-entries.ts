import type { Location } from '../ports/location.ts';
import type { BundleEntry } from './format.ts';
import { openBundle } from './open-bundle.ts';

/** Content that is found by its name and never changes; everything else is small, and in every bundle. */
const unchanging = /^(?:objects\/|volumes\/[pqnx][^/]*$)/u;

/**
 * What earlier bundles hold and the Location still does, with the bundle that has it. Of volumes by the list of the Location: kopia
 * rewrites its blobs in time, and a new bundle relies on none that is gone.
 */
export async function knownEntries(
  origin: Location,
  have: readonly string[]
): Promise<ReadonlyMap<string, BundleEntry>> {
  const known = new Map<string, BundleEntry>();
  if (have.length === 0) return known;
  const blobs = new Map<string, number>();
  for await (const { key, sizeBytes } of origin.list('volumes/')) blobs.set(key, sizeBytes);
  for (const directory of have) {
    const { head, entries } = await openBundle([directory]);
    for (const { key, sizeBytes, sha256, at } of entries.values()) {
      // What that one relies on itself is in the other, which may not be at hand.
      if (at === undefined || !unchanging.test(key)) continue;
      if (key.startsWith('volumes/') && blobs.get(key) !== sizeBytes) continue;
      known.set(key, { key, sizeBytes, sha256, in: head.id });
    }
  }
  return known;
}
