import type { GcsLocationSpec } from '../../core/spec/spec.ts';

/** The address of the JSON API. */
export function gcsUrl({ endpoint }: Pick<GcsLocationSpec, 'endpoint'>): URL {
  return new URL((endpoint ?? 'https://storage.googleapis.com').replace(/\/+$/u, ''));
}
