import pMap from 'p-map';
import { LandfallError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { ListedObject, ListOptions, Location, StoreOptions } from '../ports/location.ts';

/** A key that at least one of several lists shows, with the latest time any of them states. */
export interface ProvenObject extends ListedObject {
  /** Every list shows it: it was there, and nothing is excluded around it. */
  readonly isCertain: boolean;
}

export interface ProvenListOptions extends StoreOptions {
  /** Keys that are known to be there from elsewhere: a list without them is not whole. */
  readonly expected?: readonly string[];
}

/**
 * Lists a prefix in a way that shows a store whose lists are not whole: once in large pages, once in pages that end elsewhere,
 * and once more from the last key on. A key that not all of them show has come or gone meanwhile, or was excluded: it is
 * looked up, the lists are made again, and one that was there before and after and is still excluded throws
 * LOCATION_LIST_INCOMPLETE. What decides a deletion goes by such a list, never by a single one. In the order of the keys.
 */
export async function provenList(
  location: Location,
  prefix: string,
  { expected = [], ...options }: ProvenListOptions = {}
): Promise<readonly ProvenObject[]> {
  const first = await listThrice(location, prefix, options);
  const shown = new Map(first.map((object) => [object.key, object]));
  const doubtful = first.filter(({ isCertain }) => !isCertain).map(({ key }) => key);
  const suspects = [...doubtful, ...expected.filter((key) => shown.get(key)?.isCertain !== true)];
  if (suspects.length === 0) return first;
  const before = await present(location, suspects, options);
  const second = await listThrice(location, prefix, options);
  const certain = new Set(second.flatMap(({ key, isCertain }) => (isCertain ? [key] : [])));
  const still = await present(location, [...before], options);
  const key = [...still].find((one) => !certain.has(one));
  if (key !== undefined) throw listIncomplete(location, prefix, `${key} exists, but is not in every listing`);
  return second;
}

/** The error of a list that lacks what is known to be there. */
export function listIncomplete(location: Location, prefix: string, why: string): LandfallError {
  return new LandfallError('LOCATION_LIST_INCOMPLETE', {
    what: `the listings of ${prefix} in Location ${location.name} are incomplete`,
    why,
    ref: prefix,
  });
}

async function listThrice(location: Location, prefix: string, options: StoreOptions): Promise<readonly ProvenObject[]> {
  const whole = await collect(location, prefix, options);
  // Two pages at least, wherever those of the first list have ended.
  const pageSize = Math.max(1, Math.min(pageSizeMax, Math.floor(whole.length / 2) + 1));
  const paged = await collect(location, prefix, { ...options, pageSize });
  // '-' sorts before every name.
  const after = whole.at(-1)?.key ?? `${prefix}-`;
  const remaining = await collect(location, prefix, { ...options, after });
  const found = new Map<string, ListedObject>();
  for (const object of [...whole, ...paged, ...remaining]) {
    const known = found.get(object.key);
    const modifiedAtMs = Math.max(object.modifiedAtMs, known?.modifiedAtMs ?? object.modifiedAtMs);
    found.set(object.key, { ...object, modifiedAtMs });
  }
  const inPaged = new Set(paged.map(({ key }) => key));
  const inWhole = new Set(whole.map(({ key }) => key));
  const objects = [...found.values()].map((object) => ({
    ...object,
    isCertain: inWhole.has(object.key) && inPaged.has(object.key),
  }));
  return objects.sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** Not a divisor of the 1,000 or 5,000 that stores give at once, so that no two pages end at the same key for long. */
const pageSizeMax = 701;

async function collect(location: Location, prefix: string, options: ListOptions): Promise<ListedObject[]> {
  const found: ListedObject[] = [];
  for await (const object of location.list(prefix, options)) found.push(object);
  return found;
}

async function present(location: Location, keys: readonly string[], options: StoreOptions): Promise<Set<string>> {
  const found = await pMap(keys, async (key) => ((await location.head(key, options)) === undefined ? [] : [key]), {
    concurrency: limits.parallelSegments,
  });
  return new Set(found.flat());
}
