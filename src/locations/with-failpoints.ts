import type { Location } from '../ports/location.ts';
import type { Failpoints } from '../ports/failpoints.ts';
import { isWrite, surround } from './operation.ts';

/**
 * Calls the failpoints around every effect on the store (create, put, delete), as `<role>.create` on the key. Innermost of
 * the decorators: an attempt that fails at the failpoint after the effect is what a lost answer looks like, and the retry
 * has to resolve it.
 */
export function withFailpoints(inner: Location, failpoints: Failpoints, role = 'location'): Location {
  return surround(inner, async (operation, key, call) => {
    if (!isWrite(operation)) return call();
    const effect = { name: `${role}.${operation}`, subject: key };
    await failpoints.before(effect);
    const result = await (failpoints.during === undefined ? call() : failpoints.during(call));
    await failpoints.after(effect);
    return result;
  });
}
