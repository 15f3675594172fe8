import type { Violation } from '../../config/document.ts';
import { parseDuration } from '../../config/duration.ts';

/** What is wrong with a written time that has to be above 0 and at most `maxMs`. */
export function boundedTime(
  text: string,
  [maxMs, maxText]: readonly [number, string],
  place: Pick<Violation, 'document' | 'path'>
): Violation[] {
  const ms = parseDuration(text) ?? 0;
  const what = ms === 0 ? 'is not a positive duration' : `is longer than ${maxText}`;
  return ms > 0 && ms <= maxMs ? [] : [{ ...place, what, hint: `choose a duration above 0 and at most ${maxText}` }];
}
