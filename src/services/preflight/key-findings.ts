import { repositoryKey } from '../../crypto/key-layout.ts';
import { readRecipients } from '../../crypto/recipients.ts';
import { errorDetail, type ErrorDetail } from '../../core/errors.ts';
import type { Finding } from '../../core/run/events.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import type { Location } from '../../ports/location.ts';

/**
 * What a person should know about who can open a Location, before more depends on it. Content in clear beside encrypted content ends
 * the run, nothing else does.
 */
export async function keyFindings(location: Location, { encryption }: LocationSpec): Promise<Finding[]> {
  const { seal } = location;
  if (seal === undefined || encryption === 'none') return unsealedFindings(location);
  const { recipients } = await readRecipients(location, await seal.forWriting());
  const details: ErrorDetail[] = [];
  if (new Set(recipients ?? encryption.recipients).size === 1) {
    const what = `one recipient alone can open Location ${location.name}: if its identity is lost, every recovery point is lost`;
    details.push(errorDetail('KEY_ONE_RECIPIENT', { what }));
  }
  const isSame = recipients !== undefined && sorted(recipients) === sorted(encryption.recipients);
  if (!isSame) {
    const what = `the recipients in the document of Location ${location.name} are not those that can open it`;
    details.push(errorDetail('KEY_RECIPIENTS_DIFFER', { what }));
  }
  return details.map((detail) => findingOf(detail, 'warning'));
}

async function unsealedFindings(location: Location): Promise<Finding[]> {
  if ((await location.head(repositoryKey)) === undefined) return [];
  const what = `Location ${location.name} is encrypted: it holds ${repositoryKey}, and its document says encryption: none`;
  return [findingOf(errorDetail('LOCATION_ENCRYPTED', { what }), 'blocker')];
}

function findingOf({ code, what, fix }: ErrorDetail, severity: Finding['severity']): Finding {
  return { code, severity, subject: 'location', message: what, remedy: fix };
}

function sorted(recipients: readonly string[]): string {
  return [...new Set(recipients)].toSorted().join('\n');
}
