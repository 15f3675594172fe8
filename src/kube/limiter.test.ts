import { describe, expect, it } from 'vitest';
import { createLimiter } from './limiter.ts';

describe('createGate', () => {
  it('lets as many in as there are connections, first come first served', async () => {
    const limiter = createLimiter({ connections: 2, maxRequestsPerSecond: undefined });
    const order: number[] = [];
    const first = await limiter.enter(undefined);
    const second = await limiter.enter(undefined);
    const waiting = [3, 4].map(async (number) => {
      const place = await limiter.enter(undefined);
      order.push(number);
      return place;
    });
    await Promise.resolve();
    expect(order).toEqual([]);

    first.leave();
    second.leave();
    for (const place of await Promise.all(waiting)) place.leave();

    expect(order).toEqual([3, 4]);
  });

  it('narrows when throttled and lets nobody starve', async () => {
    const limiter = createLimiter({ connections: 8, maxRequestsPerSecond: undefined });
    const places = await Promise.all(Array.from({ length: 8 }, () => limiter.enter(undefined)));
    await new Promise((resolve) => setTimeout(resolve, 5));
    for (const place of places) place.leave({ throttled: { retryAfterMs: 1_000 } });
    expect(limiter.width()).toBe(4);
    const later = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const place = await limiter.enter(undefined);
        place.leave();
        return place;
      })
    );
    expect(later).toHaveLength(50);
    expect(limiter.width()).toBeGreaterThan(4);
  });

  it('does not widen while the server is away', async () => {
    const limiter = createLimiter({ connections: 8, maxRequestsPerSecond: undefined });
    const places = await Promise.all(Array.from({ length: 8 }, () => limiter.enter(undefined)));
    for (const place of places) place.leave({ throttled: { retryAfterMs: 0 } });
    for (let lost = 0; lost < 100; lost += 1) (await limiter.enter(undefined)).leave({ answered: false });
    expect(limiter.width()).toBe(4);
  });

  it('frees the place of a waiter that left', async () => {
    const limiter = createLimiter({ connections: 1, maxRequestsPerSecond: undefined });
    const first = await limiter.enter(undefined);
    const controller = new AbortController();
    const given = limiter.enter(controller.signal);
    const next = limiter.enter(undefined);
    controller.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    first.leave();
    (await next).leave();
  });

  it('keeps to the requests a second', async () => {
    const limiter = createLimiter({ connections: 50, maxRequestsPerSecond: 100 });
    const startedAtMs = performance.now();
    await Promise.all(Array.from({ length: 60 }, async () => (await limiter.enter(undefined)).leave()));
    // 25 at once, the other 35 at 10 ms each.
    expect(performance.now() - startedAtMs).toBeGreaterThan(300);
  });
});
