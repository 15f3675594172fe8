import { catalogue } from '../error-catalogue.ts';
import { limits } from '../limits.ts';
import type { Finding } from '../run/events.ts';

/** A blocker where a migration would move more claims than `limits.claims`: what travels with it has a limit. */
export function tooManyClaims(migration: string, claims: number): readonly Finding[] {
  if (claims <= limits.claims) return [];
  const [found, most] = [claims, limits.claims].map((count) => count.toLocaleString('en-US'));
  return [
    {
      ...{ code: 'VOLUMES_TOO_MANY', severity: 'blocker', subject: migration },
      message: `${found} claims would move; one migration moves at most ${most}`,
      remedy: catalogue.VOLUMES_TOO_MANY.fix,
    },
  ];
}
