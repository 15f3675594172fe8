import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  timingSafeEqual,
  type Cipheriv as Cipher,
  type Decipheriv as Decipher,
} from 'node:crypto';
import { LandfallError } from '../core/errors.ts';
import type { DerivedKeys } from './derived-keys.ts';

/* The bytes of a sealed object: docs/formats-keys.md. */

const magic = Buffer.from('LFSE', 'latin1');
const version = 1;
const keyIdAt = 8;
const syntheticAt = 24;
const ciphertextAt = 56;
const tagBytes = 16;
/** What sealing adds to the bytes. */
export const sealOverheadBytes = ciphertextAt + tagBytes;
/** A key is used for one content only, so its nonce may be the same for all. */
const nonce = Buffer.alloc(12);

type SealKeys = Pick<DerivedKeys, 'keyId' | 'naming' | 'encryption'>;

/**
 * Encrypts with AES-256-GCM under a key that follows from the content and its context. Deterministic: equal content in one context
 * gives equal bytes, and no key meets two contents.
 */
export function sealBytes(keys: SealKeys, context: string, bytes: Uint8Array): Buffer {
  const synthetic = syntheticValue(keys, context, bytes);
  const sealed = Buffer.allocUnsafeSlow(bytes.byteLength + sealOverheadBytes);
  magic.copy(sealed, 0);
  sealed.writeUInt16LE(version, 4);
  sealed.writeUInt16LE(0, 6);
  Buffer.from(keys.keyId, 'hex').copy(sealed, keyIdAt);
  synthetic.copy(sealed, syntheticAt);
  const cipher = createCipheriv('aes-256-gcm', objectKey(keys, synthetic), nonce, { authTagLength: tagBytes });
  cipher.setAAD(associated(sealed.subarray(0, syntheticAt), context));
  transform(cipher, bytes, sealed.subarray(ciphertextAt));
  cipher.final();
  cipher.getAuthTag().copy(sealed, sealed.length - tagBytes);
  return sealed;
}

/** In pieces, whose memory is taken again and again: one of a whole segment costs more than to encrypt it. */
const pieceBytes = 256 * 1024;

function transform(cipher: Cipher | Decipher, from: Uint8Array, to: Buffer): void {
  for (let at = 0; at < from.byteLength; at += pieceBytes) {
    cipher.update(from.subarray(at, at + pieceBytes)).copy(to, at);
  }
}

/** What is asked for, for messages and for the check of the context. */
export interface SealedPlace {
  readonly context: string;
  readonly key: string;
}

/** Decrypts. Gives out nothing of an object of which any byte, or whose context, is not as it was sealed. */
export function openBytes(keys: SealKeys, { context, key }: SealedPlace, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  checkHeader(keys, key, bytes);
  const synthetic = bytes.subarray(syntheticAt, ciphertextAt);
  const decipher = createDecipheriv('aes-256-gcm', objectKey(keys, synthetic), nonce, { authTagLength: tagBytes });
  decipher.setAAD(associated(bytes.subarray(0, syntheticAt), context));
  decipher.setAuthTag(bytes.subarray(-tagBytes));
  const content = Buffer.allocUnsafeSlow(bytes.length - sealOverheadBytes);
  try {
    transform(decipher, bytes.subarray(ciphertextAt, -tagBytes), content);
    decipher.final();
  } catch {
    throw corrupt(key, 'it was altered, or belongs to another place: its authentication tag does not fit');
  }
  // GCM does not commit to a key; this does.
  if (timingSafeEqual(syntheticValue(keys, context, content), synthetic)) return content;
  throw corrupt(key, 'its content does not have the synthetic value it was sealed with');
}

/** True for bytes that begin like a sealed object. */
export function isSealed(bytes: Uint8Array): boolean {
  if (bytes.byteLength < sealOverheadBytes) return false;
  return magic.equals(bytes.subarray(0, magic.length)) && bytes[4] === version && bytes[5] === 0;
}

function checkHeader(keys: SealKeys, key: string, bytes: Buffer): void {
  if (bytes.length < sealOverheadBytes || !magic.equals(bytes.subarray(0, magic.length)))
    throw corrupt(key, 'it is not sealed, in a Location whose content is');
  const found = bytes.readUInt16LE(4);
  if (found > version)
    throw new LandfallError('FORMAT_TOO_NEW', {
      what: `${key} is sealed in format ${found}; this Landfall knows ${version}`,
      ref: key,
    });
  if (found !== version || bytes.readUInt16LE(6) !== 0) throw corrupt(key, 'its first bytes are those of no format');
  const keyId = bytes.toString('hex', keyIdAt, syntheticAt);
  if (keyId !== keys.keyId) throw corrupt(key, `it is sealed with key ${keyId}, and the key here is ${keys.keyId}`);
}

function syntheticValue({ naming }: SealKeys, context: string, bytes: Uint8Array): Buffer {
  return createHmac('sha256', naming).update(withLength(context)).update(bytes).digest();
}

function objectKey({ encryption }: SealKeys, synthetic: Uint8Array): Buffer {
  return createHmac('sha256', encryption).update(synthetic).digest();
}

function associated(header: Uint8Array, context: string): Buffer {
  return Buffer.concat([header, withLength(context)]);
}

/** So that no context and content together read like another pair. */
function withLength(context: string): Buffer {
  const bytes = Buffer.from(context);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}

function corrupt(key: string, why: string): LandfallError {
  return new LandfallError('STORED_OBJECT_CORRUPT', { what: `${key} is damaged`, why, ref: key });
}
