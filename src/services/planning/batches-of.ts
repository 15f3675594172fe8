import { limits } from '../../core/limits.ts';

/** Cuts what comes one by one into batches of the greatest size. */
export async function* batchesOf<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < limits.batchObjectsMax) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
