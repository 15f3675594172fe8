import { limits } from '../limits.ts';
import type { Difference } from './compare.ts';
import { notShown } from './shown-value.ts';

/** Paths named beside the first one; the count is whole, and the store has all of them. */
const pathsNamedMax = 8;

/** The differences of one object in a line: the first with its values, the paths of the others, and how many more. */
export function differenceText(object: string, differences: readonly Difference[]): string {
  const [first, ...others] = differences;
  if (first === undefined) return object;
  const paths = others.slice(0, pathsNamedMax).map(({ path }) => path);
  const remaining = others.length - paths.length;
  const atLeast = differences.length >= limits.differencesMax ? 'at least ' : '';
  const more = remaining > 0 ? [`${atLeast}${remaining} more`] : [];
  const also = others.length === 0 ? '' : `; also ${[paths.join(', '), ...more].join(' and ')}`;
  return `${object} ${first.path}: ${valuesText(first)}${also}`;
}

/** Both values of a difference, where they may be shown. */
function valuesText({ desired, actual }: Difference): string {
  if (desired === notShown && actual === notShown) return 'differs (values are not shown)';
  return `${actual || 'absent'}, expected ${desired || 'absent'}`;
}
