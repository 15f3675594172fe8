import { isSealed } from '../crypto/sealed-object.ts';
import { LandfallError } from '../core/errors.ts';
import type { ContentSeal } from '../ports/content-seal.ts';
import type { Location } from '../ports/location.ts';

/**
 * What may lie in clear in a Location whose content is sealed: when points were made and used, who sweeps, the public side of the
 * key, scratch of probes, lists of hashes. No name of an object and nothing of a cluster is in any of it.
 */
const publicKeys = [
  /^points\/[^/]+\/(?:deleted|copied|lock|uses\/[^/]+)\.json$/u,
  /^points\/[-~][0-9a-f-]{36}$/u,
  /^objects\/contents\/[0-9a-f]{64}$/u,
  /^(?:sweeps|keys|probe)\//u,
  // Blobs that kopia has encrypted, with a password that follows from the same key: they are copied as they are.
  /^volumes\/[^/]+$/u,
  /^volumes-copied\/[0-9a-f]{64}$/u,
];
const manifest = /^points\/[^/]+\/manifest\.json$/u;
/** Records of a process without a key: it knows nothing that is secret. */
const pointRuns = /^point-runs\//u;

/**
 * Gives a Location its seal, and refuses to write whatever is not sealed (INTERNAL): nothing leaves this process in clear, whoever
 * forgot what. The outermost decorator.
 */
export function withSeal(inner: Location, seal: ContentSeal): Location {
  const check = (key: string, bytes: Uint8Array): void => {
    if (mayBeStored(key, bytes, seal)) return;
    throw new LandfallError('INTERNAL', {
      what: `${key} was about to be written to Location ${inner.name} in clear`,
      why: 'everything in this Location is encrypted, but for what decision 0033 lists',
      ref: key,
    });
  };
  return {
    ...inner,
    seal,
    async create(key, bytes, options) {
      check(key, bytes);
      return inner.create(key, bytes, options);
    },
    async put(key, bytes, options) {
      check(key, bytes);
      return inner.put(key, bytes, options);
    },
  };
}

function mayBeStored(key: string, bytes: Uint8Array, seal: ContentSeal): boolean {
  if (isSealed(bytes) || publicKeys.some((pattern) => pattern.test(key))) return true;
  // The part of a manifest that says what is in the point is in `sealed`; `detail` would be the same in clear.
  if (manifest.test(key)) return /^ {2}"sealed": "/mu.test(Buffer.from(bytes).toString('utf8')) && !hasDetail(bytes);
  return pointRuns.test(key) && !seal.hasIdentity;
}

function hasDetail(bytes: Uint8Array): boolean {
  return /^ {2}"detail": /mu.test(Buffer.from(bytes).toString('utf8'));
}
