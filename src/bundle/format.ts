import { hash } from 'node:crypto';
import { z } from 'zod';
import { LandfallError } from '../core/errors.ts';
import { isSignedBy } from '../crypto/signature.ts';
import type { OpenedSeal } from '../ports/content-seal.ts';

/* What a bundle is made of; docs/formats-bundles.md. */

export const headName = 'bundle.json';
export const indexName = 'index.jsonl';
export const partName = (at: number): string => `part-${String(at + 1).padStart(5, '0')}`;

const format = 'landfall.dev/bundle';
const formatMajor = 1;
const sha256 = z.string().regex(/^[0-9a-f]{64}$/u);
const size = z.int().nonnegative();
const fileSchema = z.object({ name: z.string().regex(/^[a-z0-9.-]{1,40}$/u), sizeBytes: size, sha256 });

const headSchema = z.object({
  format: z.literal(format),
  formatMajor: z.int(),
  formatMinor: z.int(),
  id: z.string().regex(/^[0-9a-f]{16}$/u),
  createdAt: z.iso.datetime(),
  landfallVersion: z.string(),
  /** Name of the Location that the points are of. */
  location: z.string(),
  points: z.array(z.object({ id: z.string(), name: z.string(), createdAt: z.string(), objects: size, volumes: size })),
  partBytes: z.int().positive(),
  parts: z.array(fileSchema),
  index: fileSchema.extend({ entries: size }),
  /** Bundles that hold what this one refers to and does not repeat. */
  needs: z.array(z.string()),
  signer: sha256.optional(),
});

/** What a bundle says of itself. */
export type BundleHead = z.infer<typeof headSchema>;
export type BundleFile = z.infer<typeof fileSchema>;

/** One stored object of a bundle: where its bytes begin in all parts together, or which earlier bundle has it. */
export const entrySchema = z.object({
  key: z.string().min(1),
  sizeBytes: size,
  sha256,
  at: size.optional(),
  in: z.string().optional(),
});
export type BundleEntry = z.infer<typeof entrySchema>;

/** The bytes of `bundle.json`. The first field is the hash or, where there is a key, the signature of everything after it. */
export function encodeHead(
  head: Omit<BundleHead, 'format' | 'formatMajor' | 'formatMinor' | 'signer'>,
  seal: OpenedSeal | undefined
): Uint8Array {
  const whole = { format, formatMajor, formatMinor: 0, ...head, ...(seal && { signer: seal.signer }) };
  const text = JSON.stringify(whole);
  const proof = seal === undefined ? { sha256: hash('sha256', text) } : { signature: seal.sign(Buffer.from(text)) };
  return Buffer.from(`${JSON.stringify({ ...proof, ...whole }, null, 2)}\n`);
}

/** Reads `bundle.json`. Throws BUNDLE_DAMAGED for what is no such file or was altered, FORMAT_TOO_NEW. */
export function decodeHead(path: string, bytes: Uint8Array): BundleHead {
  const { signature, sha256: stated, ...rest } = objectIn(path, bytes);
  if (rest['format'] === format && typeof rest['formatMajor'] === 'number' && rest['formatMajor'] > formatMajor) {
    const what = `${path} has format ${rest['formatMajor']}; this Landfall knows ${formatMajor}`;
    throw new LandfallError('FORMAT_TOO_NEW', { what, ref: path });
  }
  const parsed = headSchema.safeParse(rest);
  if (!parsed.success) throw damaged(path, 'it does not describe a bundle');
  const text = JSON.stringify(rest);
  const { signer } = parsed.data;
  if (signer === undefined && stated !== hash('sha256', text))
    throw damaged(path, 'its content does not have its hash');
  if (signer !== undefined && (typeof signature !== 'string' || !isSignedBy(signer, text, signature)))
    throw damaged(path, `${signer} has not signed it`);
  return parsed.data;
}

export function damaged(path: string, why: string): LandfallError {
  return new LandfallError('BUNDLE_DAMAGED', { what: `${path} is damaged`, why, ref: path });
}

function objectIn(path: string, bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // The same as a value that is none.
  }
  throw damaged(path, 'it is no JSON object');
}
