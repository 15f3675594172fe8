import { changeRecipients } from '../../crypto/change-recipients.ts';
import { parseIdentityFile, recipientOf } from '../../crypto/identity-file.ts';
import { readRecipients } from '../../crypto/recipients.ts';
import { LandfallError } from '../../core/errors.ts';
import { resolveSecret } from '../../host/secret-source.ts';
import { requireHeader, type OpenedLocation } from './open.ts';

/** Who can open a Location after a change. */
export interface ChangedRecipients {
  readonly recipients: readonly string[];
  /** False: nothing had to be done. */
  readonly isChanged: boolean;
  /** Who is no longer one. */
  readonly removed: readonly string[];
  /** False: the store has kept what was encrypted for those of before. */
  readonly isOldGone: boolean;
}

/** Encrypts the key for more recipients. Idempotent. Throws KEY_*, and CONFIG_INVALID for what is no recipient. */
export async function addRecipients(
  opened: OpenedLocation,
  added: readonly string[],
  nowMs: number
): Promise<ChangedRecipients> {
  const before = await currentRecipients(opened);
  return change(opened, { before, after: [...new Set([...before, ...added])], nowMs });
}

/**
 * Encrypts the key for fewer recipients. Throws CONFIG_INVALID for one that is none, for the last one, and for that of the identity
 * in the document, whose runs would end.
 */
export async function removeRecipients(
  opened: OpenedLocation,
  removed: readonly string[],
  nowMs: number
): Promise<ChangedRecipients> {
  const before = await currentRecipients(opened);
  const stranger = removed.find((one) => !before.includes(one));
  if (stranger !== undefined)
    throw refuse(`${stranger} is no recipient of Location ${opened.spec.name}`, 'see them with `landfall keys list`');
  const after = before.filter((one) => !removed.includes(one));
  const own = await ownRecipients(opened);
  if (!after.some((one) => own.includes(one))) {
    throw refuse(
      `nothing could be read or written any more with the identity of Location ${opened.spec.name}`,
      'set encryption.identity to that of a recipient who stays, then remove this one'
    );
  }
  return change(opened, { before, after, nowMs });
}

interface Change {
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly nowMs: number;
}

async function change(opened: OpenedLocation, { before, after, nowMs }: Change): Promise<ChangedRecipients> {
  if (after.length === before.length && after.every((one) => before.includes(one)))
    return { recipients: before, isChanged: false, removed: [], isOldGone: true };
  const key = await opened.seal.repositoryKey();
  const { isOldGone } = await changeRecipients(opened.location, key, { recipients: after, nowMs });
  return { recipients: after, isChanged: true, removed: before.filter((one) => !after.includes(one)), isOldGone };
}

/** Throws STORED_OBJECT_CORRUPT where the signed list is not there: whoever was on it would be dropped in silence. */
async function currentRecipients(opened: OpenedLocation): Promise<readonly string[]> {
  await requireHeader(opened);
  const { keys } = await opened.seal.repositoryKey();
  const { recipients, generation } = await readRecipients(opened.location, keys);
  if (recipients !== undefined) return recipients;
  throw new LandfallError('STORED_OBJECT_CORRUPT', {
    what: `the list of recipients of Location ${opened.spec.name} is missing, or not signed by its signer`,
    why: `generation ${generation} of keys/${keys.keyId} has none`,
    fix: `restore keys/${keys.keyId}/recipients-${generation}.json from another copy of the Location`,
  });
}

async function ownRecipients({ encryption }: OpenedLocation): Promise<readonly string[]> {
  if (encryption.identity === undefined) return [];
  const { identities } = parseIdentityFile(await resolveSecret(encryption.identity), 'the identity');
  return Promise.all(identities.map((one) => recipientOf(one, 'the identity')));
}

function refuse(what: string, fix: string): LandfallError {
  return new LandfallError('CONFIG_INVALID', { what, fix });
}
