import { parseInstant } from '../../run/instant.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../finding.ts';

const dayMs = 86_400_000;

/** What the run itself stands on. */
export const locationChecks: readonly Check[] = [
  {
    id: 'location/credentials',
    group: 'location',
    describe: 'end of client certificates, tokens and session credentials the run works with',
    codes: ['CREDENTIALS_EXPIRE'],
    needs: [],
    run: credentials,
  },
];

function credentials(facts: AssessFacts): RawFinding[] {
  const now = parseInstant(facts.now) ?? 0;
  return facts.credentials.flatMap(({ subject, side, notAfter, renewable }): RawFinding[] => {
    const leftMs = (parseInstant(notAfter) ?? Infinity) - now;
    if (renewable || leftMs > dayMs) return [];
    const message = leftMs <= 0 ? `they ended on ${notAfter}` : `they end on ${notAfter}`;
    const about = side === undefined ? {} : { side };
    const evidence = 'the credentials the worker reads';
    return [{ code: 'CREDENTIALS_EXPIRE', subject, namespace: '', ...about, message, evidence }];
  });
}
