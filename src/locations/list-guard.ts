import type { ListedObject } from '../ports/location.ts';
import { locationError } from './location-error.ts';
import type { ListOptions } from './operation.ts';

/** One page of a list as the store gave it. */
export interface StoredPage {
  readonly objects: readonly ListedObject[];
  /** Continues after this page; undefined or '' where the store gave none. */
  readonly token: string | undefined;
  /** The store says that there is more, token or not. */
  readonly hasMore: boolean;
}

/** How a page is asked for: from the beginning, after a key, or by the token of the page before. */
export interface PageStart {
  readonly after?: string;
  readonly token?: string;
}

export interface PagedList {
  /** As messages name the location. */
  readonly place: string;
  readonly prefix: string;
  readonly options: ListOptions | undefined;
  /** False: the store knows no way to begin after a key, so a token that is missing ends the list with an error. */
  readonly canStartAfter: boolean;
  ask(start: PageStart): Promise<StoredPage>;
}

/**
 * Reads a list page by page, and believes no end that the store has not stated. "There is more" without a token, or with one
 * that was used before, is continued after the last key where the store can do that. Keys outside of the prefix, twice or
 * out of order mean that something may have been excluded between them. Throws LOCATION_LIST_INCOMPLETE.
 */
export async function* readPages(list: PagedList): AsyncGenerator<ListedObject> {
  const used = new Set<string>();
  const { after } = list.options ?? {};
  let last = list.canStartAfter ? after : undefined;
  let start: PageStart = last === undefined ? {} : { after: last };
  for (;;) {
    const page = await list.ask(start);
    const before = last;
    for (const object of page.objects) {
      if (!object.key.startsWith(list.prefix)) refuse(list, `${object.key} does not start with the prefix asked for`);
      if (last !== undefined && compare(object.key, last) <= 0) refuse(list, `${object.key} comes after ${last}`);
      last = object.key;
      if (after === undefined || compare(object.key, after) > 0) yield object;
    }
    const { token = '' } = page;
    if (token === '' && !page.hasMore) return;
    if (token !== '' && !used.has(token)) {
      used.add(token);
      start = { token };
      continue;
    }
    const why =
      token === '' ? 'it reports more keys, but not where they continue' : 'it names the same next page again';
    if (!list.canStartAfter || last === undefined || last === before) refuse(list, why);
    start = { after: last };
  }
}

function refuse({ place, prefix }: PagedList, why: string): never {
  throw locationError('LOCATION_LIST_INCOMPLETE', { location: place, operation: 'list', key: prefix }, { why });
}

function compare(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
