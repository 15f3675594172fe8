import pMap from 'p-map';
import type { IndexEntry } from '../src/archive/entry.ts';
import { segmentRefOf } from '../src/archive/entry.ts';
import { checkChain } from '../src/archive/point-trust.ts';
import { openRecoveryPoint, type RecoveryPoint } from '../src/archive/recovery-point.ts';
import { runFolder, storeJson } from '../src/archive/run-objects.ts';
import { usePoint } from '../src/archive/use-point.ts';
import type { CaptureKind, CaptureSelection } from '../src/core/capture/capture-kinds.ts';
import type { OpenedPoint } from '../src/core/capture/opened-point.ts';
import { isLandfallError, LandfallError } from '../src/core/errors.ts';
import type { Finding } from '../src/core/run/events.ts';
import type { Manifest } from '../src/archive/manifest.ts';
import type { Location } from '../src/ports/location.ts';
import { limits } from '../src/core/limits.ts';
import { groupResource } from '../src/core/resource.ts';
import { decideRestored, isNarrowed } from '../src/core/select/decide-restored.ts';
import type { PointSpec } from '../src/core/spec/spec.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import type { ClaimName, UploadedVolume } from '../src/core/volumes/contract.ts';
import { resourceOf } from '../src/services/capture/stored-capture.ts';
import type { Progress } from '../src/services/progress.ts';
import type { Session } from '../src/services/session.ts';

/** Missing contents named in the error; the number is whole. */
const namesMax = 3;

/**
 * Opens the recovery point of a restore: says that the run uses it, reads manifest and index, and looks whether every content
 * is there with its size, so that nothing is restored in part. Throws STORED_OBJECT_*, KEY_*, POINT_*, RECOVERY_POINT_DELETED, and
 * RECOVERY_POINT_EMPTY where the scope of the restore takes nothing of it. Idempotent.
 */
export async function openPoint(session: Session<never>, progress: Progress): Promise<OpenedPoint> {
  const { location, spec } = session;
  const { signal } = progress;
  const chosen = pointOf(session);
  await usePoint(location, { point: chosen.id, run: session.runId }, { signal });
  progress.update({ note: `recovery point ${chosen.id}` });
  const point = await openRecoveryPoint(location, chosen.id, { signal, expected: chosen });
  const { manifest } = point;
  const findings = await chainFindings(location, manifest, signal);
  const found = await lookThrough(session, { point, chosen }, progress);
  await refuseMissing(session, { ...found, id: chosen.id }, signal);
  if (found.restored === 0) {
    throw new LandfallError('RECOVERY_POINT_EMPTY', {
      what: `the scope of the restore takes none of the ${manifest.counts.objects} objects of recovery point ${chosen.id}`,
      ref: chosen.id,
    });
  }
  const selection: CaptureSelection = {
    kinds: found.kinds,
    sourceResources: found.kinds.map(({ resource }) => resource),
    clusterKinds: [],
    namespaces: found.namespaces,
    excludedNamespaces: {},
  };
  return {
    captured: {
      capture: point.ref,
      objects: manifest.counts.objects,
      excluded: manifest.counts.excluded,
      storedBytes: manifest.counts.segmentBytes,
    },
    source: { uid: manifest.source.uid, gitVersion: manifest.source.gitVersion },
    kinds: await storeJson(runFolder(session, 'kinds'), selection, { signal }),
    kindCount: found.kinds.length,
    createdAt: manifest.createdAt,
    volumes: spec.volumes.mode === 'none' ? 0 : manifest.volumes.length,
    findings,
  };
}

/**
 * A point whose predecessor is gone or was exchanged is a blocker, which somebody may accept by name: the predecessor may have been
 * lost by accident, and this point is whole and signed all the same.
 */
async function chainFindings(location: Location, manifest: Manifest, signal: AbortSignal): Promise<readonly Finding[]> {
  try {
    await checkChain(location, manifest, { signal });
    return [];
  } catch (error) {
    if (!isLandfallError(error, 'POINT_ROLLED_BACK')) throw error;
    const { code, what, why = '', fix } = error.detail;
    const subject = `recovery point ${manifest.id}`;
    return [{ code, severity: 'blocker', subject, message: `${what}: ${why}`, remedy: fix }];
  }
}

