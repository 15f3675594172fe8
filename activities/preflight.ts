import type { PreflightResult } from '../src/core/migration/contract.ts';
import { chooseCaptureKinds } from '../src/core/migration/capture-kinds.ts';
import type { CapturePlan } from '../src/core/migration/capture-kinds.ts';
import { assessIdentities, assessPermissions, blockersOf, scopeNamespaces } from '../src/core/migration/preflight.ts';
import { namespaceResource } from '../src/core/resource.ts';
import type { Finding } from '../src/core/run/events.ts';
import { decideKind } from '../src/core/select/decide-kind.ts';
import { storeJson } from '../src/archive/run-objects.ts';
import { probeLocation } from '../src/locations/probe.ts';
import type { Cluster, Discovery } from '../src/ports/cluster.ts';
import { readHead } from '../src/core/select/head.ts';
import type { ObjectHead } from '../src/core/select/head.ts';
import type { ErrorDetail } from '../src/core/errors.ts';
import { textOf } from './lib/text.ts';
import { askPermissions } from './permissions.ts';
import { firstContact } from './lib/failures.ts';
import type { Progress } from './lib/progress.ts';
import type { Session } from './lib/session.ts';

/** Findings that travel in the history; the number of blockers is always whole. */
const findingsMax = 50;

/**
 * Looks before anything is touched: who the clusters are, what both serve, which namespaces and kinds are in, what this
 * user may do, whether the location works. Changes nothing it does not remove again. Idempotent.
 */
export async function preflight(session: Session, progress: Progress): Promise<PreflightResult> {
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
  const [served, targetServed, heads] = await Promise.all([
    source.discover({ signal }),
    target.discover({ signal }),
    namespaceHeads(source, signal),
  ]);
  const sourceResources = served.resources.map(({ preferred: _, ...resource }) => resource);
  const scope = scopeNamespaces(spec, heads, {
    resources: sourceResources,
    landfallNamespace: spec.landfallNamespace,
    excludedNamespaces: {},
  });
  const all = chooseCaptureKinds(served.resources, targetServed.resources, scope.namespaces);
  const decided = all.map((kind) => ({ kind, decision: decideKind(kind.resource, spec.scope) }));
  const plan: CapturePlan = {
    kinds: decided.filter(({ decision }) => decision.in).map(({ kind }) => kind),
    clusterKinds: decided
      .filter(({ decision }) => !decision.in && decision.rule === 'scope/dependency')
      .map(({ kind }) => kind),
    sourceResources,
    namespaces: scope.namespaces,
    excludedNamespaces: scope.excludedNamespaces,
  };
  const findings: Finding[] = [
    ...assessIdentities(spec, sourceFacts, targetFacts),
    ...problems.map(locationFinding),
    ...scope.findings,
    ...incompleteDiscovery(source.name, served),
    ...incompleteDiscovery(target.name, targetServed),
    ...assessPermissions(await askPermissions(session, plan, progress)),
  ];
  const stored = await storeJson(location, `runs/${session.runId}/kinds`, plan, { signal });
  return {
    source: { uid: sourceFacts.uid, gitVersion: sourceFacts.gitVersion },
    target: { uid: targetFacts.uid, gitVersion: targetFacts.gitVersion },
    kinds: stored,
    kindCount: plan.kinds.length,
    findings: findings.slice(0, findingsMax),
    blockers: blockersOf(findings),
  };
}

async function namespaceHeads(cluster: Cluster, signal: AbortSignal): Promise<ObjectHead[]> {
  let heads: ObjectHead[] = [];
  let restarted = 0;
  for await (const page of cluster.list(namespaceResource, { signal })) {
    if (page.restarted > restarted) heads = [];
    restarted = page.restarted;
    heads.push(...page.items.map((item) => readHead(textOf(item), namespaceResource)));
  }
  return heads;
}

function incompleteDiscovery(cluster: string, discovery: Discovery): Finding[] {
  return discovery.failures.map(({ groupVersion, message }) => ({
    code: 'DISCOVERY_INCOMPLETE',
    severity: 'warning',
    subject: `${cluster}: ${groupVersion}`,
    message: `its kinds cannot be seen, so none of them moves: ${message}`,
    remedy: 'repair the APIService, or exclude the group',
  }));
}

function locationFinding({ code, what, why, fix }: ErrorDetail): Finding {
  const message = why === undefined ? what : `${what}: ${why}`;
  return { code, severity: 'blocker', subject: 'location', message, remedy: fix };
}
