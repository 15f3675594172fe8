import { generateX25519Identity } from 'age-encryption';
import { recipientOf } from '../../crypto/identity-file.ts';
import { LandfallError } from '../../core/errors.ts';
import { createPrivate } from '../../host/private-file.ts';

/** Makes an identity and writes it where nothing is. Throws KEY_EXISTS. Answers its public recipient. */
export async function createIdentity(file: string, nowMs: number): Promise<string> {
  const identity = await generateX25519Identity();
  const recipient = await recipientOf(identity, file);
  await writeNew(file, [`# created: ${new Date(nowMs).toISOString()}`, `# public key: ${recipient}`, identity]);
  return recipient;
}

/** Writes the lines of a secret file, 0600, never over another. Throws KEY_EXISTS and CONFIG_UNREADABLE. */
export async function writeNew(file: string, lines: readonly string[]): Promise<void> {
  let isNew: boolean;
  try {
    isNew = await createPrivate(file, `${lines.join('\n')}\n`);
  } catch (cause) {
    throw new LandfallError('CONFIG_UNREADABLE', {
      what: `${file} cannot be written`,
      ...(cause instanceof Error && 'code' in cause ? { why: `the system reports ${String(cause.code)}` } : {}),
      cause,
    });
  }
  if (isNew) return;
  throw new LandfallError('KEY_EXISTS', { what: `${file} exists and is not overwritten`, ref: file });
}
