import { catalogue } from '../error-catalogue.ts';
import type { Finding } from '../run/events.ts';
import type { CapturePart } from './capture-part.ts';

/**
 * What the capture could not read of the source without ending: relatives of objects that were left out by what their kind
 * alone says, and kinds that are never taken and now in no count.
 */
export function unreadFindings(
  cluster: string,
  { leftOutGroups, uncounted = [] }: Pick<CapturePart, 'leftOutGroups' | 'uncounted'>
): readonly Finding[] {
  const unseen = leftOutGroups.filter(({ rule }) => rule.endsWith('/unseen'));
  const findings = unseen.map(({ reason, count, examples }): Finding => {
    const names = examples.join(', ');
    const which = count > examples.length ? `${names} and ${count - examples.length} more` : names;
    return notRead('warning', cluster, `left out: ${which}: ${reason}`);
  });
  const [first] = uncounted;
  if (first === undefined) return findings;
  const kinds = [...new Set(uncounted.map(({ kind }) => kind))].sort().join(', ');
  const message = `objects of ${kinds} never travel; they could not be listed and are in no count: ${first.why}`;
  return [...findings, notRead('info', cluster, message)];
}

function notRead(severity: Finding['severity'], cluster: string, message: string): Finding {
  const { fix } = catalogue.CHECK_NOT_MADE;
  return {
    code: 'CHECK_NOT_MADE',
    severity,
    subject: `${cluster}: lists of the source`,
    message,
    remedy: fix,
    side: 'source',
  };
}
