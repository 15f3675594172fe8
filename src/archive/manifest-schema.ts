import { z } from 'zod';
import type { PointDetail } from './manifest.ts';

/* The fields of a manifest that this version knows; the others are dropped: fields may be added within a major version. */

const count = z.int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/u);
const storedKey = z.string().regex(/^(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\\]{1,900}$/u);
const ref = z.object({ key: storedKey, sha256: digest, sizeBytes: count });

/** What is for those alone who can open the point. */
export const detailSchema: z.ZodType<PointDetail> = z.object({
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
});

/** What everybody can read; one of `detail` and `sealed` is there, and a signer with the latter. */
export const manifestSchema = z.object({
  format: z.literal('landfall.dev/recovery-point'),
  formatMajor: z.literal(2),
  formatMinor: count,
  id: z.string(),
  name: z.string(),
  createdAt: z.iso.datetime(),
  landfallVersion: z.string(),
  protection: z.object({ policy: z.string(), tier: z.string() }).exactOptional(),
  line: digest,
  counts: z.object({
    objects: count,
    rawBytes: count,
    segments: count,
    segmentBytes: count,
    excluded: count,
    volumes: count,
    volumeBytes: count,
  }),
  contents: ref.exactOptional(),
  attached: z.array(ref),
  previous: z.object({ id: z.string(), sha256: digest }).exactOptional(),
  keyId: z
    .string()
    .regex(/^[0-9a-f]{32}$/u)
    .exactOptional(),
  signer: digest.exactOptional(),
  signature: z
    .string()
    .regex(/^[0-9a-f]{128}$/u)
    .exactOptional(),
  sealed: z.base64().exactOptional(),
  detail: detailSchema.exactOptional(),
});
