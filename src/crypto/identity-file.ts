import { identityToRecipient } from 'age-encryption';
import { LandfallError } from '../core/errors.ts';

/** What a person keeps to open a Location: an age identity file, in whose comments signers may be pinned. */
export interface IdentityFile {
  /** `AGE-SECRET-KEY-1…`, at least one. */
  readonly identities: readonly string[];
  /** Public keys of signers that its owner trusts. */
  readonly signers: readonly string[];
}

const identityLine = /^AGE-SECRET-KEY-1[0-9A-Z]+$/u;
const signerLine = /^#\s*landfall signer:\s*([0-9a-f]{64})\b/u;

/**
 * Reads an identity file as the age tools write it: a line for each identity, `#` begins a comment. Throws KEY_IDENTITY_INVALID,
 * which says where the text came from and nothing of it.
 */
export function parseIdentityFile(text: string, from: string): IdentityFile {
  const lines = text.split(/\r?\n/u).map((line) => line.trim());
  const identities = lines.filter((line) => identityLine.test(line));
  const signers = lines.flatMap((line) => signerLine.exec(line)?.[1] ?? []);
  if (identities.length === 0) {
    throw new LandfallError('KEY_IDENTITY_INVALID', { what: `${from} holds no age identity`, ref: from });
  }
  return { identities, signers };
}

/** The line that pins a signer in an identity file. */
export function pinnedSigner(signer: string): string {
  return `# landfall signer: ${signer}`;
}

/** The public recipient (`age1…`) of an identity. Throws KEY_IDENTITY_INVALID. */
export async function recipientOf(identity: string, from: string): Promise<string> {
  try {
    return await identityToRecipient(identity);
  } catch {
    // The words of the library may quote the identity.
    throw new LandfallError('KEY_IDENTITY_INVALID', { what: `an identity in ${from} is not valid`, ref: from });
  }
}
