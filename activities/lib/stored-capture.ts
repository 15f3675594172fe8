import type { IndexEntry } from '../../src/archive/entry.ts';
import type { MergedIndex } from '../../src/archive/index-file.ts';
import type { CapturePart } from '../../src/core/migration/capture-part.ts';
import type { ApiResource } from '../../src/core/resource.ts';

/** The capture of a run as it is stored: what was found, and the one index over all of it. */
export interface StoredCapture {
  readonly part: CapturePart;
  readonly index: MergedIndex;
}

/** The kind an entry was read as. Verbs and subresources are the cluster's matter, not the archive's. */
export function resourceOf(entry: IndexEntry): ApiResource {
  const { group, version, kind, plural, namespaced } = entry;
  return { group, version, kind, plural, namespaced, verbs: [], subresources: [] };
}
