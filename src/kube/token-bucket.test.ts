import fc from 'fast-check';
import { expect, it } from 'vitest';
import { initialBucket, takeToken } from './token-bucket.ts';

it('never lets more through in a second than the rate and one burst', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.array(fc.nat(50), { minLength: 1, maxLength: 300 }),
      (rate, gapsMs) => {
        let bucket = initialBucket(rate);
        let nowMs = 0;
        const sentAtMs = gapsMs.map((gapMs) => {
          nowMs += gapMs;
          const taken = takeToken(bucket, nowMs);
          bucket = taken.bucket;
          return nowMs + taken.delayMs;
        });
        for (const startMs of sentAtMs) {
          const within = sentAtMs.filter((ms) => ms >= startMs && ms < startMs + 1_000).length;
          expect(within).toBeLessThanOrEqual(Math.ceil(rate * 1.25) + 1);
        }
      }
    )
  );
});

it('lets the first request pass at once', () => {
  expect(takeToken(initialBucket(1), 0).delayMs).toBe(0);
});
