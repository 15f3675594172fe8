import { loadJson } from '../src/archive/run-objects.ts';
import type { CaptureSelection } from '../src/core/capture/capture-kinds.ts';
import type { OpenedPoint } from '../src/core/capture/opened-point.ts';
import type { PreflightResult } from '../src/core/preflight/contract.ts';
import { assessClocks, assessPermissions } from '../src/core/preflight/preflight.ts';
import { isLandfallError } from '../src/core/errors.ts';
import type { Finding } from '../src/core/run/events.ts';
import type { RunSpec } from '../src/core/spec/spec.ts';
import { resolveSecret } from '../src/host/secret-source.ts';
import { providerOf } from '../src/locations/registry.ts';
import { defaultS3Credentials } from '../src/locations/s3/default-credentials.ts';
import { repositoryConnection, repositoryPassword } from '../src/movers/kopia/connection.ts';
import { probeLocation } from '../src/locations/probe.ts';
import type { Asking } from '../src/saga/permissions.ts';
import { findPreflightWebhooks } from '../src/services/admission/webhook-reaches.ts';
import { applicationKinds } from '../src/services/objects/application-lists.ts';
import type { Progress } from '../src/services/progress.ts';
import type { Session } from '../src/services/session.ts';
import { discoverPatiently, namesOf } from '../src/services/preflight/look.ts';
import { judgeFindings } from '../src/services/preflight/preflight-findings.ts';
import { locationFinding, volumeAccess } from '../src/services/preflight/volume-access.ts';
import { askPermissions, findNewNamespaces } from './permissions.ts';
import { targetFindings } from './preflight.ts';
import { keyFindings } from '../src/services/preflight/key-findings.ts';
import { firstContact } from './runtime/failures.ts';

interface TargetRequest {
  readonly point: OpenedPoint;
  readonly asking: Asking;
  readonly today: string;
}

/**
 * Looks before a restore touches anything: who the target is, what it serves, what this user may do there, whether the Location
 * works and pods can reach it. The cluster that was captured is not asked. Changes nothing it does not remove again. Idempotent.
 */
export async function preflightTarget(
  session: Session<'target'>,
  progress: Progress,
  { point, asking, today }: TargetRequest
): Promise<PreflightResult> {
  const { target, spec, location } = session;
  const { signal } = progress;
  progress.update({ note: 'cluster and location' });
  const facts = await firstContact(target.identity({ signal, brief: true }));
  // Afterwards: the probe writes a key that it has to come to remove, whatever else goes wrong.
  const problems = await probeLocation(location, { owner: session.runId, signal });
  progress.update({ note: 'kinds' });
  const served = await discoverPatiently(target, signal);
  const plan = await loadJson<CaptureSelection>(location, point.kinds, { signal });
  const webhooks = await findPreflightWebhooks(session, signal);
  const hasClaims = point.volumes > 0;
  const scoped = {
    ...{ spec, plan, hasClaims },
    newNamespaces: spec.dryRun && (await findNewNamespaces(session, plan.namespaces, signal)),
    any: applicationKinds(served.resources),
    served: { source: new Set<string>(), target: namesOf(served) },
  };
  const found = [
    ...assessClocks([[target.name, facts]]),
    ...point.findings,
    ...problems.map(locationFinding),
    ...(await keyFindings(location, spec.location)),
    ...targetFindings(target.name, served),
    ...(hasClaims && !spec.dryRun ? await repositoryAccess(spec) : []),
    ...webhooks.findings,
    ...assessPermissions(
      await askPermissions({ source: undefined, target }, { asking, scoped, canAskTarget: webhooks.canAsk, progress })
    ),
  ];
  return {
    source: point.source,
    target: { uid: facts.uid, gitVersion: facts.gitVersion },
    kinds: point.kinds,
    kindCount: point.kindCount,
    ...(await judgeFindings(session, found, { today, signal })),
  };
}

/** What filling volumes needs of the Location and of this worker. A file says nothing of it: its point may hold no volumes. */
async function repositoryAccess({ location }: Pick<RunSpec, 'location'>): Promise<readonly Finding[]> {
  // Of a Location that is encrypted the password follows from its key.
  const hasPassword = location.encryption !== 'none' || location.repositoryPassword !== undefined;
  if (providerOf(location).pods !== undefined && hasPassword) return volumeAccess({ location });
  try {
    await repositoryConnection({ location, resolveSecret, defaultS3Credentials });
    await repositoryPassword(location, resolveSecret);
    return [];
  } catch (error) {
    if (isLandfallError(error)) return [locationFinding(error.detail)];
    throw error;
  }
}
