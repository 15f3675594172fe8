import { loadJson, runFolder, storeJson } from '../../src/archive/run-objects.ts';
import { assessedChecks, judge } from '../../src/assess/checks/index.ts';
import { webhooksOf } from '../../src/assess/checks/webhooks.ts';
import type { JudgedScope } from '../../src/assess/contract.ts';
import { inventoryOf } from '../../src/assess/inventory.ts';
import type { AssessFacts } from '../../src/assess/facts.ts';
import type { CaptureSelection } from '../../src/core/capture/capture-kinds.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { readClusterFacts } from '../../src/services/assess/cluster-facts.ts';
import { clusterCredentialsEnd, locationCredentialsEnd } from '../../src/services/assess/credentials-end.ts';
import { storePart } from '../../src/services/assess/part.ts';
import { bundleEnd } from '../../src/services/assess/read-secret.ts';
import { readScopeFacts } from '../../src/services/assess/scope-facts.ts';
import type { ClusterFacts } from '../../src/core/preflight/contract.ts';
import type { Session } from '../../src/services/session.ts';
import type { Progress } from '../../src/services/progress.ts';

export interface JudgeRequest {
  readonly capture: StoredRef;
  readonly kinds: StoredRef;
  readonly source: ClusterFacts;
  readonly target: ClusterFacts;
  /** RFC 3339: the time findings are judged by, the same for every attempt. */
  readonly now: string;
}

/** Collects the facts of both clusters and of the scope, and makes every check that judges by facts. Reads only. */
export async function judgeFacts(session: Session, progress: Progress, request: JudgeRequest): Promise<JudgedScope> {
  const facts = await collectFacts(session, progress, request);
  progress.update({ note: 'checks' });
  const { findings, outcomes } = judge(facts, assessedChecks);
  const inventory = inventoryOf(facts);
  return {
    ...(await storePart(session, { findings, outcomes, measures: {} })),
    inventory: await storeJson(runFolder(session, 'assess'), inventory),
    images: inventory.images.length,
    addresses: inventory.addresses.length,
  };
}

/** Everything the checks judge by. */
async function collectFacts(session: Session, progress: Progress, request: JudgeRequest): Promise<AssessFacts> {
  const { source, target, spec, location } = session;
  const { signal } = progress;
  const { namespaces } = await loadJson<CaptureSelection>(location, request.kinds);
  progress.update({ note: 'facts of both clusters' });
  const targetNamespaces = namespaces.map((name) => spec.namespaceMapping[name] ?? name);
  const [sourceFacts, targetFacts, ...ends] = await Promise.all([
    readClusterFacts(source, { side: 'source', gitVersion: request.source.gitVersion, namespaces, signal }),
    readClusterFacts(target, {
      side: 'target',
      gitVersion: request.target.gitVersion,
      namespaces: targetNamespaces,
      signal,
    }),
    clusterCredentialsEnd(spec.source, 'source'),
    clusterCredentialsEnd(spec.target, 'target'),
    locationCredentialsEnd(spec.location),
  ]);
  const scope = await readScopeFacts(session, progress, { capture: request.capture, namespaces });
  const known = { now: request.now, spec, source: sourceFacts, target: targetFacts, scope, credentials: ends.flat() };
  return { ...known, bundles: bundlesOf({ ...known, bundles: [] }) };
}

function bundlesOf(facts: AssessFacts): AssessFacts['bundles'] {
  return webhooksOf(facts).flatMap(({ subject, webhook }) => {
    const caBundle = webhook.clientConfig?.caBundle ?? '';
    const notAfter = caBundle === '' ? undefined : bundleEnd(caBundle);
    return notAfter === undefined ? [] : [{ webhook: subject, notAfter }];
  });
}
