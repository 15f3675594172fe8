import type { LocationSpec } from '../core/spec/spec.ts';
import type { Location } from '../ports/location.ts';
import type { FollowRequest } from '../ports/remote.ts';
import { noFailpoints, type Failpoints } from '../ports/failpoints.ts';
import { createContentSeal } from '../crypto/content-seal.ts';
import { LandfallError } from '../core/errors.ts';
import { resolveSecret } from '../host/secret-source.ts';
import { openProvider } from './registry.ts';
import { remoteOf } from './remote-of.ts';
import { withCount, type LocationCounts } from './with-count.ts';
import { withHeadReason } from './with-head-reason.ts';
import { withLadder, type RungChange } from './with-ladder.ts';
import { withLimit } from './with-limit.ts';
import { withReadOnly } from './with-read-only.ts';
import { withRetry, type LocationRetry, type RetryOptions } from './with-retry.ts';
import { withFailpoints } from './with-failpoints.ts';
import { withSeal } from './with-seal.ts';

export interface OpenLocationOptions {
  readonly failpoints?: Failpoints;
  readonly onRetry?: (retry: LocationRetry) => void;
  /** What the location is in this run: the first word of its effects (`location.create`). */
  readonly role?: string;
  /** Added to by every request, retries included. */
  readonly counts?: LocationCounts;
  /** Requests at the same time. */
  readonly parallel?: number;
  readonly retry?: Omit<RetryOptions, 'onRetry' | 'follow'>;
  /** Informed when a rung of `access` takes the place of one that is refused. */
  readonly onRungChange?: (change: RungChange) => void;
  /** Informed of every call: whether it is answered. */
  readonly followRequest?: FollowRequest;
}

/**
 * Opens a Location as the rest of Landfall uses it. From the store outwards: reasons, failpoints, counts, limit, retries, and the
 * refusal of writes distinguished, and the seal. The limit is inside the retries, so that a call that pauses holds no place. Opening
 * reads credentials and, of a filesystem, looks whether the root is there; it writes nothing. The key of an encrypted Location is
 * opened when content is first read or written. Throws CONFIG_INVALID for a Location that does not say whether it is encrypted.
 */
export async function openLocation(spec: LocationSpec, options: OpenLocationOptions = {}): Promise<Location> {
  checkEncryption(spec);
  const provider = await withLadder(spec, {
    open: openProvider,
    ...(options.onRungChange && { onChange: options.onRungChange }),
  });
  const effects = withFailpoints(withHeadReason(provider), options.failpoints ?? noFailpoints, options.role);
  const counted = options.counts === undefined ? effects : withCount(effects, options.counts);
  const limited = withLimit(counted, options.parallel ?? 16);
  const retried = withRetry(limited, {
    ...options.retry,
    ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
    ...(options.followRequest === undefined
      ? {}
      : { follow: { remote: remoteOf(spec), request: options.followRequest } }),
  });
  const opened = withReadOnly(retried);
  const { encryption } = spec;
  return encryption === 'none' ? opened : withSeal(opened, createContentSeal(opened, encryption, { resolveSecret }));
}

/** The compiler holds it for this Landfall; a specification may come from another one. */
function checkEncryption({ name, encryption }: { readonly name: string; readonly encryption?: unknown }): void {
  if (encryption !== undefined) return;
  throw new LandfallError('CONFIG_INVALID', {
    what: `Location ${name} does not say whether it is encrypted`,
    fix: 'set encryption of the Location to recipients and an identity, or to none',
    ref: name,
  });
}
