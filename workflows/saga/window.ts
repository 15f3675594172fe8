import { CancellationScope } from '@temporalio/workflow';

/**
 * Runs `body` over the items, at most `limit` at a time, results in the order of the items. The first failure cancels
 * the others and waits for them to end (Promise.all alone would leave them running, temporal.md trap 17).
 */
export async function inWindow<T, R>(
  items: readonly T[],
  limit: number,
  body: (item: T, index: number) => Promise<R>
): Promise<R[]> {
  const results: R[] = [];
  const scope = new CancellationScope();
  return scope.run(async () => {
    let next = 0;
    let failure: { error: unknown } | undefined;
    const lane = async () => {
      while (next < items.length && failure === undefined) {
        const index = next++;
        try {
          results[index] = await body(items[index] as T, index);
        } catch (error) {
          failure ??= { error };
          scope.cancel();
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
    if (failure !== undefined) throw failure.error;
    return results;
  });
}

/**
 * Runs `body` over all items, at most `limit` at a time, whatever becomes of the others, and throws the first failure
 * when all have been tried. For undoing, where every part that comes through counts.
 */
export async function throughAll<T>(
  items: readonly T[],
  limit: number,
  body: (item: T) => Promise<void>
): Promise<void> {
  let failure: { error: unknown } | undefined;
  await inWindow(items, limit, (item) =>
    body(item).catch((error: unknown) => {
      failure ??= { error };
    })
  );
  if (failure !== undefined) throw failure.error;
}
