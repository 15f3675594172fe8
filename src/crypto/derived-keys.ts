import { createHmac, createPrivateKey, createPublicKey, hash, hkdfSync, sign, type KeyObject } from 'node:crypto';

/** Everything that follows from the key of a repository (docs/formats-keys.md). There is no second secret. */
export interface DerivedKeys {
  /** The first 32 hexadecimal digits of the SHA-256 of the signer's public key. */
  readonly keyId: string;
  /** The signer's public key: 64 hexadecimal digits. */
  readonly signer: string;
  readonly naming: Buffer;
  readonly encryption: Buffer;
  readonly signing: KeyObject;
  readonly volumePassword: string;
}

/** Bytes of the key of a repository, and of every key that is derived. */
export const keyBytes = 32;

/** PKCS #8 of an Ed25519 key up to its seed (RFC 8410, section 7). */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Derives the keys of a repository with HKDF-SHA256 (RFC 5869), without salt; what each is for is its `info`. */
export function deriveKeys(repositoryKey: Uint8Array): DerivedKeys {
  const signing = createPrivateKey({
    key: Buffer.concat([pkcs8Start, derive(repositoryKey, 'signing')]),
    format: 'der',
    type: 'pkcs8',
  });
  const raw = createPublicKey(signing).export({ format: 'der', type: 'spki' }).subarray(-keyBytes);
  return {
    keyId: keyIdOf(raw.toString('hex')),
    signer: raw.toString('hex'),
    naming: derive(repositoryKey, 'naming'),
    encryption: derive(repositoryKey, 'encryption'),
    signing,
    volumePassword: derive(repositoryKey, 'volumes').toString('base64url'),
  };
}

/** The id of the key whose signer has this public key. */
export function keyIdOf(signer: string): string {
  return hash('sha256', Buffer.from(signer, 'hex'), 'hex').slice(0, 32);
}

function derive(secret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `landfall.dev/repository/v1/${purpose}`, keyBytes));
}

/** Ed25519 (RFC 8032), hexadecimal. */
export function signWith(keys: DerivedKeys, bytes: Uint8Array): string {
  return sign(null, bytes, keys.signing).toString('hex');
}

/**
 * Proves that whoever holds an identity has vouched for a signer: nobody else can compute it, although recipients are public and
 * anybody could wrap a key of his own for them.
 */
export function vouch(identity: string, signer: string): string {
  const key = derive(Buffer.from(identity), 'vouch');
  return createHmac('sha256', key).update(Buffer.from(signer, 'hex')).digest('hex');
}
