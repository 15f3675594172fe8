import type { ConcludedAssessment, ConcludeRequest } from '../../src/assess/contract.ts';
import { contextOf, preflightOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import type { Run } from '../saga/run.ts';
import type { AssessFound } from './found.ts';
import type { CheckGroup } from '../../src/core/findings/finding-entry.ts';

type NotMade = ConcludeRequest['notMade'][number];

/** How an assessment calls what a step would have checked. */
const checks: Readonly<Record<string, { readonly id: string; readonly group: CheckGroup }>> = {
  capture: { id: 'capture', group: 'api' },
  plan: { id: 'plan', group: 'storage' },
  'verify/facts': { id: 'facts', group: 'api' },
  'verify/location': { id: 'location/throughput', group: 'location' },
  'verify/dry-run': { id: 'admission/dry-run', group: 'admission' },
  'verify/images': { id: 'images/registry', group: 'images' },
  'verify/external': { id: 'external/probe', group: 'external' },
  'verify/storage': { id: 'storage/probe', group: 'storage' },
};

/** The step that removes what the dry run has made, which is no check. */
export const removalStep = 'verify/namespaces';

/** Puts what was found together, and stores the assessment beside the scratch prefix. */
export async function conclude(run: Run<AssessFound>, stepId: string): Promise<ConcludedAssessment> {
  const { input, plan, captured, checked } = run.found;
  const preflight = preflightOf(run);
  const { source, target, kinds, findings, blockers, allFindings } = preflight;
  const request: ConcludeRequest = {
    keep: input.spec.location,
    startedAt: run.startedAt,
    finishedAt: new Date().toISOString(),
    source,
    target: required(target, 'target'),
    namespaces: kinds,
    objects: captured?.objects ?? 0,
    claims: plan?.claims.length ?? 0,
    found: [
      { step: 'preflight', findings, blockers, ...(allFindings === undefined ? {} : { all: allFindings }) },
      ...(plan === undefined
        ? []
        : [{ step: 'plan', findings: plan.findings, blockers: plan.blockers, all: plan.plan }]),
    ],
    parts: checked,
    notMade: notMade(run),
  };
  return activities.concludeAssessment({ context: contextOf(run), request, stepId });
}

/** Checks that failed, that needed one that did, that nobody wanted; and what a check could not remove. */
function notMade({ failures, skipped, found }: Run<AssessFound>): NotMade[] {
  const { images, external, storage } = found.input.probes;
  const unwanted = { 'verify/images': !images, 'verify/external': !external, 'verify/storage': !storage };
  const made: NotMade[] = [];
  for (const [step, check] of Object.entries(checks)) {
    const failure = failures.get(step);
    const missing = skipped.get(step);
    if (failure !== undefined) made.push({ ...check, why: `${failure.code}: ${failure.what}` });
    else if (missing !== undefined) made.push({ ...check, why: `it needs ${missing}, which was not made` });
    else if (unwanted[step as keyof typeof unwanted]) made.push({ ...check, why: 'skipped by a command line option' });
  }
  const removal = failures.get(removalStep);
  const remaining = removal === undefined ? found.remaining : [...found.remaining, `${removal.code}: ${removal.what}`];
  return [...made, ...remaining.map((why): NotMade => ({ id: 'assessment/clean-up', group: 'assessment', why }))];
}
