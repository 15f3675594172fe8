import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { errorDetail, type ErrorDetail } from '../core/errors.ts';
import type { Signer } from '../ports/content-seal.ts';
import type { OpenBundle } from './open-bundle.ts';
import { onDisk } from './part-files.ts';

/** What was found of a bundle. */
export interface VerifiedBundle {
  /** Everything that is wrong; empty = every byte is there and is what was written. */
  readonly problems: readonly ErrorDetail[];
  /** Bytes of parts that were read. */
  readonly bytes: number;
}

/**
 * Reads every part that is there and compares it with its hash, and looks whether the parts hold what the index says. Reports every
 * problem at once. Writes nothing.
 */
export async function verifyBundle(
  { head, entries, parts }: OpenBundle,
  onPart: (name: string) => void = () => undefined
): Promise<VerifiedBundle> {
  const problems: ErrorDetail[] = [];
  let bytes = 0;
  for (const [at, { name, sizeBytes, sha256 }] of head.parts.entries()) {
    const path = parts[at];
    if (path === undefined) {
      problems.push(errorDetail('BUNDLE_PART_MISSING', { what: `${name} of bundle ${head.id} is missing`, ref: name }));
      continue;
    }
    onPart(name);
    const found = await onDisk(path, () => stat(path));
    bytes += found.size;
    const isRight = found.size === sizeBytes && (await hashOf(path)) === sha256;
    if (!isRight) problems.push(errorDetail('BUNDLE_DAMAGED', { what: `${path} is not what was written`, ref: path }));
  }
  const total = head.parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const beyond = [...entries.values()].find(({ at, sizeBytes }) => at !== undefined && at + sizeBytes > total);
  if (beyond !== undefined) {
    const what = `bundle ${head.id} does not hold all of ${beyond.key}: its parts end before`;
    problems.push(errorDetail('BUNDLE_DAMAGED', { what, ref: beyond.key }));
  }
  return { problems, bytes };
}

/** Why the signature of a bundle says nothing to who imports it; undefined when it is signed by the one he trusts. */
export function signatureProblem({ head }: OpenBundle, trusted: Signer): ErrorDetail | undefined {
  if (trusted.signer !== undefined && trusted.signer === head.signer) return undefined;
  const whose = head.signer === undefined ? 'not signed' : `signed by ${head.signer}`;
  return errorDetail('BUNDLE_SIGNER_FOREIGN', {
    what: `bundle ${head.id} is ${whose}`,
    why: trusted.signer === undefined ? trusted.why : `the signer that counts here is ${trusted.signer}`,
  });
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await onDisk(path, async () => {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  });
  return hash.digest('hex');
}
