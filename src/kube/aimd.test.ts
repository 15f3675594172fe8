import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterSuccess, afterThrottle, initialAimd, type Aimd } from './aimd.ts';

describe('AIMD', () => {
  it('halves once for a burst of refusals', () => {
    let state = initialAimd(48);
    for (let request = 0; request < 48; request += 1) {
      state = afterThrottle(state, { sentAtMs: 10, nowMs: 20 + request, retryAfterMs: 1_000 });
    }
    expect(state.limit).toBe(24);
    expect(state.pausedUntilMs).toBe(Number.NEGATIVE_INFINITY);
  });

  it('pauses when one at a time is still too many, but not for ever', () => {
    const one: Aimd = { ...initialAimd(48), limit: 1 };
    expect(afterThrottle(one, { sentAtMs: 1, nowMs: 2, retryAfterMs: 1_000 })).toMatchObject({
      limit: 1,
      pausedUntilMs: 1_002,
    });
    expect(afterThrottle(one, { sentAtMs: 1, nowMs: 2, retryAfterMs: 3_600_000 }).pausedUntilMs).toBe(5_002);
  });

  it('comes back to full width within 5,000 requests', () => {
    let state: Aimd = { ...initialAimd(48), limit: 1 };
    for (let request = 0; request < 5_000; request += 1) state = afterSuccess(state);
    expect(state.limit).toBe(48);
  });

  it('stays between 1 and its maximum whatever happens', () => {
    const step = fc.record({ throttled: fc.boolean(), ms: fc.nat(100) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(step), (limitMax, steps) => {
        let state = initialAimd(limitMax);
        let nowMs = 0;
        for (const { throttled, ms } of steps) {
          nowMs += ms;
          state = throttled
            ? afterThrottle(state, { sentAtMs: nowMs - 1, nowMs, retryAfterMs: 10 })
            : afterSuccess(state);
          expect(state.limit).toBeGreaterThanOrEqual(1);
          expect(state.limit).toBeLessThanOrEqual(limitMax);
        }
      })
    );
  });
});
