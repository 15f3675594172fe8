import type { ActionRow } from '../table.ts';

/** What every run over a scope begins with: who the clusters are, what is captured, what a plan makes of it. */
export const openingActions = {
  'open-run': { does: 'stores the specification', activities: ['openRun'], opensReport: true },
  'check-clusters': { does: 'asks both clusters who they are and what they allow', activities: ['preflight'] },
  'capture-objects': { does: 'captures namespaced objects', activities: ['captureKinds'] },
  'capture-dependencies': { does: 'captures what they need of the cluster', activities: ['captureDependencies'] },
  'merge-capture': { does: 'writes one index', activities: ['mergeCapture'] },
  plan: { does: 'transforms every object and orders apply groups', activities: ['computeDesiredState'], learns: true },
} as const satisfies Readonly<Record<string, ActionRow<never>>>;

/** What a run begins with whose content is in a recovery point. */
export const pointActions = {
  'open-point': { does: 'reads the recovery point and looks whether all of it is there', activities: ['openPoint'] },
  'check-target': { does: 'looks at the target, its permissions and the Location', activities: ['preflightTarget'] },
} as const satisfies Readonly<Record<string, ActionRow<never>>>;
