import { openContent } from '../src/archive/captured-content.ts';
import type { IndexEntry } from '../src/archive/entry.ts';
import { loadJson } from '../src/archive/run-objects.ts';
import { storeContent } from '../src/archive/stored.ts';
import { formatPlan, hashPlan } from '../src/config/plan-file/format.ts';
import { isOpenBlocker } from '../src/core/findings/waivers.ts';
import type { DesiredObject } from '../src/core/planning/desired-object.ts';
import type { DesiredState } from '../src/core/planning/desired-state.ts';
import { buildPlan, configurationText } from '../src/core/plan/build-plan.ts';
import { canonicalJson } from '../src/core/plan/canonical-plan.ts';
import { estimateRun } from '../src/core/plan/estimate.ts';
import type { Plan, PlanContent, PlannedCluster } from '../src/core/plan/plan.ts';
import type { SourceSpec } from '../src/core/spec/spec.ts';
import type { ClusterProfile } from '../src/core/profile/cluster-profile.ts';
import { quantityValue } from '../src/core/quantity.ts';
import { judgePlan } from '../src/services/planning/judge-plan.ts';
import { sha256Of } from '../src/archive/stored.ts';
import { storedProfiles } from '../src/services/planning/translation.ts';
import type { ClusterFacts } from '../src/core/preflight/contract.ts';
import type { ClaimMove } from '../src/core/volumes/contract.ts';
import type { MadePlan, PlanFileRequest } from '../src/core/plan/contract.ts';
import type { Session } from '../src/services/session.ts';
import type { Progress } from '../src/services/progress.ts';
import { preflightFindings } from '../src/services/preflight/preflight-findings.ts';

/**
 * Makes the plan file of a run: what would happen to every object, judged against the live target, hashed and stored
 * under `runs/<run>/plan-file/`. Changes nothing on a cluster. Idempotent while the world stands still.
 */
export async function makePlan(
  session: Session<'target'>,
  progress: Progress,
  request: PlanFileRequest
): Promise<MadePlan> {
  const plan = await planFile(session, progress, request);
  const bytes = Buffer.from(formatPlan(plan));
  const { signal } = progress;
  const content = { keyOf: (sha: string) => planFileKey(session.runId, sha), bytes };
  const { ref } = await storeContent(session.location, content, { signal });
  return summaryOf(plan, ref);
}

/** Makes the plan without storing it. */
export async function planFile(
  session: Session<'target'>,
  progress: Progress,
  request: PlanFileRequest
): Promise<Plan> {
  const { spec, location, runId } = session;
  const stored = await loadJson<DesiredState<DesiredObject<IndexEntry>>>(location, request.plan);
  const { index, excludedGroups } = await openContent(location, request.capture, { signal: progress.signal });
  const { preflight } = request;
  const profiles = await storedProfiles(session);
  const content = buildPlan({
    spec,
    landfall: session.version,
    configuration: sha256Of(canonicalJson(configurationText(spec))),
    source: clusterOf(spec.source, preflight.source, profiles?.source),
    target: clusterOf(spec.target, preflight.target, profiles?.target),
    applyGroups: await judgePlan(session, progress, stored),
    claims: stored.moves,
    excluded: stored.excluded,
    losses: stored.losses ?? [],
    findings: stored.findings ?? [],
  });
  const { captured, excluded } = { captured: index.objects, excluded: excludedGroups };
  return {
    hash: hashPlan(content),
    made: {
      run: runId,
      by: request.by,
      at: request.at,
      location: spec.location,
      spec: request.spec,
      plan: request.plan,
      estimate: estimateRun({
        ...amounts(content),
        captured,
        capturedBytes: index.rawBytes,
        ...volumesOf(session, stored.moves),
      }),
      seen: { captured, excluded, findings: await preflightFindings(session.location, preflight) },
    },
    content,
  };
}

function planFileKey(runId: string, sha: string): string {
  return `runs/${runId}/plan-file/${sha}.yaml`;
}

function summaryOf({ hash, content, made }: Plan, file: MadePlan['file']): MadePlan {
  const { totals, findings, losses } = content;
  const accepted = findings.filter(({ severity, waiver }) => severity === 'blocker' && waiver !== undefined).length;
  const { lowMs, highMs } = made.estimate;
  return {
    hash,
    file,
    totals,
    blockers: findings.filter(isOpenBlocker).length,
    ...(accepted === 0 ? {} : { accepted }),
    losses: losses.reduce((sum, { count }) => sum + count, 0),
    estimate: { lowMs, highMs },
  };
}

function amounts({ actions }: PlanContent): { writes: number; awaited: number; waitingApplyGroups: number } {
  const waits = actions.filter((action) => action.do === 'wait');
  return {
    writes: actions.filter(({ do: verb }) => verb === 'create' || verb === 'change' || verb === 'bind').length,
    awaited: waits.reduce((sum, { count = 0 }) => sum + count, 0),
    waitingApplyGroups: new Set(waits.map(({ applyGroup }) => applyGroup)).size,
  };
}

function volumesOf({ spec }: Session<never>, claims: readonly ClaimMove[]) {
  const hooks = claims.length === 0 ? [] : [...spec.hooks.pre, ...spec.hooks.post];
  return {
    volumes: claims.map(({ size, way }) => ({ sizeBytes: quantityValue(size) ?? 0, way })),
    volumesInParallel: spec.volumes.parallel,
    hooksMaxMs: hooks.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0),
  };
}

/** The platform a run goes by: as found, as written, or none in particular. */
function clusterOf(
  { name, platform }: SourceSpec,
  facts: ClusterFacts | undefined,
  profile: ClusterProfile | undefined
): PlannedCluster {
  const known = profile?.platform ?? (platform === 'detect' ? 'generic' : platform);
  return { name, platform: known, uid: facts?.uid ?? '', version: facts?.gitVersion ?? '' };
}
