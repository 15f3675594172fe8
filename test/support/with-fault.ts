import { setTimeout as sleep } from 'node:timers/promises';
import type { Location } from '../../src/ports/location.ts';
import { surround, type LocationOperation } from '../../src/locations/operation.ts';

/**
 * What goes wrong with one call: it fails before or after it did its work, never answers, is late, or reads back
 * something else.
 */
export type LocationFault =
  | { readonly kind: 'fail-before' | 'fail-after'; readonly error: Error }
  | { readonly kind: 'hang' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'alter'; readonly alter: (bytes: Uint8Array) => Uint8Array };

/** Asked before every call; `call` counts the calls of this location from 1. undefined = nothing goes wrong. */
export type FaultSchedule = (request: {
  readonly operation: LocationOperation;
  readonly key: string;
  readonly call: number;
}) => LocationFault | undefined;

/** A location whose calls go wrong as planned; for tests and drills. */
export function withFault(inner: Location, plan: FaultSchedule): Location {
  let calls = 0;
  const alterations = new Map<string, (bytes: Uint8Array) => Uint8Array>();
  const faulty = surround(inner, async (operation, key, call) => {
    calls += 1;
    const fault = plan({ operation, key, call: calls });
    if (fault?.kind === 'fail-before') throw fault.error;
    if (fault?.kind === 'hang') await new Promise<never>(() => undefined);
    if (fault?.kind === 'delay') await sleep(fault.delayMs);
    if (fault?.kind === 'alter') alterations.set(key, fault.alter);
    const result = await call();
    if (fault?.kind === 'fail-after') throw fault.error;
    return result;
  });
  return {
    ...faulty,
    async read(key, options) {
      const bytes = await faulty.read(key, options);
      const alter = alterations.get(key);
      alterations.delete(key);
      return alter === undefined ? bytes : alter(bytes);
    },
  };
}
