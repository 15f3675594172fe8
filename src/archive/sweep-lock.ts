import { isLandfallError } from '../core/errors.ts';
import type { Location, StoreOptions } from '../ports/location.ts';

/** The content of the lock of a sweep: who sweeps. Its age is what the store says. */
export function encodeSweepLock({ run }: { readonly run: string }): Uint8Array {
  return Buffer.from(`${JSON.stringify({ run })}\n`);
}

/** The run whose lock this is; `unknown` where the content names none, undefined when the lock is gone by now. */
export async function readSweepLock(
  location: Location,
  key: string,
  options: StoreOptions
): Promise<string | undefined> {
  try {
    const value: unknown = JSON.parse(Buffer.from(await location.read(key, options)).toString('utf8'));
    const run = typeof value === 'object' && value !== null && 'run' in value ? value.run : undefined;
    return typeof run === 'string' ? run : 'unknown';
  } catch (error) {
    if (error instanceof SyntaxError) return 'unknown';
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    throw error;
  }
}
