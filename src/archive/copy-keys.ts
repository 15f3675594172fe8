import { LandfallError } from '../core/errors.ts';
import { keyFolder, repositoryKey } from '../crypto/key-layout.ts';
import { readHeader } from '../crypto/repository-key.ts';
import type { Location, StoreOptions } from '../ports/location.ts';
import type { CopyWay } from './copy-object.ts';
import { contentPrefix, pointsPrefix } from './layout.ts';

/**
 * Makes the other Location open with the same identities: what the first one says of its key is public, and is copied as it is,
 * wrapped for its recipients. A Location has one key (docs/decisions/0033), so one that is empty takes this over, and one that
 * has another, or content in clear, throws COPY_KEY_DIFFERS with nothing written. Needs no identity. `signer` is that of the
 * point which is copied; undefined: it lies in clear.
 */
export async function copyKeys(
  { from, to }: CopyWay,
  signer: string | undefined,
  options: StoreOptions = {}
): Promise<void> {
  const there = await readHeader(to);
  if (signer === undefined) {
    if (to.seal === undefined && there === undefined) return;
    throw differs(to, 'the recovery point is not encrypted, and this Location is');
  }
  if (to.seal === undefined)
    throw differs(to, 'the recovery point is encrypted, and this Location says encryption: none');
  const header = await readHeader(from);
  if (header?.signer !== signer)
    throw differs(from, 'the recovery point is signed with another key than that of its Location');
  if (there === undefined && (await holdsContent(to, options)))
    throw differs(to, 'it holds recovery points or their content, and no key');
  if (there !== undefined && there.keyId !== header.keyId)
    throw differs(to, `it has the key ${there.keyId}, and the recovery point is encrypted with ${header.keyId}`);
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
