import { setTimeout as sleep } from 'node:timers/promises';
import { waiveFindings } from '../src/core/findings/waivers.ts';
import { chooseCaptureKinds } from '../src/core/capture/capture-kinds.ts';
import type { CaptureKind, CaptureSelection } from '../src/core/capture/capture-kinds.ts';
import { unansweredFindings, unseenApis } from '../src/core/capture/unseen-groups.ts';
import { assessIdentities, assessPermissions, blockersOf, scopeNamespaces } from '../src/core/preflight/preflight.ts';
import { groupResource, namespaceResource } from '../src/core/resource.ts';
import type { Finding } from '../src/core/run/events.ts';
import { decideKind, isCounted } from '../src/core/select/decide-kind.ts';
import { runFolder, storeJson } from '../src/archive/run-objects.ts';
import { probeLocation } from '../src/locations/probe.ts';
import type { Cluster, Discovery } from '../src/ports/cluster.ts';
import { wholeList } from '../src/ports/whole-list.ts';
import { readHead } from '../src/core/select/head.ts';
import type { ObjectHead } from '../src/core/select/head.ts';
import type { ErrorDetail } from '../src/core/errors.ts';
import { textOf } from '../src/services/objects/text.ts';
import { chooseVersions, type KindsToRead } from '../src/services/capture/capture-versions.ts';
import { repositoryConnection, repositoryPassword } from '../src/movers/kopia/connection.ts';
import { podRoute } from '../src/movers/kopia/pod-route.ts';
import { resolveSecret } from '../src/host/secret-source.ts';
import { keyFindings } from '../src/services/preflight/key-findings.ts';
import { providerOf } from '../src/locations/registry.ts';
import { defaultS3Credentials } from '../src/locations/s3/default-credentials.ts';
import { isLandfallError } from '../src/core/errors.ts';
import type { MigrationSpec } from '../src/core/spec/spec.ts';
import type { Asking } from '../src/saga/permissions.ts';
import { askPermissions, findClaims, findNewNamespaces } from './permissions.ts';
import { findPreflightWebhooks } from '../src/services/admission/webhook-reaches.ts';
import { firstContact } from './runtime/failures.ts';
import type { PreflightResult } from '../src/core/preflight/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { applicationKinds } from '../src/services/objects/application-lists.ts';

/** Findings that travel in the history; the number of blockers is always whole. */
const findingsMax = 50;

/** Looks at what a cluster serves while a group of it does not answer: five seconds in all. */
const attemptsMax = 3;
const probeAgainMs = 2_500;

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
  const [served, targetServed, heads] = await Promise.all([
    discoverPatiently(source, signal),
    discoverPatiently(target, signal),
    namespaceHeads(source, signal),
  ]);
  const unseen = unseenApis(source.name, spec.scope, { ...served, unanswered: served.failures });
  // Also what a group served before it fell silent: objects it owns are still owned.
  const known = [...served.resources, ...served.failures.flatMap(({ lastServed }) => lastServed)];
  const sourceResources = known.map(({ preferred: _, ...resource }) => resource);
  const scope = scopeNamespaces(spec, heads, {
    resources: sourceResources,
    landfallNamespace: spec.landfallNamespace,
    excludedNamespaces: {},
  });
  const kindsOfBoth = chooseCaptureKinds(served.resources, targetServed.resources, scope.namespaces);
  const versions = await chooseVersions(
    session,
    {
      ...decideKinds(kindsOfBoth, spec),
      served: { source: served.resources, target: targetServed.resources },
    },
    signal
  );
  const plan: CaptureSelection = {
    kinds: versions.taken,
    countedKinds: kindsOfBoth.filter(({ resource }) => isCounted(resource, spec.scope)),
    clusterKinds: versions.byName,
    sourceResources,
    namespaces: scope.namespaces,
    excludedNamespaces: scope.excludedNamespaces,
  };
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
    ...scope.findings,
    ...unansweredFindings(source.name, served.failures, unseen),
    ...targetFindings(target.name, targetServed),
    ...versions.findings,
    ...(hasClaims && spec.volumes.mode === 'move' ? await volumeAccess(spec) : []),
    ...webhooks.findings,
    ...assessPermissions(await askPermissions(session, { asking, scoped, canAskTarget: webhooks.canAsk, progress })),
  ];
  const findings = today === undefined ? found : waiveFindings(found, spec.waivers ?? [], `${today}T00:00:00Z`);
  const [stored, kept] = await Promise.all([
    storeJson(runFolder(session, 'kinds'), plan, { signal }),
    keepFindings(session, findings, signal),
  ]);
  return {
    source: { uid: sourceFacts.uid, gitVersion: sourceFacts.gitVersion },
    target: { uid: targetFacts.uid, gitVersion: targetFacts.gitVersion },
    kinds: stored,
    kindCount: plan.kinds.length,
    ...kept,
    blockers: blockersOf(findings),
    ...(unseen.length === 0 ? {} : { unseen }),
  };
}

