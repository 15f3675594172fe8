import type { CheckedPart } from '../../src/assess/contract.ts';
import { capturedOf, contextOf, planOf, preflightOf } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { required } from '../saga/drive.ts';
import type { StepSummary } from '../saga/journal.ts';
import type { ActionHandler, Run } from '../saga/run.ts';
import { inWindow } from '../saga/window.ts';
import type { AssessFound } from './found.ts';

/** Batches of 500 objects the target is asked about at the same time. */
const dryRunsInParallel = 3;

/** What an assessment looks at; each leaves its findings in the Location. */
export const checkActions = {
  async 'judge-facts'(run, { stepId }) {
    const { source, target, kinds } = preflightOf(run);
    const { capture } = capturedOf(run);
    const scope = { capture, kinds, source, target: required(target, 'target'), now: new Date().toISOString() };
    const judged = await activities.judgeFacts({ context: contextOf(run), ...scope, stepId });
    run.found.inventory = judged.inventory;
    return keep(run, judged);
  },

  async 'measure-location'(run, { stepId }) {
    return keep(run, await activities.measureLocation({ context: contextOf(run), stepId }));
  },

  /** Asks the target about everything, in temporary namespaces where its own are not there yet. */
  async 'dry-run'(run, { stepId }) {
    const context = contextOf(run);
    const { plan, applyGroups } = planOf(run);
    const { capture } = capturedOf(run);
    const { places, claims } = await activities.prepareDryRun({ context, capture, plan, stepId });
    const batches = applyGroups.filter(({ settle }) => !settle).flatMap((applyGroup) => applyGroup.batches);
    const all = claims === undefined ? batches : [...batches, claims];
    await inWindow(all, dryRunsInParallel, async (batch) => {
      keep(run, await activities.assessDryRun({ context, batch, places, stepId }));
    });
  },

  async 'remove-namespaces'(run, { stepId }) {
    await removeNamespaces(run, stepId);
  },

  async 'check-images'(run, { stepId }) {
    return keep(run, await activities.checkImages({ context: contextOf(run), inventory: inventoryOf(run), stepId }));
  },

  async 'probe-addresses'(run, { stepId }) {
    return keep(run, await activities.probeAddresses({ context: contextOf(run), inventory: inventoryOf(run), stepId }));
  },

  async 'probe-storage'(run, { stepId }) {
    return keep(run, await activities.probeStorage({ context: contextOf(run), inventory: inventoryOf(run), stepId }));
  },
} satisfies Record<string, ActionHandler<AssessFound>>;

/** What stays behind is no failure of the assessment, and is said in it. */
export async function removeNamespaces(run: Run<AssessFound>, stepId: string): Promise<void> {
  run.found.remaining = await activities.removeDryRunNamespaces({ context: contextOf(run), stepId });
}

function inventoryOf({ found }: Run<AssessFound>) {
  return required(found.inventory, 'inventory');
}

function keep(run: Run<AssessFound>, { part, findings, blockers, notChecked }: CheckedPart): { summary: StepSummary } {
  run.found.checked.push(part);
  return { summary: { counts: { findings, blockers, notChecked } } };
}
