import { isLandfallError, LandfallError } from '../core/errors.ts';
import type { ListedObject, Location, StoreOptions } from '../ports/location.ts';
import { wasLeftBehind } from './copied-point.ts';
import { manifestKey, pointIdOf, pointMarkKey, pointPartOf, pointsPrefix } from './layout.ts';
import { decodeManifest } from './manifest-bytes.ts';
import type { PreviousPoint, PublicManifest } from './manifest.ts';
import { readUnlessMissing, sha256Of } from './stored.ts';

/**
 * Refuses a recovery point that the signer of its Location has not signed: POINT_UNSIGNED, POINT_SIGNER_FOREIGN. A process to
 * which nobody says whose signatures count accepts any here; it can open none, since the key is refused for the same reason.
 */
export async function checkSigner(
  location: Location,
  { id, signer }: Pick<PublicManifest, 'id' | 'signer'>
): Promise<void> {
  const { seal } = location;
  if (seal === undefined) return;
  const ref = manifestKey(id);
  if (signer === undefined) {
    const what = `recovery point ${id} in Location ${location.name} is not signed`;
    throw new LandfallError('POINT_UNSIGNED', { what, ref });
  }
  const trusted = await seal.trusted();
  if (trusted.signer === undefined || trusted.signer === signer) return;
  throw new LandfallError('POINT_SIGNER_FOREIGN', {
    what: `recovery point ${id} in Location ${location.name} is signed by ${signer}`,
    why: `the signer of the Location is ${trusted.signer}`,
    ref,
  });
}

/**
 * The newest point of the Location, which the next one names with its hash. Marked points are passed over, and those that are
 * damaged or that somebody else has signed.
 */
export async function findPrevious(
  location: Location,
  id: string,
  options: StoreOptions
): Promise<PreviousPoint | undefined> {
  const manifests: ListedObject[] = [];
  const marked = new Set<string>();
  for await (const object of location.list(pointsPrefix, options)) {
    const part = pointPartOf(object.key);
    if (part === undefined || !('part' in part)) continue;
    if (part.part === 'mark') marked.add(part.id);
    else if (part.id !== id) manifests.push(object);
  }
  for (const { key } of manifests.toSorted(newestFirst)) {
    const candidate = pointIdOf(key) ?? '';
    if (marked.has(candidate)) continue;
    const sha256 = await hashOfManifest(location, candidate, options);
    if (sha256 !== undefined) return { id: candidate, sha256 };
  }
  return undefined;
}

function newestFirst(left: ListedObject, right: ListedObject): number {
  return right.modifiedAtMs - left.modifiedAtMs || (left.key < right.key ? 1 : -1);
}

async function hashOfManifest(location: Location, id: string, options: StoreOptions): Promise<string | undefined> {
  try {
    const bytes = await location.read(manifestKey(id), options);
    await checkSigner(location, decodeManifest(manifestKey(id), id, bytes));
    return sha256Of(bytes);
  } catch (error) {
    if (isIntegrityError(error)) return undefined;
    throw error;
  }
}

/**
 * Refuses a signed point whose predecessor was exchanged, or is gone although nobody has deleted it: POINT_ROLLED_BACK. A deleted
 * point has left its mark, which stays for ever, and a copy says which point was not copied before it.
 */
export async function checkChain(
  location: Location,
  { id, previous, signer }: Pick<PublicManifest, 'id' | 'previous' | 'signer'>,
  options: StoreOptions = {}
): Promise<void> {
  if (previous === undefined || signer === undefined) return;
  const key = manifestKey(previous.id);
  const found = await readUnlessMissing(location, key, options);
  if (found !== undefined && sha256Of(found) === previous.sha256) return;
  if (found === undefined && (await location.head(pointMarkKey(previous.id), options)) !== undefined) return;
  if (found === undefined && (await wasLeftBehind(location, { id, previous }, options))) return;
  throw new LandfallError('POINT_ROLLED_BACK', {
    what: `recovery point ${id} in Location ${location.name} follows ${previous.id}, which ${found === undefined ? 'is missing' : 'is another one now'}`,
    why:
      found === undefined
        ? 'no mark says that it was deleted'
        : `its manifest does not have the SHA-256 ${previous.sha256}`,
    ref: key,
  });
}

const pointErrors = ['POINT_UNSIGNED', 'POINT_SIGNER_FOREIGN', 'POINT_ALTERED', 'POINT_ROLLED_BACK'] as const;

/** True for an error that says something about what is stored, and not about the way there. */
export function isIntegrityError(error: unknown): error is LandfallError {
  return isLandfallError(
    error,
    ...['STORED_OBJECT_CORRUPT' as const, 'STORED_OBJECT_MISSING' as const, 'FORMAT_TOO_NEW' as const],
    ...pointErrors
  );
}
