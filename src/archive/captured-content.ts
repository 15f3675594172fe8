import { groupExcluded } from '../core/capture/capture-part.ts';
import type { CapturePart, ExcludedGroup, ExcludedObject, UncountedKind } from '../core/capture/capture-part.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import type { MergedIndex } from './index-file.ts';
import { pointIdOf } from './layout.ts';
import type { Manifest, ManifestList } from './manifest.ts';
import { openRecoveryPoint } from './recovery-point.ts';
import { loadJson, loadLines } from './run-objects.ts';

/** The capture of a run as it is stored before it is committed: what was found, and the one index over all of it. */
export interface StoredCapture {
  readonly part: CapturePart;
  readonly index: MergedIndex;
}

/** Content that was captured, as planning reads it. Where it lies, and whether it was committed, does not matter. */
export interface CapturedContent {
  readonly index: MergedIndex;
  /** The kinds that were listed. */
  readonly lists: readonly ManifestList[];
  /** Every excluded object by name (`ExcludedObject`), stored. */
  readonly excludedRefs: readonly StoredRef[];
  readonly excludedGroups: readonly ExcludedGroup[];
  /** Kinds that could not be listed and are in no count. A recovery point does not say. */
  readonly uncounted: readonly UncountedKind[];
  /** The recovery point it is of; undefined for a capture that is not committed. */
  readonly point: Manifest | undefined;
}

/**
 * Opens captured content by a reference to it: the capture of a run, or the manifest of a recovery point, which has to be
 * exactly the one referred to. Throws STORED_OBJECT_*, FORMAT_TOO_NEW for a point of a later format, KEY_* and POINT_* for one that
 * cannot be opened or was not signed as it is. Whether its predecessor is there is asked by who opens a point first (`checkChain`).
 */
export async function openContent(
  location: Location,
  ref: StoredRef,
  options: StoreOptions = {}
): Promise<CapturedContent> {
  const id = pointIdOf(ref.key);
  if (id === undefined) return ofCapture(await loadJson<StoredCapture>(location, ref, options));
  const { manifest } = await openRecoveryPoint(location, id, { ...options, expected: ref });
  const excluded: ExcludedObject[] = [];
  for (const lines of manifest.excluded) {
    for await (const one of loadLines<ExcludedObject>(location, lines, options)) excluded.push(one);
  }
  return {
    index: { parts: manifest.indexes, ...manifest.counts, ...(manifest.contents && { contents: manifest.contents }) },
    lists: manifest.lists,
    excludedRefs: manifest.excluded,
    excludedGroups: groupExcluded(excluded),
    uncounted: [],
    point: manifest,
  };
}

function ofCapture({ part, index }: StoredCapture): CapturedContent {
  return {
    index,
    lists: part.lists.map(({ resource, namespace, resourceVersion }) => {
      const { group, version, kind, plural, namespaced } = resource;
      return { group, version, kind, plural, namespaced, namespace, resourceVersion };
    }),
    excludedRefs: part.excludedRefs,
    excludedGroups: part.excludedGroups,
    uncounted: part.uncounted ?? [],
    point: undefined,
  };
}
