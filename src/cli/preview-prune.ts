import { chooseDeleted } from '../archive/choose-points.ts';
import { createSweepFence } from '../archive/sweep-fence.ts';
import { sweepLocation } from '../archive/sweep.ts';
import type { PruneWish } from '../core/retention/contract.ts';
import type { Location } from '../ports/location.ts';
import type { Pruned } from './render/points-text.ts';

/** What a run with this wish would do now: decided by the same code, with nothing marked and nothing removed. */
export async function previewPrune(location: Location, wish: PruneWish, graceMs: number): Promise<Pruned> {
  const points = await chooseDeleted(location, wish);
  const fence = createSweepFence();
  return { points, sweep: await sweepLocation(location, { run: 'preview', graceMs, fence, dryRun: true }) };
}
