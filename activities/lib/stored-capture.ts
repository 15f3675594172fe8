import type { IndexEntry } from '../../src/archive/entry.ts';
import type { ApiResource } from '../../src/core/resource.ts';

/** The kind an entry was read as. Verbs and subresources are the cluster's matter, not the archive's. */
export function resourceOf(entry: IndexEntry): ApiResource {
  const { group, version, kind, plural, namespaced } = entry;
  return { group, version, kind, plural, namespaced, verbs: [], subresources: [] };
}
