import { z } from 'zod';
import { parseDuration } from '../../config/duration.ts';
import type { LockSpec } from '../../core/retention/point-lock.ts';
import { Duration } from '../scalars.ts';

/** `lock` of a Location whose store can lock objects. */
export const LockAtCommit = z
  .strictObject({
    mode: z
      .enum(['governance', 'compliance'])
      .describe('governance: who has the right to may lift it; compliance: nobody can, for nothing'),
    for: Duration.describe('How long, from the moment a recovery point is committed'),
  })
  .exactOptional()
  .describe(
    'Every recovery point is locked in the store when it is committed, with everything it refers to (S3 Object Lock, which the bucket must have); absent = none'
  );

/** As a run gets it. */
export function resolveLock({ mode, for: period }: NonNullable<z.infer<typeof LockAtCommit>>): LockSpec {
  return { mode, forMs: parseDuration(period) ?? 0 };
}
