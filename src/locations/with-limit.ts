import type { Location } from '../ports/location.ts';
import { surround } from './operation.ts';

/**
 * Lets at most `parallel` calls of a location run at the same time; the others wait in their order. A list takes a
 * place only while it asks for more, so that a consumer can use the location between two keys.
 */
export function withLimit(inner: Location, parallel: number): Location {
  const waiting: (() => void)[] = [];
  let running = 0;
  return surround(inner, async (_operation, _key, call) => {
    if (running >= parallel) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await call();
    } finally {
      // The place goes to the next in line without ever being free.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  });
}
