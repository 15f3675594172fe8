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

/** One activity: from its row follow its wrapper (activities/create.ts) and the options of its proxy in workflows. */
export interface ActivityRow {
  readonly class: ActivityClass;
  readonly opens: Opens;
}

const action = { class: 'action', opens: 'run' } as const;
const onEndedRun = { class: 'action', opens: 'ended-run' } as const;
const withoutRun = { class: 'action', opens: 'nothing' } as const;
const transfer = { class: 'transfer', opens: 'run' } as const;
const compensation = { class: 'compensation', opens: 'ended-run' } as const;

export type ActivityName = keyof typeof activityRows;

/** Every activity. A compensation cannot be wrapped or called as an action: both sides read its row. */
export const activityRows = {
  openRun: withoutRun,
  expandWave: withoutRun,
  readCalendar: withoutRun,

  preflight: action,
  captureKinds: action,
  captureDependencies: action,
  mergeCapture: action,
  planApply: action,
  makePlan: action,
  checkApproval: action,
  checkPlan: action,
  dryRunBatch: action,
  prepareVolumes: action,
  runHooks: action,
  snapshotClaims: action,
  exposeClaim: action,
  uploadVolume: transfer,
  createTargetVolume: action,
  downloadVolume: transfer,
  commitRecoveryPoint: action,
  handOverVolumes: action,
  applyBatch: action,
  awaitWave: action,
  settleBatch: action,
  verifyObjects: action,
  giveFieldsBack: action,
  commitHandOvers: action,

  judgeFacts: action,
  prepareDryRun: action,
  assessDryRun: action,
  checkImages: action,
  probeAddresses: action,
  probeStorage: action,
  measureLocation: action,
  concludeAssessment: action,

  recordApproval: onEndedRun,
  findRemains: onEndedRun,
  writeReport: onEndedRun,
  keepEvents: { class: 'action', opens: 'location' },

  thawSource: compensation,
  undoBatch: compensation,
  undoHandOver: compensation,
  removeSourceVolumes: compensation,
  removeTargetVolumes: compensation,
  removeNamespaces: compensation,
  removeDryRunNamespaces: compensation,
  sweepVolumes: compensation,
  closeRun: compensation,
  removeScratch: { class: 'compensation', opens: 'location' },
} as const satisfies Record<string, ActivityRow>;
