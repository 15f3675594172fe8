import { isLandfallError } from '../../core/errors.ts';
import type { Finding } from '../../core/run/events.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { openLock } from '../../locations/open-lock.ts';
import { locationFinding } from './volume-access.ts';

/** Why recovery points could not be locked as the Location says, before a run has written one. */
export async function lockFindings(spec: LocationSpec, signal: AbortSignal): Promise<Finding[]> {
  if (spec.provider !== 's3' || spec.lock === undefined) return [];
  const lock = await openLock(spec);
  try {
    await lock.check({ signal });
    return [];
  } catch (error) {
    signal.throwIfAborted();
    if (isLandfallError(error)) return [locationFinding(error.detail)];
    throw error;
  } finally {
    await lock.close();
  }
}
