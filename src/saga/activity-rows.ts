import type { Role } from '../core/run/roles.ts';
import type { Need } from './need.ts';
import * as objects from './needs/objects.ts';
import * as reading from './needs/reading.ts';
import * as volumes from './needs/volumes.ts';

/** How patient an activity is, and what its attempts may last (workflows/saga/activities.ts has the numbers). */
export type ActivityClass =
  /** Reads, calculations and effects: minutes at most for the largest scope. */
  | 'action'
  /** Volume data: hours. */
  | 'transfer'
  /** What undoes an action, or lets go of something: it must come through, so it is the most patient of all. */
  | 'compensation';

/** What is open while an activity works. */
export type Opens =
  | 'nothing'
  /** The Location alone, without the specification of the run: it works where that and a kubeconfig are gone. */
  | 'location'
  /** The Location and the roles of a run that goes on to use its recovery point. */
  | 'run'
  /** The same of a run that may have ended: its recovery point is not used any more, and may be gone. */
  | 'ended-run';

/**
 * One activity: from its row follow its wrapper (activities/create.ts), the options of its proxy in workflows, and what
 * is asked of the clusters beforehand (permissions.ts).
 */
export interface ActivityRow {
  readonly class: ActivityClass;
  readonly opens: Opens;
  /** What it may use of a run besides the Location. Another role is not in the session it gets, and does not compile. */
  readonly roles: readonly Role[];
  /** What it also uses of a run that has it. */
  readonly optional?: readonly Role[];
  /**
   * Whose site it runs at; `any`: with the orchestration. What uses both clusters runs at the target's, so the workers of
   * that site must reach the source too (docs/decisions/0029).
   */
  readonly site: Role | 'any';
  /** Every right it uses on a cluster; none where it calls none. */
  readonly needs: readonly Need[];
}

const onSource = { class: 'action', opens: 'run', roles: ['source'], site: 'source' } as const;
const onTarget = { class: 'action', opens: 'run', roles: ['target'], site: 'target' } as const;
const onBoth = { class: 'action', opens: 'run', roles: ['source', 'target'], site: 'target' } as const;
const onPlanned = { ...onTarget, optional: ['source'] } as const;
const onEither = { ...onTarget, roles: [], optional: ['source', 'target'] } as const;
const onLocation = { class: 'action', opens: 'run', roles: [], site: 'location' } as const;
const atLocation = { class: 'action', opens: 'location', roles: [], site: 'location' } as const;
const afterRun = { class: 'action', opens: 'ended-run', roles: [], site: 'location' } as const;
const withoutRun = { class: 'action', opens: 'nothing', roles: [], site: 'any' } as const;
const undoOnSource = { class: 'compensation', opens: 'ended-run', roles: ['source'], site: 'source' } as const;
const undoOnTarget = { class: 'compensation', opens: 'ended-run', roles: ['target'], site: 'target' } as const;
const undoOnEither = { ...undoOnTarget, roles: [], optional: ['source', 'target'] } as const;
const undoOnLocation = { class: 'compensation', opens: 'ended-run', roles: [], site: 'location' } as const;
const nothing: readonly Need[] = [];

export type ActivityName = keyof typeof activityRows;

