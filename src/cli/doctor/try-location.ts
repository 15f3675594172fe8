import { listPointFacts } from '../../archive/point-facts.ts';
import { readPoint } from '../../archive/recovery-point.ts';
import { copiesOf, rungsOf, type Rung } from '../../core/access/rungs.ts';
import type { AccessEnd, TriedSubject, TriedWay } from '../../core/access/verdict.ts';
import { errorDetail, isLandfallError, type ErrorDetail } from '../../core/errors.ts';
import type { LocationSpec } from '../../core/spec/spec.ts';
import { openLocation } from '../../locations/open-location.ts';
import { providerOf } from '../../locations/registry.ts';
import { briefRetry } from '../../locations/with-retry.ts';
import { checkKey } from '../location-keys/check.ts';
import { withKeys } from '../location-keys/open.ts';

/**
 * Tries every rung of a Location with a read a restore begins with: a list of the recovery points, the manifest of the newest, and,
 * where an identity is given, the key and one object that is decrypted. Changes nothing; what fails is in the result.
 */
export async function tryLocation(spec: LocationSpec, all: readonly LocationSpec[]): Promise<TriedSubject> {
  const own = rungsOf(spec);
  const copies = copiesOf(spec).flatMap(({ name, location }): Rung[] => {
    const copy = all.find((other) => other.name === location);
    // The copy's own further rungs are shown with the copy.
    const first = copy === undefined ? undefined : rungsOf(copy)[0];
    return first === undefined ? [] : [{ ...first, name }];
  });
  const ways: TriedWay[] = [];
  for (const rung of [...own, ...copies]) ways.push(await tryRung(rung));
  return { kind: 'Location', name: spec.name, ways };
}

async function tryRung({ name, spec }: Rung): Promise<TriedWay> {
  const provider = providerOf(spec);
  const { identity, issuer, place } = provider.access(spec);
  const common = { name, identity, provider: issuer, place };
  const [ends, outcome] = await Promise.all([endsOf(spec), readThrough(spec)]);
  return 'read' in outcome ? { ...common, ...outcome, ends } : { ...common, problem: outcome, ends };
}

/** What ends by itself. A file that cannot be read is reported by the read. */
async function endsOf(spec: LocationSpec): Promise<readonly AccessEnd[]> {
  const provider = providerOf(spec);
  const at = await provider.credentialsEnd(spec).catch(() => undefined);
  return at === undefined ? [] : [{ what: provider.access(spec).identity, at }];
}

async function readThrough(spec: LocationSpec): Promise<Reading | ErrorDetail> {
  try {
    const found = await readNewest(spec);
    const opened = await openContent(spec);
    return opened === undefined ? found : { ...found, read: opened };
  } catch (error) {
    if (isLandfallError(error)) return error.detail;
    return errorDetail('INTERNAL', { what: `the look at Location ${spec.name} was interrupted`, cause: error });
  }
}

/** What was read, in words, and the newest recovery point. */
type Reading = Required<Pick<TriedWay, 'read'>> & Pick<TriedWay, 'newest'>;

async function readNewest(spec: LocationSpec): Promise<Reading> {
  // Manifests are public: no key is asked for here.
  const location = await openLocation({ ...spec, encryption: 'none' }, { retry: briefRetry });
  try {
    const facts = (await listPointFacts(location)).filter(
      ({ committedAtMs, markedAtMs }) => committedAtMs !== undefined && markedAtMs === undefined
    );
    const newest = facts.toSorted((left, right) => (right.committedAtMs ?? 0) - (left.committedAtMs ?? 0))[0];
    if (newest === undefined) return { read: 'the list of recovery points, which is empty' };
    const { manifest } = await readPoint(location, newest.id);
    return { read: `the manifest of ${newest.id} of ${manifest.createdAt}`, newest: newest.id };
  } finally {
    await location.close();
  }
}

/** Undefined where nothing can be decrypted: in clear, without an identity, or without a key that was made. */
async function openContent(spec: LocationSpec): Promise<string | undefined> {
  if (spec.encryption === 'none' || spec.encryption.identity === undefined) return undefined;
  return withKeys(spec, async (opened) => {
    if ((await opened.seal.header()) === undefined) return undefined;
    const { point } = await checkKey(opened, undefined);
    if (point === undefined) return 'the list of recovery points, which is empty, and the key opens';
    const object = point.read === undefined ? 'it holds no object' : `decrypted ${point.read}`;
    return `the manifest of ${point.id} of ${point.createdAt}, and ${object}`;
  });
}
