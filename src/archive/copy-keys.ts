import { LandfallError } from '../core/errors.ts';
import { keyFolder, repositoryKey } from '../crypto/key-layout.ts';
import { readHeader, type RepositoryHeader } from '../crypto/repository-key.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import type { CopyWay } from './copy-object.ts';
import { contentPrefix, pointsPrefix } from './layout.ts';

/**
 * Refuses a Location that cannot hold copies of the points of the first one: COPY_KEY_DIFFERS. A Location has one key
 * (docs/decisions/0033), so the other one is empty, or has this one; and both are encrypted, or neither is. Answers what the first one
 * says of its key. Needs no identity.
 */
export async function checkKeys(
  { from, to }: CopyWay,
  isSealed: boolean,
  options: StoreOptions = {}
): Promise<RepositoryHeader | undefined> {
  const there = await readHeader(to);
  if (!isSealed) {
    if (to.seal === undefined && there === undefined) return undefined;
    throw differs(to, 'the recovery point is not encrypted, and this Location is');
  }
  if (to.seal === undefined)
    throw differs(to, 'the recovery point is encrypted, and this Location says encryption: none');
  const header = await readHeader(from);
  if (there !== undefined && there.keyId !== header?.keyId) {
    const own =
      header === undefined ? 'the first Location has none yet' : `the recovery point is encrypted with ${header.keyId}`;
    throw differs(to, `it has the key ${there.keyId}, and ${own}`);
  }
  if (there === undefined && (await holdsContent(to, options)))
    throw differs(to, 'it holds recovery points or their content, and no key');
  return header;
}

/**
 * Makes the other Location open with the same identities: what the first one says of its key is public, and is copied as it is,
 * wrapped for its recipients. Throws COPY_KEY_DIFFERS as `checkKeys`, with nothing written. `signer` is that of the point which is
 * copied; undefined: it lies in clear.
 */
export async function copyKeys(way: CopyWay, signer: string | undefined, options: StoreOptions = {}): Promise<void> {
  const { from, to } = way;
  const header = await checkKeys(way, signer !== undefined, options);
  if (signer === undefined) return;
  if (header?.signer !== signer)
    throw differs(from, 'the recovery point is signed with another key than that of its Location');
  for await (const { key } of from.list(keyFolder(header.keyId), options))
    await to.create(key, await from.read(key, options), options);
  // Last: whoever finds it finds everything it leads to.
  await to.create(repositoryKey, await from.read(repositoryKey, options), options);
  const adopted = await readHeader(to);
  if (adopted?.keyId !== header.keyId) throw differs(to, 'another run has given it a key of its own just now');
}

async function holdsContent(location: Location, options: StoreOptions): Promise<boolean> {
  for await (const { key } of location.list(pointsPrefix, options)) if (!key.includes('/uses/')) return true;
  for await (const _found of location.list(contentPrefix, options)) return true;
  return false;
}

function differs({ name }: Location, why: string): LandfallError {
  return new LandfallError('COPY_KEY_DIFFERS', { what: `Location ${name} cannot hold the copy`, why, ref: name });
}
