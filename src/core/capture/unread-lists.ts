import { catalogue } from '../error-catalogue.ts';
import type { Finding } from '../run/events.ts';
import type { CapturePart } from './capture-part.ts';

/**
 * What the capture could not read of the source without ending: relatives of objects that were excluded by what their kind
 * alone says, and kinds that are never taken and now in no count. The same capture gives the same words: plans are hashed with them.
 */
export function unreadFindings(
  cluster: string,
  { excludedGroups, uncounted = [] }: Pick<CapturePart, 'excludedGroups' | 'uncounted'>
): readonly Finding[] {
  // Without names and numbers, which change by themselves: the excluded objects of the plan have both.
  const reasons = excludedGroups.filter(({ rule }) => rule.endsWith('/unseen')).map(({ reason }) => reason);
  const unseen = [...new Set(reasons)].sort().join('; ');
  const byReason = Map.groupBy(uncounted, ({ why }) => why);
  const kinds = [...byReason].map(([why, of]) => {
    const names = [...new Set(of.map(({ kind }) => kind))].sort().join(', ');
    return `${names} (${why})`;
  });
  const message = `kinds that are never moved and could not be listed are not counted: ${kinds.sort().join('; ')}`;
  return [
    ...(unseen === ''
      ? []
      : [
          notRead('warning', `${cluster}: owners and Services`, `some excluded objects could not be listed: ${unseen}`),
        ]),
    ...(kinds.length === 0 ? [] : [notRead('info', `${cluster}: excluded objects`, message)]),
  ];
}

function notRead(severity: Finding['severity'], subject: string, message: string): Finding {
  return { code: 'CHECK_NOT_MADE', severity, subject, message, remedy: catalogue.CHECK_NOT_MADE.fix, side: 'source' };
}
