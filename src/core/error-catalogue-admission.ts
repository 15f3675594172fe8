import type { ErrorEntry } from './errors.ts';

/** What is said of the target's admission before it is asked; a part of the catalogue. */
export const admissionErrors = {
  WEBHOOK_DEAD: {
    group: 'target',
    retry: 'never',
    summary:
      'A webhook of the target must be asked (failurePolicy: Fail) and nothing answers behind it, so every request it is for is refused.',
    fix: 'repair or remove the webhook on the target',
  },
  WEBHOOK_UNKNOWN: {
    group: 'target',
    retry: 'never',
    summary:
      'A webhook of the target must be asked (failurePolicy: Fail), and whether it answers cannot be seen from its configuration.',
    fix: 'see that it answers: a server-side dry run asks it (landfall assess, migrate --dry-run)',
  },
  WEBHOOKS_UNREADABLE: {
    group: 'target',
    retry: 'never',
    summary:
      'The webhooks of the target may not be read, so one that does not answer is found only when it refuses something.',
    fix: 'grant the verb list on validatingwebhookconfigurations and mutatingwebhookconfigurations, and get on services and list on endpointslices where they run',
  },
  CHECK_NOT_MADE: {
    group: 'cluster',
    retry: 'never',
    summary: 'Something of a cluster could not be read, so what depends on it is not checked before the run.',
    fix: 'grant the verb list on what is named, or see to it by yourself',
  },
} as const satisfies Record<string, ErrorEntry>;