/** Every activity. A compensation cannot be wrapped or called as an action: both sides read its row. */
export const activityRows = {
  openRun: { ...withoutRun, site: 'location', needs: nothing },
  expandWave: {
    ...withoutRun,
    site: 'source',
    needs: [{ side: 'source', verbs: ['list'], of: ['namespaces'], in: 'cluster' }],
  },
  readCalendar: { ...withoutRun, needs: nothing },

  preflight: { ...onBoth, needs: reading.looking },
  openPoint: { ...onLocation, needs: nothing },
  preflightTarget: { ...onTarget, needs: reading.lookingAtTarget },
  preflightSource: { ...onSource, needs: reading.lookingAlone },
  captureKinds: { ...onSource, needs: reading.capturing },
  captureDependencies: { ...onSource, needs: reading.capturingDependencies },
  mergeCapture: { ...onLocation, needs: nothing },
  computeDesiredState: { ...onPlanned, needs: reading.planning },
  planClaims: { ...onSource, needs: reading.planningClaims },
  makePlan: { ...onTarget, needs: reading.comparing },
  checkApproval: { ...onLocation, needs: nothing },
  checkPlan: { ...onTarget, needs: reading.comparing },
  dryRunBatch: { ...onTarget, needs: objects.askingDryRun },
  prepareVolumes: { ...onEither, needs: volumes.preparing },
  runHooks: { ...onSource, needs: volumes.hooking },
  snapshotClaims: { ...onSource, needs: volumes.snapshotting },
  exposeClaim: { ...onSource, needs: volumes.exposing },
  uploadVolume: { ...onSource, class: 'transfer', needs: volumes.uploading },
  createTargetVolume: { ...onTarget, needs: volumes.makingVolumes },
  downloadVolume: { ...onTarget, class: 'transfer', needs: volumes.downloading },
  commitRecoveryPoint: { ...onLocation, needs: nothing },
  bindVolumes: { ...onTarget, needs: volumes.binding },
  applyBatch: { ...onTarget, needs: objects.applying },
  awaitApplyGroup: { ...onTarget, needs: objects.awaiting },
  settleBatch: { ...onTarget, needs: objects.patching },
  verifyObjects: { ...onTarget, needs: objects.verifying },
  giveFieldsBack: { ...onTarget, needs: objects.patching },
  releaseVolumes: { ...onTarget, needs: volumes.releasing },

  judgeFacts: { ...onBoth, needs: reading.judging },
  prepareDryRun: { ...onTarget, needs: objects.preparingDryRun },
  assessDryRun: { ...onTarget, needs: objects.assessingDryRun },
  checkImages: { ...onSource, needs: objects.readingPullSecrets },
  probeAddresses: { ...onTarget, needs: objects.probing },
  probeStorage: { ...onTarget, needs: objects.probingStorage },
  measureLocation: { ...onLocation, needs: nothing },
  concludeAssessment: { ...onLocation, needs: nothing },

  recordApproval: { ...afterRun, needs: nothing },
  findRemains: { ...afterRun, needs: nothing },
  writeReport: { ...afterRun, needs: nothing },
  keepEvents: { ...atLocation, needs: nothing },

  openPointRun: { ...withoutRun, site: 'location', needs: nothing },
  chooseDeletedPoints: { ...atLocation, needs: nothing },
  markPoints: { ...atLocation, needs: nothing },
  sweepPart: { ...atLocation, needs: nothing },
  writePruneReport: { ...atLocation, needs: nothing },
  chooseVerifiedPoints: { ...atLocation, needs: nothing },
  verifyPoints: { ...atLocation, needs: nothing },
  writeVerifyReport: { ...atLocation, needs: nothing },
  checkCopies: { ...onLocation, needs: nothing },
  copyPoint: { ...onLocation, class: 'transfer', needs: nothing },
  copyPoints: { ...atLocation, class: 'transfer', needs: nothing },
  writeCopyReport: { ...atLocation, needs: nothing },

  thawSource: { ...undoOnSource, needs: volumes.hooking },
  undoBatch: { ...undoOnTarget, needs: objects.undoing },
  unbindVolumes: { ...undoOnTarget, needs: volumes.unbinding },
  removeSourceVolumes: { ...undoOnSource, needs: volumes.removingSource },
  removeTargetVolumes: { ...undoOnTarget, needs: volumes.removingTarget },
  removeNamespaces: { ...undoOnEither, needs: volumes.leaving },
  removeDryRunNamespaces: { ...undoOnTarget, needs: objects.removingDryRun },
  sweepVolumes: { ...undoOnEither, needs: volumes.sweeping },
  closeRun: { ...undoOnLocation, needs: nothing },
  removeScratch: { ...undoOnLocation, opens: 'location', needs: nothing },
} as const satisfies Record<string, ActivityRow>;
