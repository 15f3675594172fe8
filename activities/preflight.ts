import { assessIdentities, assessPermissions } from '../src/core/preflight/preflight.ts';
import type { Finding } from '../src/core/run/events.ts';
import { runFolder, storeJson } from '../src/archive/run-objects.ts';
import { probeLocation } from '../src/locations/probe.ts';
import type { Discovery } from '../src/ports/cluster.ts';
import { keyFindings } from '../src/services/preflight/key-findings.ts';
import { lockFindings } from '../src/services/preflight/lock-findings.ts';
import type { Asking } from '../src/saga/permissions.ts';
import { askPermissions, findClaims, findNewNamespaces } from './permissions.ts';
import { findPreflightWebhooks } from '../src/services/admission/webhook-reaches.ts';
import { firstContact } from './runtime/failures.ts';
import type { PreflightResult } from '../src/core/preflight/contract.ts';
import { discoverPatiently, lookAtScope, namesOf } from '../src/services/preflight/look.ts';
import { judgeFindings } from '../src/services/preflight/preflight-findings.ts';
import { locationFinding, volumeAccess } from '../src/services/preflight/volume-access.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { applicationKinds } from '../src/services/objects/application-lists.ts';

/**
 * Looks before anything is touched: who the clusters are, what both serve, which namespaces and kinds are in, what this
 * user may do, whether the location works. Changes nothing it does not remove again. Idempotent.
 */
export async function preflight(
  session: Session,
  progress: Progress,
  { today, asking = { kind: 'migrate' } }: { readonly today?: string; readonly asking?: Asking } = {}
): Promise<PreflightResult> {
  const { source, target, spec, location } = session;
  const { signal } = progress;
  progress.update({ note: 'clusters and location' });
  const [sourceFacts, targetFacts] = await Promise.all([
    firstContact(source.identity({ signal, brief: true })),
    firstContact(target.identity({ signal, brief: true })),
  ]);
  // Afterwards: the probe writes a key that it has to come to remove, whatever else goes wrong.
  const problems = await probeLocation(location, { owner: session.runId, signal });
  progress.update({ note: 'kinds' });
  const [served, targetServed] = await Promise.all([
    discoverPatiently(source, signal),
    discoverPatiently(target, signal),
  ]);
  const seen = await lookAtScope(session, { served, readers: targetServed }, signal);
  const { selection: plan, unseen } = seen;
  const webhooks = await findPreflightWebhooks(session, signal);
  const hasClaims = await findClaims(session, plan, signal);
  const scoped = {
    ...{ spec, plan, hasClaims },
    // Only a dry run asks in namespaces of its own.
    newNamespaces: spec.dryRun && (await findNewNamespaces(session, plan.namespaces, signal)),
    any: applicationKinds(targetServed.resources),
    served: { source: namesOf(served), target: namesOf(targetServed) },
  };
  const found: Finding[] = [
    ...assessIdentities(spec, sourceFacts, targetFacts),
    ...problems.map(locationFinding),
    ...(await keyFindings(location, spec.location)),
    ...(await lockFindings(spec.location, signal)),
    ...seen.findings,
    ...targetFindings(target.name, targetServed),
    ...(hasClaims && spec.volumes.mode === 'move' ? await volumeAccess(spec) : []),
    ...webhooks.findings,
    ...assessPermissions(await askPermissions(session, { asking, scoped, canAskTarget: webhooks.canAsk, progress })),
  ];
  const [stored, judged] = await Promise.all([
    storeJson(runFolder(session, 'kinds'), plan, { signal }),
    judgeFindings(session, found, { today, signal }),
  ]);
  return {
    source: { uid: sourceFacts.uid, gitVersion: sourceFacts.gitVersion },
    target: { uid: targetFacts.uid, gitVersion: targetFacts.gitVersion },
    kinds: stored,
    kindCount: plan.kinds.length,
    ...judged,
    ...(unseen.length === 0 ? {} : { unseen }),
  };
}

/** Of the target nothing is missed unless the plan needs it, and then the kind is not served: a blocker of the plan. */
export function targetFindings(cluster: string, { failures }: Discovery): Finding[] {
  return failures.map(({ groupVersion, message }) => ({
    code: 'DISCOVERY_INCOMPLETE',
    severity: 'warning',
    subject: `${cluster}: ${groupVersion}`,
    message: `${message}: no objects of its kinds can be applied; the run stops if the plan has any`,
    remedy: 'repair the APIService, or exclude the group',
  }));
}
