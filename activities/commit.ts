import type { StoredCapture } from '../src/archive/captured-content.ts';
import { commitRecoveryPoint as commit } from '../src/archive/recovery-point.ts';
import { loadJson, runFolder, storeJson } from '../src/archive/run-objects.ts';
import { usePoint } from '../src/archive/use-point.ts';
import { pointOfRun } from '../src/core/identity/names.ts';
import type { StoredRef } from '../src/core/stored-ref.ts';
import { loadVolumes } from '../src/services/volumes/stored-volumes.ts';
import { storedProfiles } from '../src/services/planning/translation.ts';
import type { ClusterFacts, PreflightResult } from '../src/core/preflight/contract.ts';
import type { ClaimMove } from '../src/core/volumes/contract.ts';
import type { Session } from '../src/services/session.ts';

export interface CommitRequest {
  readonly capture: StoredRef;
  readonly volumes: readonly StoredRef[];
  readonly preflight: PreflightResult;
  /** When the run began: the workflow's time, so that a repeat writes the same bytes. */
  readonly createdAt: string;
}

/**
 * Makes the recovery point exist: the manifest is written last and read back. Idempotent. From here on the capture can
 * be restored without this run, without Temporal and without the source.
 */
export async function commitRecoveryPoint(
  session: Session<never>,
  request: CommitRequest,
  planned: readonly ClaimMove[]
): Promise<StoredRef> {
  const { spec, location, runId } = session;
  const { part, index } = await loadJson<StoredCapture>(location, request.capture);
  // Whatever this worker renewed before: no manifest for a point that was marked while the run slept.
  await usePoint(location, { point: pointOfRun(runId), run: runId });
  const dependencies = await storeJson(runFolder(session, 'dependencies'), part.dependencies);
  const volumes = await loadVolumes(location, request.volumes);
  const { source } = request.preflight;
  const claims = new Map(planned.map((claim) => [`${claim.namespace}/${claim.name}`, claim]));
  return commit(location, {
    id: pointOfRun(runId),
    name: spec.name,
    createdAt: request.createdAt,
    landfallVersion: session.version,
    ...(spec.protection && { protection: spec.protection }),
    source: {
      cluster: spec.source.name,
      platform: await sourcePlatform(session, source),
      uid: source.uid,
      gitVersion: source.gitVersion,
    },
    scope: spec.scope,
    lists: part.lists.map(({ resource, namespace, resourceVersion }) => ({
      group: resource.group,
      version: resource.version,
      kind: resource.kind,
      plural: resource.plural,
      namespaced: resource.namespaced,
      namespace,
      resourceVersion,
    })),
    counts: {
      objects: index.objects,
      rawBytes: index.rawBytes,
      segments: index.segments,
      segmentBytes: index.segmentBytes,
      excluded: part.excludedCount,
    },
    indexes: index.parts,
    ...(index.contents && { contents: index.contents }),
    volumes: volumes.map(({ namespace, name, ...volume }) => ({
      claim: `${namespace}/${name}`,
      class: claims.get(`${namespace}/${name}`)?.sourceClass ?? '',
      size: claims.get(`${namespace}/${name}`)?.size ?? '',
      snapshotId: volume.snapshotId,
      metadataSnapshotId: volume.metadataSnapshotId,
      treeSha256: volume.treeSha256,
      bytes: volume.sizeBytes,
      files: volume.files,
      excluded: volume.excluded,
      dataAsOf: volume.dataAsOf ?? request.createdAt,
    })),
    excluded: part.excludedRefs,
    dependencies: [dependencies],
  });
}

async function sourcePlatform(session: Session<never>, { platform: found }: ClusterFacts): Promise<string> {
  if (found !== undefined) return found;
  const { platform } = session.spec.source;
  if (platform !== 'detect') return platform;
  return (await storedProfiles(session))?.source.platform ?? 'generic';
}
