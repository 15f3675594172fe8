import type { S3LocationSpec } from '../../core/spec/spec.ts';

/** The address that requests go to: host names of buckets are below it. */
export function s3Url({ endpoint, region }: Pick<S3LocationSpec, 'endpoint' | 'region'>): URL {
  return new URL(endpoint ?? `https://s3.${region}.amazonaws.com`);
}
