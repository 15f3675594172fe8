import { describe, expect, it } from 'vitest';
import type { ListPage } from './cluster.ts';
import { foldPages, wholeList } from './whole-list.ts';

let read = 0;

/** Pages of names; a number before them says how often the list has started again. */
async function* pagesOf(
  ...pages: readonly (readonly [restarted: number, ...names: string[]])[]
): AsyncIterable<ListPage> {
  read = 0;
  for (const [restarted, ...names] of pages) {
    read += 1;
    yield { items: names.map((name) => Buffer.from(name)), restarted, resourceVersion: '1', remaining: undefined };
  }
}

const nameOf = (item: Uint8Array): string => Buffer.from(item).toString('utf8');

describe('a whole list', () => {
  it.each([
    ['one page', pagesOf([0, 'a', 'b']), ['a', 'b']],
    ['several pages', pagesOf([0, 'a'], [0, 'b'], [0, 'c']), ['a', 'b', 'c']],
    ['no page', pagesOf(), []],
    ['a list that started again', pagesOf([0, 'a', 'gone'], [1, 'a'], [1, 'b']), ['a', 'b']],
    ['one that did so twice', pagesOf([0, 'x'], [1, 'y'], [2, 'z']), ['z']],
    ['one that was expired before its first page', pagesOf([1, 'a'], [1, 'b']), ['a', 'b']],
    ['one that is empty when it starts again', pagesOf([0, 'a'], [1]), []],
  ])('%s', async (_, pages, names) => {
    expect(await wholeList(pages, nameOf)).toEqual(names);
  });

  it('skips items of which nothing is made', async () => {
    expect(
      await wholeList(pagesOf([0, 'a', 'b']), (item) => (nameOf(item) === 'a' ? undefined : nameOf(item)))
    ).toEqual(['b']);
  });

  it('reads no further page once there are enough', async () => {
    expect(await wholeList(pagesOf([0, 'a'], [0, 'b', 'c'], [0, 'd']), nameOf, 2)).toEqual(['a', 'b', 'c']);
    expect(read).toBe(2);
  });

  it('waits for what is done with a page before it reads the next, and says how often it began', async () => {
    const states: number[] = [];
    const last = await foldPages(pagesOf([0, 'a'], [1, 'b'], [1, 'c']), {
      fresh(restarted) {
        states.push(restarted);
        return { seen: 0 };
      },
      async take(state, { items }) {
        await Promise.resolve();
        state.seen += items.length;
        expect(read).toBe(items.some((item) => nameOf(item) === 'a') ? 1 : state.seen + 1);
      },
    });
    expect([states, last]).toEqual([[0, 1], { seen: 2 }]);
  });
});
