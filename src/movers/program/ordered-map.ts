/**
 * Applies an asynchronous function to a stream with up to `parallel` calls under way and gives the results in the order
 * of the stream. Memory is bounded by `parallel`; the first failure ends it after the calls under way have settled.
 */
export async function* orderedMap<In, Out>(
  items: Iterable<In> | AsyncIterable<In>,
  parallel: number,
  apply: (item: In) => Promise<Out>
): AsyncGenerator<Out> {
  const underWay: Promise<Out>[] = [];
  try {
    for await (const item of items) {
      const result = apply(item);
      // Awaited below in order; until then a failure must not count as unhandled.
      result.catch(() => undefined);
      underWay.push(result);
      if (underWay.length >= parallel) yield await (underWay.shift() as Promise<Out>);
    }
    while (underWay.length > 0) yield await (underWay.shift() as Promise<Out>);
  } finally {
    await Promise.allSettled(underWay);
  }
}
