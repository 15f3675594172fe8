import type { IndexEntry } from '../../archive/entry.ts';
import type { ApiResource } from '../../core/resource.ts';

/** The kind an entry was read as. Verbs and subresources are the cluster's matter, not the archive's. */
export function resourceOf(entry: IndexEntry): ApiResource {
  const { group, version, kind, plural, namespaced } = entry;
  return { group, version, kind, plural, namespaced, verbs: [], subresources: [] };
}
