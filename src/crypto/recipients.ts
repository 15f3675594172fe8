import { Decrypter, Encrypter } from 'age-encryption';
import { hash } from 'node:crypto';
import { z } from 'zod';
import { isLandfallError, LandfallError } from '../core/errors.ts';
import type { Location } from '../ports/location.ts';
import { keyBytes, signWith, type DerivedKeys } from './derived-keys.ts';
import { generationOf, keyFolder, recipientsKey, wrappedKey } from './key-layout.ts';
import { isSignedBy } from './signature.ts';

/** Who can open a Location, from one change of its recipients to the next. */
export interface Generation {
  readonly generation: number;
  /** `age1…`, in their order; undefined where the list is missing, or is not signed by the signer of the Location. */
  readonly recipients?: readonly string[];
  readonly at?: string;
}

interface SignedList {
  readonly keyId: string;
  readonly generation: number;
  readonly recipients: readonly string[];
  readonly wrappedSha256: string;
  readonly at: string;
}

const listSchema = z.object({
  keyId: z.string(),
  generation: z.int().positive(),
  recipients: z.array(z.string()),
  wrappedSha256: z.string(),
  at: z.string(),
  signature: z.string(),
});

/** Encrypts the key of a repository for recipients; each of them opens it alone. Throws CONFIG_INVALID for one that is none. */
export async function wrapKey(secret: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      // Others that age knows are not taken: documents and identity files name none.
      if (!/^age1[0-9a-z]{58}$/u.test(recipient)) throw new Error('another kind of recipient');
      encrypter.addRecipient(recipient);
    } catch {
      throw new LandfallError('CONFIG_INVALID', {
        what: `${recipient} is not the recipient of an age identity`,
        fix: 'write recipients as `landfall keys create` prints them: age1…',
      });
    }
  }
  return encrypter.encrypt(secret);
}

/** The key that was encrypted for one of the identities; undefined where it was for none of them. */
export async function unwrapKey(
  wrapped: Uint8Array,
  identities: readonly string[],
  key: string
): Promise<Uint8Array | undefined> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  let secret: Uint8Array;
  try {
    secret = await decrypter.decrypt(wrapped);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no identity matched')) return undefined;
    throw new LandfallError('STORED_OBJECT_CORRUPT', {
      what: `${key} is damaged`,
      why: 'it is no age file, or was altered',
      ref: key,
    });
  }
  if (secret.byteLength === keyBytes) return secret;
  throw new LandfallError('STORED_OBJECT_CORRUPT', { what: `${key} holds no key of a Location`, ref: key });
}

/** The newest generation of a key, 0 where there is none. */
export async function newestGeneration(location: Location, keyId: string): Promise<number> {
  let newest = 0;
  for await (const { key } of location.list(keyFolder(keyId))) newest = Math.max(newest, generationOf(keyId, key) ?? 0);
  return newest;
}

/** Who the key is encrypted for now. The list is public and signed: one that somebody else has put there names nobody. */
export async function readRecipients(
  location: Location,
  keys: Pick<DerivedKeys, 'keyId' | 'signer'>
): Promise<Generation> {
  const generation = await newestGeneration(location, keys.keyId);
  try {
    const text = Buffer.from(await location.read(recipientsKey(keys.keyId, generation))).toString('utf8');
    const { signature, ...list } = listSchema.parse(JSON.parse(text));
    const wrapped = await location.read(wrappedKey(keys.keyId, generation));
    const isTrue =
      isSignedBy(keys.signer, signedText(list), signature) &&
      list.generation === generation &&
      list.keyId === keys.keyId &&
      list.wrappedSha256 === hash('sha256', wrapped);
    return isTrue ? { generation, recipients: list.recipients, at: list.at } : { generation };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return { generation };
    if (isLandfallError(error, 'STORED_OBJECT_MISSING')) return { generation };
    throw error;
  }
}

interface NextGeneration {
  readonly generation: number;
  readonly recipients: readonly string[];
  readonly nowMs: number;
}

/** Encrypts the key anew for these recipients. False when somebody else has written this generation meanwhile. */
export async function writeGeneration(
  location: Location,
  { secret, keys }: { readonly secret: Uint8Array; readonly keys: DerivedKeys },
  { generation, recipients, nowMs }: NextGeneration
): Promise<boolean> {
  const wrapped = await wrapKey(secret, recipients);
  if ((await location.create(wrappedKey(keys.keyId, generation), wrapped)) === 'exists') return false;
  const list = {
    ...{ keyId: keys.keyId, generation, recipients, wrappedSha256: hash('sha256', wrapped) },
    at: new Date(nowMs).toISOString(),
  };
  const signed = { ...list, signature: signWith(keys, Buffer.from(signedText(list))) };
  await location.create(recipientsKey(keys.keyId, generation), Buffer.from(`${JSON.stringify(signed)}\n`));
  return true;
}

/** Removes the generations before one, where the store lets it; answers false where it does not. */
export async function removeEarlier(location: Location, keyId: string, generation: number): Promise<boolean> {
  const earlier: string[] = [];
  for await (const { key } of location.list(keyFolder(keyId))) {
    const found = generationOf(keyId, key);
    if (found !== undefined && found < generation) earlier.push(key, recipientsKey(keyId, found));
  }
  try {
    for (const key of earlier) await location.delete(key);
    return true;
  } catch (error) {
    // A store that keeps what was written refuses; it is told to whoever removes a recipient.
    if (isLandfallError(error, 'LOCATION_FORBIDDEN', 'LOCATION_READ_ONLY')) return false;
    throw error;
  }
}

function signedText({ keyId, generation, recipients, wrappedSha256, at }: SignedList): string {
  return `landfall.dev/recipients/v1\n${JSON.stringify([keyId, generation, recipients, wrappedSha256, at])}\n`;
}
