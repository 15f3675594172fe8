import { readRecipients } from '../../crypto/recipients.ts';
import { errorDetail, type ErrorDetail } from '../../core/errors.ts';
import type { Finding } from '../../core/run/events.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import type { Location } from '../../ports/location.ts';

/** What a person should know about who can open a Location, before more depends on it. Nothing of it ends a run. */
export async function keyFindings(location: Location, { encryption }: LocationSpec): Promise<Finding[]> {
  const { seal } = location;
  if (seal === undefined || encryption === 'none') return [];
  const { recipients } = await readRecipients(location, await seal.forWriting());
  const details: ErrorDetail[] = [];
  if ((recipients ?? encryption.recipients).length === 1) {
    const what = `one recipient alone can open Location ${location.name}: if its identity is lost, every recovery point is lost`;
    details.push(errorDetail('KEY_ONE_RECIPIENT', { what }));
  }
  const isSame = recipients !== undefined && sorted(recipients) === sorted(encryption.recipients);
  if (!isSame) {
    const what = `the recipients in the document of Location ${location.name} are not those that can open it`;
    details.push(errorDetail('KEY_RECIPIENTS_DIFFER', { what }));
  }
  return details.map(({ code, what, fix }) => ({
    ...{ code, severity: 'warning' as const, subject: 'location', message: what, remedy: fix },
  }));
}

function sorted(recipients: readonly string[]): string {
  return recipients.toSorted().join('\n');
}
