import { z } from 'zod';
import { resolvePath } from '../../../config/paths.ts';
import type { S3LocationSpec } from '../../../core/spec/spec.ts';
import type { ProviderForm } from '../provider-form.ts';
import { LockAtCommit, resolveLock } from '../lock.ts';
import { resolveS3Credentials, s3Contradictions, s3Credentials } from './s3-credentials.ts';
import { accessOf, resolveAccess, rungContradictions } from '../access.ts';
import { caFile, endpoint, everyLocation, podProxy, prefix } from '../words.ts';

const schema = z.strictObject({
  provider: z.literal('s3').describe('Amazon S3 or an S3-compatible server'),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket')
    .describe('Bucket; it must exist'),
  prefix,
  region: z
    .string()
    .max(64)
    .regex(/^[a-z0-9-]+$/, 'the name of a region')
    .default('us-east-1')
    .describe('Region of the bucket'),
  endpoint: endpoint.describe('Address of an S3-compatible server; absent = AWS; without a path where volumes move'),
  forcePathStyle: z
    .boolean()
    .exactOptional()
    .describe('Path-style addressing (bucket in the path instead of the host name); default: true with an endpoint'),
  checksums: z
    .enum(['always', 'required'])
    .exactOptional()
    .describe('Which writes have an S3 checksum header; default: always with AWS, otherwise only where S3 requires it'),
  caFile,
  podProxy,
  credentials: s3Credentials.exactOptional(),
  access: accessOf({ credentials: s3Credentials.exactOptional() }),
  lock: LockAtCommit,
  ...everyLocation,
});

/** `provider: s3`. */
export const s3Form: ProviderForm<typeof schema, S3LocationSpec> = {
  schema,
  secretKeys: [],
  contradictions: ({ credentials, access = [] }) => [
    ...s3Contradictions(credentials, ['credentials']),
    ...rungContradictions(access),
    ...access.flatMap((rung, index) => s3Contradictions(rung.credentials, ['access', index, 'credentials'])),
  ],
  resolve({ credentials, access, caFile: ca, forcePathStyle, lock, repositoryPassword: _, ...written }, folder) {
    return {
      ...written,
      ...resolveAccess(access, (rung) => rung.credentials && resolveS3Credentials(rung.credentials, folder)),
      ...(credentials && { credentials: resolveS3Credentials(credentials, folder) }),
      ...(ca === undefined ? {} : { caFile: resolvePath(ca, folder) }),
      ...(lock && { lock: resolveLock(lock) }),
      forcePathStyle: forcePathStyle ?? written.endpoint !== undefined,
    };
  },
  /** kopia takes a host and a port only; with the path cut off it would write to another store, or to none. */
  volumes(written, { location, run }) {
    const path = written.endpoint === undefined ? '/' : new URL(written.endpoint).pathname;
    if (path === '/') return [];
    const what = `has the path ${path}, and ${run.value.kind}/${run.value.metadata.name} moves volumes through this location with kopia, which takes a host and a port only`;
    const hint = 'use an endpoint without a path, or set volumes.mode: none';
    return [{ document: location, path: ['spec', 'endpoint'], what, hint }];
  },
};
