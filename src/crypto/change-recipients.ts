import { LandfallError } from '../core/errors.ts';
import type { Location } from '../ports/location.ts';
import { newestGeneration, removeEarlier, writeGeneration } from './recipients.ts';
import type { RepositoryKey } from './repository-key.ts';

/** Changes of others that one change gives way to. */
const attemptsMax = 5;

/**
 * Encrypts the key of a Location for other recipients; nothing else is written again. Whoever was one before may have kept the key:
 * what he could read he can read still, if he gets at the store. `isOldGone` is false where the store does not let the files of
 * before be removed, with which he opens the key from there as well.
 */
export async function changeRecipients(
  location: Location,
  key: RepositoryKey,
  { recipients, nowMs }: { readonly recipients: readonly string[]; readonly nowMs: number }
): Promise<{ readonly generation: number; readonly isOldGone: boolean }> {
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const generation = (await newestGeneration(location, key.keys.keyId)) + 1;
    if (!(await writeGeneration(location, key, { generation, recipients, nowMs }))) continue;
    return { generation, isOldGone: await removeEarlier(location, key.keys.keyId, generation) };
  }
  throw new LandfallError('STORED_OBJECT_EXISTS', {
    what: `the recipients of Location ${location.name} are being changed by somebody else`,
    fix: 'look at them with `landfall keys list`, then try again',
  });
}
