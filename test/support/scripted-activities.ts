import type { Activities } from '../../activities/index.ts';
import type { PointsActivities } from '../../activities/points/index.ts';
import type { RunEvent } from '../../src/core/run/events.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { activityRows } from '../../src/saga/activity-rows.ts';
import type { ClaimName, VolumeAnswer } from '../../src/core/volumes/contract.ts';
import type { DesiredStateSummary, ApplyGroup } from '../../src/core/planning/contract.ts';

/** What a scripted run finds. */
export interface Scope {
  readonly claims: number;
  /** Apply groups of two batches each, and the one that settles. */
  readonly applyGroups: number;
}

/** A call of an activity, and what it was about: a batch, a claim or a range of them. */
export interface Call {
  readonly name: ScriptedName;
  readonly about: string;
}

/** Activities about the recovery points of one Location belong to other runs. */
export type ScriptedName = Exclude<keyof typeof activityRows & keyof Activities, keyof PointsActivities>;
type Script = { readonly [K in ScriptedName]: Activities[K] };

export interface ScriptedActivities {
  readonly activities: Script;
  /** In the order in which they began. */
  readonly calls: readonly Call[];
  /** What `keepEvents` was given. */
  readonly kept: readonly RunEvent[];
}

/**
 * Activities that do nothing and answer what real ones would, in shape and in size: for tests of workflows on a real
 * server. `own` takes the place of single ones. An activity without an answer here does not compile.
 */
export function scriptedActivities(scope: Scope, own: Partial<Script> = {}): ScriptedActivities {
  const calls: Call[] = [];
  const kept: RunEvent[] = [];
  const script: Script = { ...answersOf(scope, kept), ...own };
  const names = Object.keys(script) as ScriptedName[];
  const recorded = names.map((name) => [
    name,
    async (request: never): Promise<unknown> => {
      calls.push({ name, about: aboutOf(request) });
      return (script[name] as (request: never) => Promise<unknown>)(request);
    },
  ]);
  return { activities: Object.fromEntries(recorded) as Script, calls, kept };
}

/** A reference to something that nobody has stored, of the length of a real one. */
export function aRef(prefix: string, index = 0): StoredRef {
  let state = Math.imul(index + 1, 0x9e3779b1) ^ prefix.length;
  const sha256 = Array.from({ length: 64 }, () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    return ((state >>> 9) & 15).toString(16);
  }).join('');
  return { key: `runs/shop-1/${prefix}/${sha256}.json`, sha256, sizeBytes: 1_000 + index };
}

/** The claims of a scripted plan. */
export function claimsOf({ claims }: Scope): readonly ClaimName[] {
  return Array.from({ length: claims }, (_, index) => {
    const namespace = `team-${index % 40}`;
    return { namespace, name: `data-database-${index}`, targetNamespace: `${namespace}-moved` };
  });
}

/** The apply groups of a scripted plan. */
export function applyGroupsOf({ applyGroups }: Scope): readonly ApplyGroup[] {
  const made = Array.from({ length: applyGroups }, (_, index) => {
    const batches = [aRef('batches', 2 * index), aRef('batches', 2 * index + 1)];
    return { name: `apply group ${index}`, objects: 700, batches, claims: index === 0, settle: false };
  });
  return [
    ...made,
    { name: 'settle', objects: 10, batches: [aRef('batches', 2 * applyGroups)], claims: false, settle: true },
  ];
}

function aboutOf(request: Parameters<Activities['removeTargetVolumes']>[0] | object): string {
  const { batch, claims, claim } = request as {
    readonly batch?: { readonly key?: string };
    readonly claims?: { readonly from: number; readonly to: number };
    readonly claim?: { readonly index: number };
  };
  if (claims !== undefined) return `${claims.from}-${claims.to}`;
  return claim === undefined ? (batch?.key ?? '') : String(claim.index);
}

const cluster = { uid: 'c0ffee00-0000-4000-8000-000000000000', gitVersion: 'v1.34.1' };
const part = { part: aRef('parts'), findings: 0, blockers: 0, notChecked: 0 };
const nothing = () => Promise.resolve();

/** A volume on its way. */
export function aVolume(index: number): VolumeAnswer {
  return {
    volume: aRef('volumes', index),
    files: 100 + index,
    sizeBytes: 7_919 * index,
    transferredBytes: index,
    excluded: 0,
  };
}

function planOf(scope: Scope): DesiredStateSummary {
  const counts = { blockers: 0, objects: 700 * scope.applyGroups, changed: 12, excluded: 3, appliers: 1 };
  return {
    plan: aRef('plan'),
    applyGroups: applyGroupsOf(scope),
    claims: claimsOf(scope),
    findings: [],
    targetHolds: false,
    ...counts,
  };
}

