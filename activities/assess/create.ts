import type { Bodies } from '../bodies.ts';
import type { Dependencies } from '../runtime/dependencies.ts';
import { noteRetry } from '../runtime/session.ts';
import { concludeAssessment, removeScratch } from './conclude.ts';
import { assessDryRun } from './dry-run.ts';
import { prepareDryRun, removeDryRunNamespaces } from '../dry-run-namespaces.ts';
import { probeAddresses } from './external-probe.ts';
import { checkImages } from './images.ts';
import { judgeFacts } from './judge.ts';
import { measureLocation } from './location.ts';
import { probeStorage } from './storage-probe.ts';

type AssessName =
  | 'judgeFacts'
  | 'prepareDryRun'
  | 'assessDryRun'
  | 'removeDryRunNamespaces'
  | 'checkImages'
  | 'probeAddresses'
  | 'probeStorage'
  | 'measureLocation'
  | 'concludeAssessment'
  | 'removeScratch';

/** What the activities of an assessment do. */
export function assessBodies(dependencies: Dependencies): Pick<Bodies, AssessName> {
  return {
    judgeFacts,
    prepareDryRun,
    assessDryRun,
    removeDryRunNamespaces,
    checkImages: (session, progress, { inventory }) => checkImages(session, progress, inventory),
    probeAddresses: (session, progress, { inventory }) => probeAddresses(session, progress, inventory),
    probeStorage: (session, progress, { inventory }) => probeStorage(session, progress, inventory),
    measureLocation,
    concludeAssessment: (session, progress, { request }) =>
      concludeAssessment(session, progress, {
        request,
        openKeep: () => dependencies.openLocation(request.keep, noteRetry),
      }),
    removeScratch,
  };
}
