import type { Finding } from '../../core/run/events.ts';
import { isOpenBlocker, waiveFindings } from '../../core/findings/waivers.ts';
import { blockersOf } from '../../core/preflight/preflight.ts';
import { loadJson, runFolder, storeJson } from '../../archive/run-objects.ts';
import type { PreflightResult } from '../../core/preflight/contract.ts';
import type { Session } from '../session.ts';

/** Findings that travel in the history; the number of blockers is always whole. */
const findingsMax = 50;

/** Every finding of a preflight, also those that did not travel. */
export async function preflightFindings(
  location: Session['location'],
  { findings, allFindings }: Pick<PreflightResult, 'findings' | 'allFindings'>
): Promise<readonly Finding[]> {
  return allFindings === undefined ? findings : loadJson<readonly Finding[]>(location, allFindings);
}

/**
 * What is said of findings of a preflight, by the waivers of the file (`today` absent: nothing is waived yet). Stores those
 * that do not travel.
 */
export async function judgeFindings(
  session: Session<never>,
  found: readonly Finding[],
  { today, signal }: { readonly today: string | undefined; readonly signal: AbortSignal }
): Promise<Pick<PreflightResult, 'findings' | 'allFindings' | 'findingCount' | 'blockers'>> {
  const { waivers = [] } = session.spec;
  const findings = today === undefined ? found : waiveFindings(found, waivers, `${today}T00:00:00Z`);
  return { ...(await keepFindings(session, findings, signal)), blockers: blockersOf(findings) };
}

/** The findings that travel, what stops the run first; where there are more, all of them are stored and counted. */
export async function keepFindings(
  session: Pick<Session, 'location' | 'runId'>,
  findings: readonly Finding[],
  signal: AbortSignal
): Promise<Pick<PreflightResult, 'findings' | 'allFindings' | 'findingCount'>> {
  const ordered = [...findings.filter(isOpenBlocker), ...findings.filter((one) => !isOpenBlocker(one))];
  if (ordered.length <= findingsMax) return { findings: ordered };
  return {
    findings: ordered.slice(0, findingsMax),
    allFindings: await storeJson(runFolder(session, 'preflight-findings'), ordered, { signal }),
    findingCount: ordered.length,
  };
}
