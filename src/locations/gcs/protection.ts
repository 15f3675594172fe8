import type { GcsLocationSpec } from '../../core/spec/spec.ts';
import type { Protection } from '../../ports/protection.ts';
import { openGcsAccess } from './access.ts';
import { gcsError } from './gcs-error.ts';
import { askGcs } from './json-api.ts';

const timeoutMs = 15_000;
const daySeconds = 86_400;

/** What of a bucket is asked for (cloud.google.com/storage/docs/json_api/v1/buckets). */
interface Bucket {
  readonly versioning?: { readonly enabled?: boolean };
  /** Every object stays for this long, in seconds. */
  readonly retentionPolicy?: { readonly retentionPeriod?: string; readonly isLocked?: boolean };
  /** New objects stay until somebody releases them. */
  readonly defaultEventBasedHold?: boolean;
}

/**
 * Versions, and the retention that a bucket gives new objects by itself. That single objects may be locked (objectRetention)
 * locks none of them. Needs storage.buckets.get, which rights on objects alone do not include.
 */
export async function readGcsProtection(spec: GcsLocationSpec, signal: AbortSignal): Promise<Protection> {
  const access = await openGcsAccess(spec);
  try {
    const { bytes } = await askGcs(access, {
      method: 'GET',
      path: `/storage/v1/b/${encodeURIComponent(spec.bucket)}`,
      query: { fields: 'versioning,retentionPolicy,defaultEventBasedHold' },
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    return protectionOf(JSON.parse(bytes.toString('utf8')) as Bucket);
  } catch (error) {
    signal.throwIfAborted();
    const location = `${spec.name} (bucket ${spec.bucket})`;
    throw gcsError(error, { location, operation: 'read', key: 'its retention policy', route: access.text });
  } finally {
    access.close();
  }
}

function protectionOf({ versioning, retentionPolicy, defaultEventBasedHold }: Bucket): Protection {
  const versioned = versioning?.enabled === true;
  const seconds = Number(retentionPolicy?.retentionPeriod ?? 0);
  if (seconds > 0) {
    const mode = retentionPolicy?.isLocked === true ? 'a locked retention policy' : 'a retention policy';
    return { versioned, retention: { mode, days: Math.ceil(seconds / daySeconds) } };
  }
  if (defaultEventBasedHold === true) return { versioned, retention: { mode: 'an event-based hold', days: 0 } };
  return { versioned };
}