/** The kinds whose objects are taken, and those of which only what others name is taken. */
function decideKinds(kinds: readonly CaptureKind[], { scope }: MigrationSpec): Pick<KindsToRead, 'taken' | 'byName'> {
  const decided = kinds.map((kind) => ({ kind, decision: decideKind(kind.resource, scope) }));
  const byName = decided.filter(({ decision }) => !decision.in && decision.rule === 'scope/dependency');
  return {
    taken: decided.filter(({ decision }) => decision.in).map(({ kind }) => kind),
    byName: byName.map(({ kind }) => kind),
  };
}

/** The findings that travel, what stops the run first; where there are more, all of them are stored and counted. */
export async function keepFindings(
  session: Pick<Session, 'location' | 'runId'>,
  findings: readonly Finding[],
  signal: AbortSignal
): Promise<Pick<PreflightResult, 'findings' | 'allFindings' | 'findingCount'>> {
  const ordered = [...findings.filter(isOpenBlocker), ...findings.filter((one) => !isOpenBlocker(one))];
  if (ordered.length <= findingsMax) return { findings: ordered };
  return {
    findings: ordered.slice(0, findingsMax),
    allFindings: await storeJson(runFolder(session, 'preflight-findings'), ordered, { signal }),
    findingCount: ordered.length,
  };
}

function isOpenBlocker({ severity, waiver }: Finding): boolean {
  return severity === 'blocker' && waiver === undefined;
}

function namespaceHeads(cluster: Cluster, signal: AbortSignal): Promise<ObjectHead[]> {
  return wholeList(cluster.list(namespaceResource, { signal }), (item) => readHead(textOf(item), namespaceResource));
}

/** Every kind a cluster serves, or has served until its group fell silent. */
function namesOf({ resources, failures }: Discovery): ReadonlySet<string> {
  return new Set([...resources, ...failures.flatMap(({ lastServed }) => lastServed)].map(groupResource));
}

/** A group that is silent for a moment, as while its server starts again, must not make the run incomplete. */
async function discoverPatiently(cluster: Cluster, signal: AbortSignal): Promise<Discovery> {
  for (let probe = 1; ; probe += 1) {
    const found = await cluster.discover({ signal });
    if (found.failures.length === 0 || probe === attemptsMax) return found;
    await sleep(probeAgainMs, undefined, { signal });
  }
}

/** Of the target nothing is missed unless the plan needs it, and then the kind is not served: a blocker of the plan. */
function targetFindings(cluster: string, { failures }: Discovery): Finding[] {
  return failures.map(({ groupVersion, message }) => ({
    code: 'DISCOVERY_INCOMPLETE',
    severity: 'warning',
    subject: `${cluster}: ${groupVersion}`,
    message: `${message}: no objects of its kinds can be applied; the run stops if the plan has any`,
    remedy: 'repair the APIService, or exclude the group',
  }));
}

/** What moving volumes needs of this worker, asked before anything is written: the password, and a store that kopia can be given. */
export async function volumeAccess({ location }: Pick<MigrationSpec, 'location'>): Promise<Finding[]> {
  // What pods cannot reach is refused with the file, but for dry runs, which move no volumes; so is a password that is not named at all.
  if (providerOf(location).pods === undefined) return [];
  const problems = await Promise.all(
    [
      () =>
        location.repositoryPassword === undefined ? Promise.resolve('') : repositoryPassword(location, resolveSecret),
      () => repositoryConnection({ location, resolveSecret, defaultS3Credentials }),
      () => Promise.resolve().then(() => podRoute(location)),
    ].map((check) =>
      check().then(
        () => undefined,
        (error: unknown) => {
          if (isLandfallError(error)) return error.detail;
          throw error;
        }
      )
    )
  );
  return problems.flatMap((problem) => (problem === undefined ? [] : [locationFinding(problem)]));
}

function locationFinding({ code, what, why, fix }: ErrorDetail): Finding {
  const message = why === undefined ? what : `${what}: ${why}`;
  return { code, severity: 'blocker', subject: 'location', message, remedy: fix };
}
