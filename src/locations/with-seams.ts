import type { Location } from '../ports/location.ts';
import type { Seams } from '../ports/seams.ts';
import { isWrite, surround } from './operation.ts';

/**
 * Calls the seams around every effect on the store (create, put, delete), as `<role>.create` on the key. Innermost of
 * the decorators: an attempt that fails at the seam after the effect is what a lost answer looks like, and the retry
 * has to resolve it.
 */
export function withSeams(inner: Location, seams: Seams, role = 'location'): Location {
  return surround(inner, async (operation, key, call) => {
    if (!isWrite(operation)) return call();
    const effect = { name: `${role}.${operation}`, subject: key };
    await seams.before(effect);
    const result = await (seams.during === undefined ? call() : seams.during(call));
    await seams.after(effect);
    return result;
  });
}
