/**
 * Waits for all, also when one fails, and then fails with the first failure. Unlike `Promise.all` it leaves nobody
 * working behind the back of a caller that cleans up.
 */
export async function allDone<T extends readonly unknown[]>(work: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  const outcomes = await Promise.allSettled(work);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
