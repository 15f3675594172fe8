import { describe, expect, it } from 'vitest';
import { readPages, type PageStart, type StoredPage } from './list-guard.ts';

const all = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `p/${name}`);
const keysOf = (names: readonly string[]) => names.map((key) => ({ key, sizeBytes: 1, modifiedAtMs: 0 }));

/** Pages of three keys; a token is the number of the key it begins at. */
function page({ after, token }: PageStart): StoredPage {
  const from = token === undefined ? all.findIndex((key) => after === undefined || key > after) : Number(token);
  const at = from < 0 ? all.length : from;
  const hasMore = at + 3 < all.length;
  return { objects: keysOf(all.slice(at, at + 3)), token: hasMore ? String(at + 3) : undefined, hasMore };
}

async function read(ask: (start: PageStart) => StoredPage, canStartAfter = true, after?: string): Promise<string[]> {
  const found: string[] = [];
  const options = after === undefined ? {} : { after };
  const list = {
    place: 'store',
    prefix: 'p/',
    options,
    canStartAfter,
    ask: (start: PageStart) => Promise.resolve(ask(start)),
  };
  for await (const { key } of readPages(list)) found.push(key);
  return found;
}

describe('readPages', () => {
  it('reads every page once, from the beginning or after a key', async () => {
    expect(await read(page)).toEqual(all);
    expect(await read(page, true, 'p/c')).toEqual(all.slice(3));
    expect(await read(page, false, 'p/c')).toEqual(all.slice(3));
  });

  const { token: _, ...withoutToken } = page({});
  const first = { ...withoutToken, token: undefined };
  const ways: readonly (readonly [string, (start: PageStart) => StoredPage])[] = [
    ['says that there is more, without a token', (start) => ({ ...page(start), token: undefined })],
    ['names the page it has just given', (start) => ({ ...page(start), token: start.token ?? page(start).token })],
    ['has an empty token', (start) => ({ ...page(start), token: '' })],
    ['has a token and does not say that there is more', (start) => ({ ...page(start), hasMore: false })],
  ];
  it.each(ways)('goes on after the last key where the store %s', async (_name, ask) => {
    expect(await read(ask)).toEqual(all);
  });

  const broken: readonly [string, (start: PageStart) => StoredPage, boolean][] = [
    ['gives the first page for ever', () => first, true],
    ['has an empty page and says that there is more', () => ({ objects: [], token: undefined, hasMore: true }), true],
    ['cannot begin after a key and gives no token', () => first, false],
    ['repeats a token and cannot begin after a key', () => ({ ...first, objects: [], token: 'x' }), false],
    ['is out of order', () => ({ objects: keysOf(['p/b', 'p/a']), token: undefined, hasMore: false }), true],
    ['shows a key twice', () => ({ objects: keysOf(['p/a', 'p/a']), token: undefined, hasMore: false }), true],
    ['shows keys of another prefix', () => ({ objects: keysOf(['q/a']), token: undefined, hasMore: false }), true],
  ];
  it.each(broken)('refuses a list that %s', async (_name, ask, canStartAfter) => {
    await expect(read(ask, canStartAfter)).rejects.toMatchObject({ code: 'LOCATION_LIST_INCOMPLETE' });
  });
});
