import { loadJson, storeJson } from '../../src/archive/run-objects.ts';
import { assessedChecks, judge } from '../../src/core/assess/checks/index.ts';
import { webhooksOf } from '../../src/core/assess/checks/webhooks.ts';
import type { JudgedScope } from '../../src/core/assess/contract.ts';
import { inventoryOf } from '../../src/core/assess/inventory.ts';
import type { AssessFacts } from '../../src/core/assess/facts.ts';
import type { CapturePlan } from '../../src/core/migration/capture-kinds.ts';
import type { ClusterFacts } from '../../src/core/migration/contract.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { Progress } from '../lib/progress.ts';
import type { Session } from '../lib/session.ts';
import { readClusterFacts } from './cluster-facts.ts';
import { clusterCredentialsEnd, locationCredentialsEnd } from './credentials-end.ts';
import { storePart } from './part.ts';
import { bundleEnd } from './read-secret.ts';
import { readScopeFacts } from './scope-facts.ts';

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
    inventory: await storeJson(session.location, `runs/${session.runId}/assess`, inventory),
    images: inventory.images.length,
    addresses: inventory.addresses.length,
  };
}

/** Everything the checks judge by. */
async function collectFacts(session: Session, progress: Progress, request: JudgeRequest): Promise<AssessFacts> {
  const { source, target, spec, location } = session;
  const { signal } = progress;
  const { namespaces } = await loadJson<CapturePlan>(location, request.kinds);
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
  const scope = await readScopeFacts(session, progress, request.capture, namespaces);
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
