import { z } from 'zod';
import { LandfallError } from '../core/errors.ts';
import type { ScopeSpec } from '../core/spec/spec.ts';
import type { StoredRef } from '../core/stored-ref.ts';
import { corruptContainer } from './container.ts';
import type { IndexPart } from './index-file.ts';
import { sha256Of } from './stored.ts';

const manifestFormat = 'landfall.dev/recovery-point';
const manifestMajor = 1;
const manifestMinor = 0;

/** One list of the capture: everything of it is as it was at this resourceVersion. */
export interface ManifestList {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** '' = all namespaces, or a cluster-scoped kind. */
  readonly namespace: string;
  readonly resourceVersion: string;
}

export interface ManifestVolume {
  /** `namespace/name` on the source. */
  readonly claim: string;
  /** Storage class on the source. */
  readonly class: string;
  /** Capacity as a Kubernetes quantity. */
  readonly size: string;
  readonly snapshotId: string;
  readonly metadataSnapshotId: string;
  readonly treeSha256: string;
  readonly bytes: number;
  readonly files: number;
  /** Entries of the tree that could not be taken: devices, sockets. */
  readonly excluded: number;
  /** As of when the data is; RFC 3339, UTC. */
  readonly dataAsOf: string;
}

/** What the writer of a recovery point says about it. */
export interface RecoveryPointContent {
  readonly id: string;
  readonly name: string;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
  readonly landfallVersion: string;
  readonly source: {
    readonly cluster: string;
    readonly uid: string;
    readonly gitVersion: string;
    readonly platform: string;
  };
  readonly scope: ScopeSpec;
  readonly lists: readonly ManifestList[];
  readonly counts: {
    readonly objects: number;
    readonly rawBytes: number;
    readonly segments: number;
    readonly segmentBytes: number;
    readonly excluded: number;
  };
  readonly indexes: readonly IndexPart[];
  readonly volumes: readonly ManifestVolume[];
  /** Lists of what does not travel and why (`storeLines`), or summaries of it. */
  readonly excluded: readonly StoredRef[];
  /** What the objects depend on outside of the recovery point. */
  readonly dependencies: readonly StoredRef[];
  /** The recovery point before this one of the same scope; '' = none. */
  readonly previousId: string;
}

export interface Manifest extends RecoveryPointContent {
  readonly format: typeof manifestFormat;
  readonly formatMajor: number;
  readonly formatMinor: number;
}

const count = z.int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/u);
const storedKey = z.string().regex(/^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\\]{1,900}$/u);
const ref = z.object({ key: storedKey, sha256: digest, sizeBytes: count });

/** Checks the fields this version knows and drops the others: fields may be added within a major version. */
const schema: z.ZodType<Manifest> = z.object({
  format: z.literal(manifestFormat),
  formatMajor: count,
  formatMinor: count,
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  landfallVersion: z.string(),
  source: z.object({ cluster: z.string(), uid: z.string(), gitVersion: z.string(), platform: z.string() }),
  scope: z.object({
    namespaces: z.array(z.string()),
    excludeNamespaces: z.array(z.string()),
    kinds: z.array(z.string()),
    excludeKinds: z.array(z.string()),
    labelSelector: z.string(),
    clusterScoped: z.enum(['dependencies', 'none']),
  }),
  lists: z.array(
    z.object({
      group: z.string(),
      version: z.string(),
      kind: z.string(),
      plural: z.string(),
      namespaced: z.boolean(),
      namespace: z.string(),
      resourceVersion: z.string(),
    })
  ),
  counts: z.object({ objects: count, rawBytes: count, segments: count, segmentBytes: count, excluded: count }),
  indexes: z.array(z.object({ ref, objects: count, firstKey: z.string(), lastKey: z.string() })),
  volumes: z.array(
    z.object({
      claim: z.string(),
      class: z.string(),
      size: z.string(),
      snapshotId: z.string(),
      metadataSnapshotId: z.string(),
      treeSha256: z.string(),
      bytes: count,
      files: count,
      excluded: count,
      dataAsOf: z.iso.datetime(),
    })
  ),
  excluded: z.array(ref),
  dependencies: z.array(ref),
  previousId: z.string(),
});

/** What a manifest starts with; the 64 digits that follow are the hash of the whole with zeros in their place. */
const start = '{\n  "sha256": "';
const zeros = '0'.repeat(64);

/** The bytes of a manifest: indented JSON whose first field is a hash over all of it. */
export function encodeManifest(content: RecoveryPointContent): Uint8Array {
  const manifest: Manifest = {
    format: manifestFormat,
    formatMajor: manifestMajor,
    formatMinor: manifestMinor,
    ...content,
  };
  const text = `${JSON.stringify({ sha256: zeros, ...manifest }, null, 2)}\n`;
  return Buffer.from(text.replace(zeros, sha256Of(text)));
}

/**
 * Reads a manifest: its hash first, then its version (FORMAT_TOO_NEW before anything else is understood), then its
 * fields. `id` is the one in the key: a manifest that was moved to another key is refused.
 */
export function decodeManifest(key: string, id: string, bytes: Uint8Array): Manifest {
  const text = Buffer.from(bytes).toString('utf8');
  const digits = text.slice(start.length, start.length + zeros.length);
  const zeroed = start + zeros + text.slice(start.length + zeros.length);
  const intact = text.startsWith(start) && sha256Of(zeroed) === digits && Buffer.byteLength(text) === bytes.byteLength;
  if (!intact) throw corruptContainer(key, 'the manifest does not have the SHA-256 it states');
  const value = parseText(key, text);
  refuseNewer(key, value);
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw corruptContainer(key, `the manifest lacks ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  if (parsed.data.id !== id) throw corruptContainer(key, `it is the manifest of ${parsed.data.id}`);
  return parsed.data;
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
  if (typeof major !== 'number' || major <= manifestMajor) return;
  throw new LandfallError('FORMAT_TOO_NEW', {
    what: `${key} has format ${major}; this Landfall knows ${manifestMajor}`,
    ref: key,
  });
}