function answersOf(scope: Scope, kept: RunEvent[]): Script {
  const captured = { part: aRef('parts'), objects: 100, excluded: 1, rawBytes: 9_000, storedBytes: 3_000 };
  const made = { hash: aRef('plan').sha256, file: aRef('plan-file'), totals: {}, blockers: 0, losses: 0 };
  const noParity = { missing: 0, extra: 0, different: 0 };
  const applied = { applied: 350, existing: 0, updated: 0, failed: 0 };
  const upload: Activities['uploadVolume'] = async ({ claim }) => aVolume(claim.index);
  return {
    openRun: async () => aRef('spec'),
    expandWave: async () => [],
    readCalendar: async () => ({ open: true, changesAtMs: undefined, reason: '' }),
    preflight: async () => ({
      ...{ source: cluster, target: cluster, kinds: aRef('kinds'), kindCount: 60, findings: [], blockers: 0 },
    }),
    openPoint: async () => ({
      captured: { capture: aRef('capture'), objects: 100, excluded: 1, storedBytes: 3_000 },
      ...{
        source: cluster,
        kinds: aRef('kinds'),
        kindCount: 60,
        createdAt: '2026-11-01T00:00:00Z',
        volumes: 1,
        findings: [],
      },
    }),
    preflightTarget: async () => ({
      ...{ source: cluster, target: cluster, kinds: aRef('kinds'), kindCount: 60, findings: [], blockers: 0 },
    }),
    preflightSource: async () => ({
      ...{ source: cluster, kinds: aRef('kinds'), kindCount: 60, findings: [], blockers: 0 },
    }),
    captureKinds: async () => captured,
    captureDependencies: async () => captured,
    mergeCapture: async () => ({ capture: aRef('capture'), objects: 100, excluded: 1, storedBytes: 3_000 }),
    computeDesiredState: async () => planOf(scope),
    planClaims: async () => ({ ...planOf(scope), applyGroups: [] }),
    makePlan: async () => ({ ...made, estimate: { lowMs: 1, highMs: 2 } }),
    checkApproval: nothing,
    checkPlan: async () => ({
      ...{ hash: made.hash, stale: false, summary: '', changes: [], approvals: [] },
      drifted: { count: 0, examples: [] },
    }),
    dryRunBatch: async ({ batch }) => ({ result: aRef('dry-run'), batch: batch.key, ...applied }),
    prepareVolumes: nothing,
    runHooks: async () => ({ failed: [] }),
    snapshotClaims: nothing,
    exposeClaim: nothing,
    uploadVolume: upload,
    createTargetVolume: nothing,
    downloadVolume: upload,
    commitRecoveryPoint: async () => aRef('point'),
    bindVolumes: nothing,
    applyBatch: async ({ batch }) => ({ result: aRef('applied', batch.sizeBytes), batch: batch.key, ...applied }),
    awaitApplyGroup: nothing,
    settleBatch: nothing,
    verifyObjects: async () => ({ result: aRef('verify'), ...noParity }),
    giveFieldsBack: nothing,
    releaseVolumes: nothing,
    judgeFacts: async () => ({ ...part, inventory: aRef('inventory'), images: 0, addresses: 0 }),
    prepareDryRun: async () => ({ places: aRef('places'), temporary: 0 }),
    assessDryRun: async () => part,
    checkImages: async () => part,
    probeAddresses: async () => part,
    probeStorage: async () => part,
    measureLocation: async () => part,
    concludeAssessment: async () => ({
      ...{
        assessment: aRef('assessment'),
        verdict: 'ready',
        counts: { blockers: 0, warnings: 0, infos: 0, waived: 0, new: 0, gone: 0 },
      },
      worst: [],
    }),
    recordApproval: async ({ asked: { by, decision, planHash } }) => ({
      ...{ by, decision, planHash, expiresAtMs: 0, totals: {} },
    }),
    findRemains: async () => {
      const claims = claimsOf(scope);
      const applyGroups = applyGroupsOf(scope).filter(({ settle }) => !settle);
      return { claims, applyGroups, places: [{ plan: aRef('plan'), from: 0, to: claims.length }] };
    },
    writeReport: async () => ({
      ...{
        report: aRef('report'),
        summary: { counts: { captured: 100, applied: 350, changed: 12, excluded: 3, failed: 0 } },
      },
    }),
    keepEvents: async ({ events }) => {
      kept.push(...events);
      return 'runs/shop-1/events';
    },
    thawSource: async () => ({ failed: [] }),
    undoBatch: nothing,
    unbindVolumes: nothing,
    removeSourceVolumes: nothing,
    removeTargetVolumes: nothing,
    removeNamespaces: nothing,
    removeDryRunNamespaces: async () => [],
    sweepVolumes: nothing,
    closeRun: nothing,
    removeScratch: nothing,
  };
}
