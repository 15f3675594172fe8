import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { keepContact } from './contact.ts';

it('reports when the server last answered, by when it was asked', async () => {
  const stop = new AbortController();
  const answer = Promise.withResolvers<void>();
  const beforeMs = performance.now();
  const contactMs = keepContact(() => answer.promise, stop.signal);
  const atStartMs = contactMs();
  expect(atStartMs).toBeGreaterThanOrEqual(beforeMs);
  await sleep(20);
  expect(contactMs()).toBe(atStartMs);
  const answeredMs = performance.now();
  answer.resolve();
  // The time of the question, which the network was there for; not that of the answer.
  await expect.poll(contactMs).toBeGreaterThan(atStartMs);
  expect(contactMs()).toBeLessThan(answeredMs);
  stop.abort();
});

it('goes on asking after a failure, and ends with its signal', async () => {
  const stop = new AbortController();
  let asked = 0;
  const contactMs = keepContact(() => {
    asked += 1;
    if (asked === 2) stop.abort();
    return asked === 1 ? Promise.reject(new Error('no route')) : Promise.resolve();
  }, stop.signal);
  const atStartMs = contactMs();
  await expect.poll(contactMs, { timeout: 10_000 }).toBeGreaterThan(atStartMs + 1_000);
  expect(asked).toBe(2);
});
