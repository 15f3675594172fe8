import type { z } from 'zod';
import { LandfallError } from '../core/errors.ts';
import { keyIdOf } from '../crypto/derived-keys.ts';
import { isSignedBy } from '../crypto/signature.ts';
import type { OpenedSeal } from '../ports/content-seal.ts';
import { corruptContainer } from './container.ts';
import { manifestKey } from './layout.ts';
import { detailSchema, manifestSchema } from './manifest-schema.ts';
import type { PointDetail, PreviousPoint, PublicManifest, RecoveryPointContent } from './manifest.ts';
import { sha256Of } from './stored.ts';

const format = 'landfall.dev/recovery-point';
const formatMajor = 2;
const formatMinor = 0;

/** What a manifest starts with; the 64 digits that follow are the hash of the whole with zeros in their place. */
const start = '{\n  "sha256": "';
const zeros = '0'.repeat(64);
/** What follows in a manifest that is signed: over the whole, with zeros in place of hash and signature. */
const beforeSignature = '",\n  "signature": "';
const signatureAt = start.length + zeros.length + beforeSignature.length;
const noSignature = '0'.repeat(128);

interface Encoding {
  readonly previous: PreviousPoint | undefined;
  /** Name of the line of points, as `lineOf` gives it. */
  readonly line: string;
  /** Absent: in clear, and not signed. */
  readonly seal: OpenedSeal | undefined;
}

/** The bytes of a manifest: indented JSON whose first field is a hash over all of it. The same content gives the same bytes. */
export function encodeManifest(content: RecoveryPointContent, { previous, line, seal }: Encoding): Uint8Array {
  const { source, scope, lists, indexes, volumes, excluded, dependencies, ...named } = content;
  const { id, name, createdAt, landfallVersion, counts, contents, protection } = named;
  const detail: PointDetail = { source, scope, lists, indexes, volumes, excluded, dependencies };
  const volumeBytes = volumes.reduce((sum, { bytes }) => sum + bytes, 0);
  const { objects, rawBytes, segments, segmentBytes } = counts;
  const fields = {
    ...{ format, formatMajor, formatMinor, id, name, createdAt, landfallVersion, line },
    ...(protection && { protection }),
    counts: {
      ...{ objects, rawBytes, segments, segmentBytes, excluded: counts.excluded },
      ...{ volumes: volumes.length, volumeBytes },
    },
    ...(contents && { contents }),
    attached: [...excluded, ...dependencies],
    ...(previous && { previous }),
  };
  if (seal === undefined) return withHash(textOf({ sha256: zeros, ...fields, detail }));
  const sealed = seal.seal(manifestKey(id), Buffer.from(JSON.stringify(detail)));
  const unsigned = textOf({
    ...{ sha256: zeros, signature: noSignature, ...fields, keyId: seal.keyId, signer: seal.signer },
    sealed: Buffer.from(sealed).toString('base64'),
  });
  return withHash(withSignature(unsigned, seal.sign(Buffer.from(unsigned))));
}

function textOf(fields: object): string {
  return `${JSON.stringify(fields, null, 2)}\n`;
}

function withHash(text: string): Uint8Array {
  return Buffer.from(text.slice(0, start.length) + sha256Of(text) + text.slice(start.length + zeros.length));
}

function withSignature(text: string, signature: string): string {
  return text.slice(0, signatureAt) + signature + text.slice(signatureAt + noSignature.length);
}

/** A manifest as it was read: what is public, and the rest in clear or sealed. */
export type ReadManifest = PublicManifest &
  ({ readonly detail: PointDetail } | { readonly sealed: Uint8Array; readonly keyId: string; readonly signer: string });

/**
 * Reads a manifest: its hash first, then its version (FORMAT_TOO_NEW before anything else is understood), its fields, and its
 * signature, where it has one, against the signer it names (POINT_ALTERED). Whether that signer counts is for `checkSigner` to say.
 * `id` is the one in the key: a manifest that was moved to another key is refused.
 */
export function decodeManifest(key: string, id: string, bytes: Uint8Array): ReadManifest {
  const text = Buffer.from(bytes).toString('utf8');
  const digits = text.slice(start.length, start.length + zeros.length);
  const zeroed = start + zeros + text.slice(start.length + zeros.length);
  const intact = text.startsWith(start) && sha256Of(zeroed) === digits && Buffer.byteLength(text) === bytes.byteLength;
  if (!intact) throw corruptContainer(key, 'the manifest does not have the SHA-256 it states');
  const value = parseText(key, text);
  refuseNewer(key, value);
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw corruptContainer(key, `the manifest lacks ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  if (parsed.data.id !== id) throw corruptContainer(key, `it is the manifest of ${parsed.data.id}`);
  return checkParts(key, parsed.data, zeroed);
}

type Fields = z.infer<typeof manifestSchema>;

function checkParts(key: string, fields: Fields, zeroed: string): ReadManifest {
  const { format: _, sealed, detail, keyId, signer, signature, ...open } = fields;
  if (detail !== undefined) {
    const more = [sealed, keyId, signer, signature].some((field) => field !== undefined);
    if (more) throw corruptContainer(key, 'one half of it is sealed, the other is not');
    return { ...open, detail };
  }
  if (sealed === undefined || keyId === undefined || signer === undefined || signature === undefined)
    throw corruptContainer(key, 'the manifest lacks what is in the recovery point, or who signed it');
  if (keyIdOf(signer) !== keyId) throw corruptContainer(key, 'its key is not that of its signer');
  const stands = zeroed.startsWith(start + zeros + beforeSignature + signature);
  if (!stands || !isSignedBy(signer, withSignature(zeroed, noSignature), signature)) {
    throw new LandfallError('POINT_ALTERED', {
      what: `${key} does not have the signature of ${signer}, whom it names`,
      ref: key,
    });
  }
  return { ...open, sealed: Buffer.from(sealed, 'base64'), keyId, signer };
}

/** What is in a recovery point, opened before. Throws STORED_OBJECT_CORRUPT. */
export function decodeDetail(key: string, bytes: Uint8Array): PointDetail {
  const parsed = detailSchema.safeParse(parseText(key, Buffer.from(bytes).toString('utf8')));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw corruptContainer(key, `its sealed part lacks ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function parseText(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw corruptContainer(key, 'the manifest is not JSON');
  }
}

function refuseNewer(key: string, value: unknown): void {
  const major = typeof value === 'object' && value !== null && 'formatMajor' in value ? value.formatMajor : undefined;
  if (typeof major !== 'number' || major <= formatMajor) return;
  throw new LandfallError('FORMAT_TOO_NEW', {
    what: `${key} has format ${major}; this Landfall knows ${formatMajor}`,
    ref: key,
  });
}
