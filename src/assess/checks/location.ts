import { parseInstant } from '../../core/run/instant.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';

const dayMs = 86_400_000;

/** What the run itself stands on. */
export const locationChecks: readonly Check[] = [
  {
    id: 'location/credentials',
    group: 'location',
    describe: 'expiry of the client certificates, tokens and session credentials that the run uses',
    codes: ['CREDENTIALS_EXPIRE'],
    needs: [],
    run: credentials,
  },
];

function credentials(facts: AssessFacts): RawFinding[] {
  const now = parseInstant(facts.now) ?? 0;
  return facts.credentials.flatMap(({ subject, side, notAfter, renewable }): RawFinding[] => {
    const remainingMs = (parseInstant(notAfter) ?? Infinity) - now;
    if (renewable || remainingMs > dayMs) return [];
    const message = remainingMs <= 0 ? `they expired on ${notAfter}` : `they expire on ${notAfter}`;
    const about = side === undefined ? {} : { side };
    const evidence = 'the credentials that the worker reads';
    return [{ code: 'CREDENTIALS_EXPIRE', subject, namespace: '', ...about, message, evidence }];
  });
}

/** What the store of a Location does by itself, as its provider in `src/locations` reads it. */
interface Protection {
  readonly versioned: boolean;
  readonly retention?: { readonly mode: string; readonly days: number };
}

/** A lock or versions of the store keep what runs remove; who pays has to know. Locks are the stronger of the two. */
export function judgeProtection(location: string, { versioned, retention }: Protection): RawFinding[] {
  const about = { subject: `Location ${location}`, namespace: '', evidence: 'what the store reports about itself' };
  if (retention !== undefined) {
    const { mode, days } = retention;
    const message = days === 0 ? `it has ${mode}` : `its default retention is ${days} days, ${mode}`;
    return [{ ...about, code: 'LOCATION_LOCKED', message }];
  }
  if (!versioned) return [];
  return [{ ...about, code: 'LOCATION_VERSIONED', message: 'versioning is enabled, and objects are not locked' }];
}
