import { hash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import type { Location } from '../ports/location.ts';
import { deriveKeys, keyBytes, keyIdOf, vouch, type DerivedKeys } from './derived-keys.ts';
import { keyFolder, repositoryKey, vouchKey, wrappedKey } from './key-layout.ts';
import { newestGeneration, unwrapKey, writeGeneration } from './recipients.ts';

/** What a Location says about its key; public, and believed only when its signer is trusted. */
export interface RepositoryHeader {
  readonly keyId: string;
  readonly signer: string;
  readonly createdAt: string;
}

/** The key of a Location, opened. */
export interface RepositoryKey {
  readonly secret: Uint8Array;
  readonly keys: DerivedKeys;
}

const headerSchema = z.object({
  format: z.literal('landfall.dev/repository-key'),
  formatMajor: z.int(),
  keyId: z.string().regex(/^[0-9a-f]{32}$/u),
  signer: z.string().regex(/^[0-9a-f]{64}$/u),
  createdAt: z.iso.datetime(),
});
const formatMajor = 1;

/** Reads which key a Location has; undefined where it has none yet. Throws STORED_OBJECT_CORRUPT and FORMAT_TOO_NEW. */
export async function readHeader(location: Location): Promise<RepositoryHeader | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await location.read(repositoryKey);
  } catch (error) {
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return undefined;
    throw error;
  }
  const parsed = headerSchema.safeParse(parse(bytes));
  if (!parsed.success || keyIdOf(parsed.data.signer) !== parsed.data.keyId) {
    const why = 'it does not describe the key of a Location';
    throw new LandfallError('STORED_OBJECT_CORRUPT', { what: `${repositoryKey} is damaged`, why, ref: repositoryKey });
  }
  if (parsed.data.formatMajor > formatMajor) {
    const what = `${repositoryKey} has format ${parsed.data.formatMajor}; this Landfall knows ${formatMajor}`;
    throw new LandfallError('FORMAT_TOO_NEW', { what, ref: repositoryKey });
  }
  const { keyId, signer, createdAt } = parsed.data;
  return { keyId, signer, createdAt };
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Opens the key that a header names with one of the identities. Throws KEY_NOT_RECIPIENT, and KEY_SIGNER_OTHER when what was
 * encrypted is another key than the header says.
 */
export async function openRepositoryKey(
  location: Location,
  header: RepositoryHeader,
  identities: readonly string[]
): Promise<RepositoryKey> {
  const generation = await newestGeneration(location, header.keyId);
  const key = wrappedKey(header.keyId, generation);
  if (generation === 0) {
    const what = `Location ${location.name} does not hold its key: nothing is below ${keyFolder(header.keyId)}`;
    throw new LandfallError('KEY_LOST', { what, ref: key });
  }
  const secret = await unwrapKey(await location.read(key), identities, key);
  if (secret === undefined) {
    throw new LandfallError('KEY_NOT_RECIPIENT', {
      what: `no identity that was given opens the key of Location ${location.name}`,
      ref: key,
    });
  }
  const keys = deriveKeys(secret);
  if (keys.signer === header.signer) return { secret, keys };
  throw new LandfallError('KEY_SIGNER_OTHER', {
    what: `${key} in Location ${location.name} holds another key than ${repositoryKey} says`,
    ref: key,
  });
}

interface NewKey {
  readonly recipients: readonly string[];
  /** Vouch for the signer. */
  readonly identities: readonly string[];
  readonly nowMs: number;
}

/**
 * Makes the key of a Location that has none: encrypted for its recipients and vouched for by whoever makes it, then named in
 * `keys/repository.json` by conditional create. Whoever loses a race takes the key of the other; what he made refers to nothing.
 */
export async function createRepositoryKey(
  location: Location,
  { recipients, identities, nowMs }: NewKey
): Promise<'created' | 'exists'> {
  const secret = randomBytes(keyBytes);
  const keys = deriveKeys(secret);
  await writeGeneration(location, { secret, keys }, { generation: 1, recipients, nowMs });
  for (const identity of identities) await writeVouch(location, keys, identity);
  const header = {
    ...{ format: 'landfall.dev/repository-key', formatMajor, keyId: keys.keyId, signer: keys.signer },
    createdAt: new Date(nowMs).toISOString(),
  };
  return location.create(repositoryKey, Buffer.from(`${JSON.stringify(header, null, 2)}\n`));
}

/** Keeps beside the key that the holder of an identity vouches for its signer. Idempotent. */
async function writeVouch(location: Location, keys: RepositoryHeader | DerivedKeys, identity: string): Promise<void> {
  const word = { signer: keys.signer, mac: vouch(identity, keys.signer) };
  await location.create(vouchKey(keys.keyId, nameOf(identity)), Buffer.from(`${JSON.stringify(word)}\n`));
}

/** True when one of the identities has vouched for the signer of a header. */
export async function isVouchedFor(
  location: Location,
  header: RepositoryHeader,
  identities: readonly string[]
): Promise<boolean> {
  for (const identity of identities) {
    try {
      const word = parse(await location.read(vouchKey(header.keyId, nameOf(identity))));
      const mac = typeof word === 'object' && word !== null && 'mac' in word ? word.mac : undefined;
      if (mac === vouch(identity, header.signer)) return true;
    } catch (error) {
      if (!isLandfallError(error, 'STORED_OBJECT_MISSING')) throw error;
    }
  }
  return false;
}

/** Names the word of an identity; says nothing of it. */
function nameOf(identity: string): string {
  return hash('sha256', `landfall.dev/vouch/v1/${identity}`).slice(0, 32);
}