/** The point of a restore. Throws INTERNAL for another kind of run. */
export function pointOf({ spec, runId }: Pick<Session<never>, 'spec' | 'runId'>): PointSpec {
  if (spec.point === undefined) throw new LandfallError('INTERNAL', { what: `run ${runId} has no recovery point` });
  return spec.point;
}

interface Looked {
  readonly kinds: readonly CaptureKind[];
  readonly namespaces: readonly string[];
  readonly restored: number;
  readonly contents: readonly StoredRef[];
}

/** One pass over the index: what is restored, and every content the point needs. */
async function lookThrough(
  { spec }: Session<never>,
  { point, chosen }: { readonly point: RecoveryPoint; readonly chosen: PointSpec },
  progress: Progress
): Promise<Looked> {
  const kinds = new Map<string, { readonly entry: IndexEntry; readonly namespaces: Set<string> }>();
  const namespaces = new Set<string>();
  const segments = new Map<string, StoredRef>();
  const { manifest } = point;
  progress.update({ unit: 'objects', total: manifest.counts.objects });
  let done = 0;
  let restored = 0;
  const narrowed = isNarrowed({ scope: spec.scope, point: chosen });
  for await (const entry of point.readIndex({ signal: progress.signal })) {
    if (++done % limits.batchObjects === 0) progress.update({ done });
    const ref = segmentRefOf(entry);
    segments.set(ref.key, ref);
    const { namespace, name } = entry;
    if (!decideRestored({ resource: entry, namespace, name }, { scope: spec.scope, point: chosen }).in) continue;
    const isNamespace = entry.group === '' && entry.kind === 'Namespace';
    if (!isNamespace || !narrowed) restored += 1;
    if (namespace !== '') namespaces.add(namespace);
    const key = groupResource(entry);
    const kind = kinds.get(key) ?? { entry, namespaces: new Set() };
    kinds.set(key, kind);
    kind.namespaces.add(namespace);
  }
  progress.update({ done });
  return {
    restored,
    kinds: [...kinds.values()].map(({ entry, namespaces: of }) => ({
      resource: resourceOf(entry),
      namespaces: [...of].sort(),
      servedByTarget: true,
    })),
    namespaces: [...namespaces].sort(),
    contents: [...segments.values(), ...manifest.excluded, ...manifest.dependencies],
  };
}

/** A content that is missing means objects that would be missing: all of them are counted before anything is written. */
async function refuseMissing(
  { location }: Session<never>,
  { contents, id }: Looked & { readonly id: string },
  signal: AbortSignal
): Promise<void> {
  const problems = await pMap(
    contents,
    async ({ key, sizeBytes }) => {
      const stored = await location.head(key, { signal });
      if (stored === undefined) return [key];
      return stored.sizeBytes === sizeBytes ? [] : [`${key} (${stored.sizeBytes} bytes instead of ${sizeBytes})`];
    },
    { concurrency: limits.parallelSegments, signal }
  );
  const missing = problems.flat();
  const [first] = missing;
  if (first === undefined) return;
  const more = missing.length > namesMax ? ` and ${missing.length - namesMax} more` : '';
  throw new LandfallError('STORED_OBJECT_MISSING', {
    what: `${missing.length} of ${contents.length} contents of recovery point ${id} are missing or damaged in Location ${location.name}: ${missing.slice(0, namesMax).join(', ')}${more}`,
    why: 'a restore from here would hold less than the recovery point; nothing was written to the target',
    ref: first,
  });
}

/** A claim's data as the recovery point of the run holds it. Throws INTERNAL for a claim that it has no data of. */
export async function volumeOfPoint(
  session: Session<never>,
  { namespace, name }: ClaimName,
  signal: AbortSignal
): Promise<UploadedVolume> {
  const chosen = pointOf(session);
  const { manifest } = await openRecoveryPoint(session.location, chosen.id, { signal, expected: chosen });
  const stored = manifest.volumes.find(({ claim }) => claim === `${namespace}/${name}`);
  if (stored === undefined) {
    throw new LandfallError('INTERNAL', { what: `recovery point ${chosen.id} has no data of ${namespace}/${name}` });
  }
  const { snapshotId, metadataSnapshotId, treeSha256, files, bytes, excluded, dataAsOf } = stored;
  return {
    ...{ namespace, name, snapshotId, metadataSnapshotId, treeSha256, files },
    ...{ sizeBytes: bytes, transferredBytes: bytes, excluded, dataAsOf },
  };
}
