import type { Finding } from '../../core/run/events.ts';
import { loadJson } from '../../archive/run-objects.ts';
import type { PreflightResult } from '../../core/preflight/contract.ts';
import type { Session } from '../session.ts';

/** Every finding of a preflight, also those that did not travel. */
export async function preflightFindings(
  location: Session['location'],
  { findings, allFindings }: Pick<PreflightResult, 'findings' | 'allFindings'>
): Promise<readonly Finding[]> {
  return allFindings === undefined ? findings : loadJson<readonly Finding[]>(location, allFindings);
}
