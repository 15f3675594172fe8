import type { Location } from '../ports/location.ts';
import { pointMarkKey } from './layout.ts';
import type { NowOptions } from './use-point.ts';

interface MarkOptions extends NowOptions {
  /** The run that deletes it. */
  readonly run: string;
}

/**
 * Marks a point for deletion: from here on nobody begins to use it. There is no way back, since a sweep that has seen the
 * mark may be at work. Answers false when it was marked already. Idempotent.
 */
export async function markPoint(location: Location, point: string, options: MarkOptions): Promise<boolean> {
  const at = new Date(options.nowMs ?? Date.now()).toISOString();
  const bytes = Buffer.from(`${JSON.stringify({ point, run: options.run, at })}\n`);
  return (await location.create(pointMarkKey(point), bytes, options)) === 'created';
}
