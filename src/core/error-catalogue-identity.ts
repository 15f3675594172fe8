import type { ErrorEntry } from './error-entry.ts';

/** Errors of those who issue credentials for a store; part of the catalogue. */
export const identityErrors = {
  LOCATION_IDENTITY_REFUSED: {
    group: 'location',
    retry: 'never',
    summary: 'The identity provider refuses to issue credentials for the Location.',
    fix: 'correct the trust of the role or application named, or renew the token that is exchanged',
  },
  LOCATION_IDENTITY_UNREACHABLE: {
    group: 'location',
    retry: 'backoff',
    summary: 'The identity provider that issues credentials for the Location does not respond.',
    fix: 'check the network between this worker and the identity provider, or add a rung to `access` that needs none',
  },
} as const satisfies Record<string, ErrorEntry>;
