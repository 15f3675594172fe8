import pMap from 'p-map';
import { errorDetail, type ErrorDetail } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { ListedObject, Location, StoreOptions } from '../ports/location.ts';
import { readContents } from './contents.ts';
import { contentPrefix } from './layout.ts';
import { listIncomplete } from './proven-list.ts';
import { integrityProblem, readPoint } from './recovery-point.ts';

/** Everything below `objects/`, distinguished by whether a point refers to it; or why that cannot be known. */
export type FoundContent = { readonly unreferenced: readonly ListedObject[] } | { readonly problem: ErrorDetail };

/**
 * Reads every point that stays, manifest and list of contents, without a key, and looks whether all they refer to is there, before anything is removed.
 * The list of content has to show what they refer to: what it lacks is looked up, and throws LOCATION_LIST_INCOMPLETE when it is
 * there.
 */
export async function findContent(
  location: Location,
  ids: readonly string[],
  options: StoreOptions
): Promise<FoundContent> {
  const referenced = await referencedBy(location, ids, options);
  if ('problem' in referenced) return referenced;
  const missing = new Set(referenced.keys);
  const unreferenced: ListedObject[] = [];
  for await (const stored of location.list(contentPrefix, options)) {
    if (referenced.keys.has(stored.key)) missing.delete(stored.key);
    else unreferenced.push(stored);
  }
  const [unlisted] = await lookUp(location, [...missing], options);
  if (unlisted !== undefined) {
    throw listIncomplete(
      location,
      contentPrefix,
      `${unlisted} exists, and a recovery point refers to it, but no listing shows it`
    );
  }
  const [absent] = missing;
  if (absent === undefined) return { unreferenced };
  const what = `${absent}, which a recovery point refers to, is not in Location ${location.name}`;
  return { problem: errorDetail('STORED_OBJECT_MISSING', { what, ref: absent }) };
}

async function referencedBy(
  location: Location,
  ids: readonly string[],
  options: StoreOptions
): Promise<{ readonly keys: ReadonlySet<string> } | { readonly problem: ErrorDetail }> {
  const keys = new Set<string>();
  try {
    for (const id of ids) {
      const { contents } = (await readPoint(location, id, options)).manifest;
      // The list is named by content: points of which nothing has changed share it.
      if (contents === undefined || keys.has(contents.key)) continue;
      keys.add(contents.key);
      for await (const { key } of readContents(location, contents, options)) keys.add(key);
    }
  } catch (error) {
    return { problem: integrityProblem(error) };
  }
  return { keys };
}

async function lookUp(location: Location, keys: readonly string[], options: StoreOptions): Promise<readonly string[]> {
  const found = await pMap(keys, async (key) => ((await location.head(key, options)) === undefined ? [] : [key]), {
    concurrency: limits.parallelSegments,
  });
  return found.flat();
}
