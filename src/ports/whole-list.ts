import type { ListPage } from './cluster.ts';

/** What is made of a list, page by page. */
export interface PageFold<S> {
  /** The state before the first page, also of a list that has started again for the nth time. */
  readonly fresh: (restarted: number) => S;
  readonly take: (state: S, page: ListPage) => void | Promise<void>;
  /** True: no further page is read. */
  readonly isEnough?: (state: S) => boolean;
}

/**
 * Reads a list to its end into one state. When the list starts again (410), what was made of its earlier pages is dropped:
 * the one place that keeps this rule of `Cluster.list`. Throws what the list or `take` throws.
 */
export async function foldPages<S>(pages: AsyncIterable<ListPage>, { fresh, take, isEnough }: PageFold<S>): Promise<S> {
  let restarted = 0;
  let state = fresh(restarted);
  for await (const page of pages) {
    if (page.restarted > restarted) {
      ({ restarted } = page);
      state = fresh(restarted);
    }
    await take(state, page);
    if (isEnough?.(state) === true) break;
  }
  return state;
}

/**
 * Reads what `read` makes of the items of a list, in the order of the list; items of which it makes undefined are skipped.
 * Reads no further page once there are `most` of them.
 */
export function wholeList<T>(
  pages: AsyncIterable<ListPage>,
  read: (item: Uint8Array) => T | undefined,
  most = Number.POSITIVE_INFINITY
): Promise<T[]> {
  return foldPages<T[]>(pages, {
    fresh: () => [],
    take(found, { items }) {
      for (const item of items) {
        const one = read(item);
        if (one !== undefined) found.push(one);
      }
    },
    isEnough: ({ length }) => length >= most,
  });
}
