import type { ActionRow, CompensationRow, RunTable, Step } from '../table.ts';
import { openingActions } from './opening.ts';
import { alone, stepsThat } from './steps.ts';

/** Which trials the command asks for. */
export interface AssessFacts {
  readonly images: boolean;
  readonly external: boolean;
  readonly storage: boolean;
}

const actions = {
  ...openingActions,
  // The report of an assessment is the assessment, which is stored beside the scratch prefix.
  'open-run': {
    does: 'stores the specification in a scratch prefix of the Location',
    activities: ['openRun'],
    compensation: 'remove-scratch',
  },
  'judge-facts': { does: 'judges what both clusters are and have', activities: ['judgeFacts'] },
  'measure-location': { does: 'measures the throughput of the Location', activities: ['measureLocation'] },
  'dry-run': {
    does: 'asks the target about every object, in temporary namespaces where its own are not there yet',
    activities: ['prepareDryRun', 'assessDryRun'],
    compensation: 'remove-namespaces',
  },
  'remove-namespaces': {
    does: 'removes the temporary namespaces',
    activities: ['removeDryRunNamespaces'],
    supersedes: 'remove-namespaces',
  },
  'check-images': { does: 'asks registries for the images', activities: ['checkImages'] },
  'probe-addresses': { does: 'tries external addresses from the target', activities: ['probeAddresses'] },
  'probe-storage': { does: 'tries the storage of the target', activities: ['probeStorage'] },
  conclude: { does: 'compares with the last assessment and stores this one', activities: ['concludeAssessment'] },
  'remove-scratch': { does: 'removes the scratch prefix', activities: ['removeScratch'], supersedes: 'remove-scratch' },
} as const satisfies Readonly<Record<string, ActionRow<AssessFacts>>>;

export type AssessAction = keyof typeof actions;

const compensations = {
  'remove-scratch': { title: () => 'remove the scratch prefix', activities: ['removeScratch'], release: true },
  'remove-namespaces': {
    title: () => 'remove the temporary namespaces from the target',
    activities: ['removeDryRunNamespaces'],
    release: true,
  },
} as const satisfies Readonly<Record<string, CompensationRow<AssessFacts>>>;

export type AssessCompensation = keyof typeof compensations;

/** Looks at a migration before anything is touched; what cannot be looked at is noted, and everything else is. */
export const assessTable: RunTable<AssessFacts, AssessAction, AssessCompensation> = {
  kind: 'assess',
  actions,
  compensations,
  sides: () => ({ source: 'serving', target: 'unknown' }),
  phases: () =>
    ['preflight', 'capture', 'plan', 'verify', 'finish'].map((name) => ({ name, title: titles[name] ?? name })),
  stages: (wanted) => [
    alone({ ...step('preflight', ['open-run', 'check-clusters']), onFailure: 'ends' }),
    alone(step('capture', ['capture-objects', 'capture-dependencies', 'merge-capture'])),
    alone({ ...step('plan', ['plan']), needs: ['capture'] }),
    {
      ...{ phase: 'verify', parallel: 6, final: false },
      steps: [
        { ...step('verify/facts', ['judge-facts']), needs: ['capture'] },
        { ...step('verify/location', ['measure-location']), needs: ['capture'] },
        { ...step('verify/dry-run', ['dry-run']), needs: ['plan'] },
        ...(wanted.images ? [{ ...step('verify/images', ['check-images']), needs: ['verify/facts'] }] : []),
        ...(wanted.external ? [{ ...step('verify/external', ['probe-addresses']), needs: ['verify/facts'] }] : []),
        ...(wanted.storage ? [{ ...step('verify/storage', ['probe-storage']), needs: ['verify/facts'] }] : []),
      ],
    },
    alone({ ...step('verify/namespaces', ['remove-namespaces']), needs: ['plan'] }),
    alone({ ...step('finish', ['conclude', 'remove-scratch']), onFailure: 'ends' }),
  ],
};

const noted = stepsThat<AssessAction>('noted');

const titles: Readonly<Record<string, string>> = {
  capture: 'capture objects',
  plan: 'translate and order',
  verify: 'checks',
  'verify/facts': 'facts and checks',
  'verify/location': 'throughput of the Location',
  'verify/dry-run': 'server-side dry run',
  'verify/images': 'registries',
  'verify/external': 'external addresses',
  'verify/storage': 'storage of the target',
  'verify/namespaces': 'removal of temporary namespaces',
  finish: 'assessment',
};

function step(id: string, wanted: readonly AssessAction[]): Step {
  return noted(id, titles[id] ?? id, wanted);
}
