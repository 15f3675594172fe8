import { createPublicKey, verify } from 'node:crypto';

/** SubjectPublicKeyInfo of an Ed25519 key up to its 32 bytes (RFC 8410, section 4). */
const spkiStart = Buffer.from('302a300506032b6570032100', 'hex');

/** True when the holder of a signer's key has signed these bytes (Ed25519, both hexadecimal). False for what is no signature. */
export function isSignedBy(signer: string, bytes: Uint8Array | string, signature: string): boolean {
  if (!/^[0-9a-f]{64}$/u.test(signer) || !/^[0-9a-f]{128}$/u.test(signature)) return false;
  const key = Buffer.concat([spkiStart, Buffer.from(signer, 'hex')]);
  try {
    const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
    return verify(null, Buffer.from(bytes), publicKey, Buffer.from(signature, 'hex'));
  } catch {
    return false;
  }
}
