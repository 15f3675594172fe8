import type { Activities } from '../index.ts';
import type { Dependencies } from '../lib/dependencies.ts';
import type { Sessions } from '../lib/session.ts';
import { concludeAssessment, removeScratch } from './conclude.ts';
import { assessDryRun } from './dry-run.ts';
import { prepareDryRun, removeDryRunNamespaces } from '../dry-run-namespaces.ts';
import { probeAddresses } from './external-probe.ts';
import { checkImages } from './images.ts';
import { judgeFacts } from './judge.ts';
import { measureLocation } from './location.ts';
import { probeStorage } from './storage-probe.ts';

type AssessActivities = Pick<
  Activities,
  | 'judgeFacts'
  | 'prepareDryRun'
  | 'assessDryRun'
  | 'removeDryRunNamespaces'
  | 'checkImages'
  | 'probeAddresses'
  | 'probeStorage'
  | 'measureLocation'
  | 'concludeAssessment'
  | 'removeScratch'
>;

/** The activities of an assessment. */
export function createAssessActivities(dependencies: Dependencies, { run, atLocation }: Sessions): AssessActivities {
  return {
    judgeFacts: ({ context, stepId, ...request }) =>
      run(context, stepId, (session, progress) => judgeFacts(session, progress, request)),
    prepareDryRun: ({ context, stepId, ...request }) =>
      run(context, stepId, (session, progress) => prepareDryRun(session, progress, request)),
    assessDryRun: ({ context, stepId, ...request }) =>
      run(context, stepId, (session, progress) => assessDryRun(session, progress, request)),
    removeDryRunNamespaces: ({ context, stepId }) => run(context, stepId, removeDryRunNamespaces),
    checkImages: ({ context, stepId, inventory }) =>
      run(context, stepId, (session, progress) => checkImages(session, progress, inventory)),
    probeAddresses: ({ context, stepId, inventory }) =>
      run(context, stepId, (session, progress) => probeAddresses(session, progress, inventory)),
    probeStorage: ({ context, stepId, inventory }) =>
      run(context, stepId, (session, progress) => probeStorage(session, progress, inventory)),
    measureLocation: ({ context, stepId }) => run(context, stepId, measureLocation),
    concludeAssessment: ({ context, stepId, request }) =>
      run(context, stepId, (session, progress) => concludeAssessment(dependencies, session, progress, request)),
    removeScratch: ({ context, stepId }) => atLocation(context, stepId, removeScratch),
  };
}
