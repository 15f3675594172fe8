import { expect, it } from 'vitest';
import { createQueueLimit } from './queue-limit.ts';

interface Server {
  /** An answer on its own. */
  readonly aloneMs: number;
  /** Requests it works on at once; the others wait. */
  readonly width: number;
}

/** Sends rounds of as many requests as the limit allows to a server that answers them in turn, some at once. */
function play(server: Server, rounds: number, limit = createQueueLimit(48), kind = 'create', fromMs = 0): number {
  let nowMs = fromMs;
  for (let round = 0; round < rounds; round += 1) {
    const inFlight = limit.limit();
    for (let at = 0; at < inFlight; at += 1) {
      const durationMs = server.aloneMs * (1 + Math.floor(at / server.width));
      limit.observe({ kind, durationMs, nowMs: nowMs + durationMs, inFlight });
    }
    nowMs += server.aloneMs * Math.ceil(inFlight / server.width);
  }
  return limit.limit();
}

it('leaves a few requests in the queue of a server that is near', () => {
  const width = play({ aloneMs: 3, width: 4 }, 200);
  expect(width).toBeGreaterThanOrEqual(4 + 3);
  expect(width).toBeLessThanOrEqual(4 + 9);
});

it('uses the whole width where time passes on the way and not in a queue', () =>
  expect(play({ aloneMs: 60, width: 1_000 }, 200)).toBe(48));

it('does not take a kind that costs more for a queue', () => {
  const limit = createQueueLimit(48);
  play({ aloneMs: 3, width: 1_000 }, 100, limit, 'create configmaps');
  expect(play({ aloneMs: 80, width: 1_000 }, 100, limit, 'create deployments.apps', 300)).toBe(48);
});

it('narrows when others come to the server, and widens when they have gone', () => {
  const limit = createQueueLimit(48);
  const wide = play({ aloneMs: 5, width: 20 }, 200, limit);
  const narrow = play({ aloneMs: 5, width: 6 }, 200, limit, 'create', 1_000);
  const again = play({ aloneMs: 5, width: 20 }, 200, limit, 'create', 3_000);
  expect(narrow).toBeLessThan(wide);
  expect(again).toBe(wide);
});

it('learns anew what an answer takes when a server has become slower for good', () => {
  const limit = createQueueLimit(48);
  play({ aloneMs: 5, width: 1_000 }, 100, limit);
  const before = play({ aloneMs: 50, width: 1_000 }, 20, limit, 'create', 1_000);
  expect(before).toBeLessThan(48);
  expect(play({ aloneMs: 50, width: 1_000 }, 3_000, limit, 'create', 5_000)).toBe(48);
});

it('does not grow while nobody uses it', () => {
  const limit = createQueueLimit(48);
  for (let at = 0; at < 1_000; at += 1) limit.observe({ kind: 'get', durationMs: 3, nowMs: at, inFlight: 1 });
  expect(limit.limit()).toBe(12);
});
