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
  /** The Location alone: it works where no kubeconfig does. */
  | 'location'
  /** Both clusters and the Location of a run that goes on to use its recovery point. */
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
  /** Every right it uses on a cluster; none where it calls none. */
  readonly needs: readonly Need[];
}

const action = { class: 'action', opens: 'run' } as const;
const onEndedRun = { class: 'action', opens: 'ended-run' } as const;
const withoutRun = { class: 'action', opens: 'nothing' } as const;
const atLocation = { class: 'action', opens: 'location' } as const;
const transfer = { class: 'transfer', opens: 'run' } as const;
const compensation = { class: 'compensation', opens: 'ended-run' } as const;
const nothing: readonly Need[] = [];

export type ActivityName = keyof typeof activityRows;

/** Every activity. A compensation cannot be wrapped or called as an action: both sides read its row. */
export const activityRows = {
  openRun: { ...withoutRun, needs: nothing },
  expandWave: { ...withoutRun, needs: [{ side: 'source', verbs: ['list'], of: ['namespaces'], in: 'cluster' }] },
  readCalendar: { ...withoutRun, needs: nothing },

  preflight: { ...action, needs: reading.looking },
  captureKinds: { ...action, needs: reading.capturing },
  captureDependencies: { ...action, needs: reading.capturingDependencies },
  mergeCapture: { ...action, needs: nothing },
  planApply: { ...action, needs: reading.planning },
  makePlan: { ...action, needs: reading.comparing },
  checkApproval: { ...action, needs: nothing },
  checkPlan: { ...action, needs: reading.comparing },
  dryRunBatch: { ...action, needs: objects.askingDryRun },
  prepareVolumes: { ...action, needs: volumes.preparing },
  runHooks: { ...action, needs: volumes.hooking },
  snapshotClaims: { ...action, needs: volumes.snapshotting },
  exposeClaim: { ...action, needs: volumes.exposing },
  uploadVolume: { ...transfer, needs: volumes.uploading },
  createTargetVolume: { ...action, needs: volumes.makingVolumes },
  downloadVolume: { ...transfer, needs: volumes.downloading },
  commitRecoveryPoint: { ...action, needs: nothing },
  handOverVolumes: { ...action, needs: volumes.binding },
  applyBatch: { ...action, needs: objects.applying },
  awaitWave: { ...action, needs: objects.awaiting },
  settleBatch: { ...action, needs: objects.patching },
  verifyObjects: { ...action, needs: objects.verifying },
  giveFieldsBack: { ...action, needs: objects.patching },
  commitHandOvers: { ...action, needs: volumes.releasing },

  judgeFacts: { ...action, needs: reading.judging },
  prepareDryRun: { ...action, needs: objects.preparingDryRun },
  assessDryRun: { ...action, needs: objects.assessingDryRun },
  checkImages: { ...action, needs: objects.readingPullSecrets },
  probeAddresses: { ...action, needs: objects.probing },
  probeStorage: { ...action, needs: objects.probingStorage },
  measureLocation: { ...action, needs: nothing },
  concludeAssessment: { ...action, needs: nothing },

  recordApproval: { ...onEndedRun, needs: nothing },
  findRemains: { ...onEndedRun, needs: nothing },
  writeReport: { ...onEndedRun, needs: nothing },
  keepEvents: { ...atLocation, needs: nothing },

  openPointRun: { ...withoutRun, needs: nothing },
  chooseDeletedPoints: { ...atLocation, needs: nothing },
  markPoints: { ...atLocation, needs: nothing },
  sweepPart: { ...atLocation, needs: nothing },
  writePruneReport: { ...atLocation, needs: nothing },
  chooseVerifiedPoints: { ...atLocation, needs: nothing },
  verifyPoints: { ...atLocation, needs: nothing },
  writeVerifyReport: { ...atLocation, needs: nothing },

  thawSource: { ...compensation, needs: volumes.hooking },
  undoBatch: { ...compensation, needs: objects.undoing },
  undoHandOver: { ...compensation, needs: volumes.unbinding },
  removeSourceVolumes: { ...compensation, needs: volumes.removingSource },
  removeTargetVolumes: { ...compensation, needs: volumes.removingTarget },
  removeNamespaces: { ...compensation, needs: volumes.leaving },
  removeDryRunNamespaces: { ...compensation, needs: objects.removingDryRun },
  sweepVolumes: { ...compensation, needs: volumes.sweeping },
  closeRun: { ...compensation, needs: nothing },
  removeScratch: { class: 'compensation', opens: 'location', needs: nothing },
} as const satisfies Record<string, ActivityRow>;
