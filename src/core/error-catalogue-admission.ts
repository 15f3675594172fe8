import type { ErrorEntry } from './error-entry.ts';

/** What is said of the target's admission before it is asked; a part of the catalogue. */
export const admissionErrors = {
  WEBHOOK_DEAD: {
    group: 'target',
    retry: 'never',
    summary:
      'A webhook on the target has failurePolicy: Fail and its backend does not respond, so every request it matches is rejected.',
    fix: 'repair or remove the webhook on the target',
  },
  WEBHOOK_UNKNOWN: {
    group: 'target',
    retry: 'never',
    summary:
      'A webhook on the target has failurePolicy: Fail, and its configuration does not show whether it responds.',
    fix: 'check that it responds: a server-side dry run calls it (landfall assess, migrate --dry-run)',
  },
  WEBHOOKS_UNREADABLE: {
    group: 'target',
    retry: 'never',
    summary:
      'The webhook configurations on the target cannot be read, so a webhook that does not respond is noticed only when it rejects a request.',
    fix: 'grant list on validatingwebhookconfigurations and mutatingwebhookconfigurations, and get on services and list on endpointslices in the namespaces of the webhooks',
  },
  CHECK_NOT_MADE: {
    group: 'cluster',
    retry: 'never',
    summary: 'Part of a cluster could not be read, so the checks that depend on it are skipped before the run.',
    fix: 'grant the list verb on the resources named, or check them yourself',
  },
} as const satisfies Record<string, ErrorEntry>;
