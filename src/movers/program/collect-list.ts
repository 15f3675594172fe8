/** The first items of a list that may be long, and how many there were. */
export interface CollectedList<Item> {
  readonly items: readonly Item[];
  total(): number;
  add(item: Item): void;
}

/** Items kept in memory and in results. */
const keptMax = 500;
/** Items printed: enough to see what is going on, and no log that fills a disk. */
const printedMax = 10_000;

/** Makes a list that keeps the first 500 items, prints the first 10,000 and counts all. */
export function collectList<Item>(print: (item: Item) => void): CollectedList<Item> {
  const items: Item[] = [];
  let total = 0;
  return {
    items,
    total: () => total,
    add(item) {
      total++;
      if (items.length < keptMax) items.push(item);
      if (total <= printedMax) print(item);
    },
  };
}
