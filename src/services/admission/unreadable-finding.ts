import { catalogue } from '../../core/error-catalogue.ts';
import type { Finding } from '../../core/run/events.ts';

/** That this user may not read on the target what decides there about objects: information, since nothing is known to be wrong. */
export function unreadableFinding(code: 'WEBHOOKS_UNREADABLE' | 'DEFINITIONS_UNREADABLE', cluster: string): Finding {
  const { summary, fix } = catalogue[code];
  return { code, severity: 'info', subject: cluster, message: summary, remedy: fix, side: 'target' };
}
