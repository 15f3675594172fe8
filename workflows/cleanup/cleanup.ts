import { CancellationScope, sleep } from '@temporalio/workflow';
import type { ErrorDetail } from '../../src/core/errors.ts';
import { cleanupTable, compensating, type CleanupAction, type CleanupFacts } from '../../src/saga/tables/cleanup.ts';
import { contextOf, keepEvents, openContext } from '../opening/scope.ts';
import type { ScopeFound } from '../opening/scope.ts';
import { activities } from '../saga/activities.ts';
import { drive, throwUnlessWell } from '../saga/drive.ts';
import { toErrorDetail } from '../saga/failures.ts';
import { stepInfo } from '../saga/journal.ts';
import { openRun } from '../saga/run.ts';
import type { ActionHandler, CarriedArguments, Run, RunKind } from '../saga/run.ts';
import { cleanedUp } from './kinds.ts';
import type { CleanupInput } from '../../src/core/undo/contract.ts';

/** Longest heartbeat timeout of an activity and a little: after that no attempt of the ended run writes anything. */
const quietMs = 35_000;

interface CleanupFound extends ScopeFound {
  /** What the run may have made was looked for; without it nothing follows from its table yet. */
  hasRemains?: true;
}

type CleanupRunKind = RunKind<CleanupFacts<unknown>, CleanupFound>;
type CleanupRun = Run<CleanupFound>;

/**
 * Removes what a run has left that ended without undoing it: one that was terminated, or whose undo failed. What that is
 * follows from the table of the run. Cannot be cancelled; each step has its own retries, and one that fails for good
 * does not stop the others.
 */
export async function cleanup(input: CleanupInput, ...carried: CarriedArguments<CleanupFound>): Promise<void> {
  const { kind, run: ended } = input;
  const run = openRun<CleanupFound>({ id: ended.runId, input, found: cleanedUp[kind].found(ended) }, carried);
  throwUnlessWell(await CancellationScope.nonCancellable(() => drive(kindOf(input), run, carried[0])));
}

function kindOf(input: CleanupInput): CleanupRunKind {
  const { kind } = cleanedUp[input.kind];
  const { name, source, target } = input.run.spec;
  const undos = Object.entries(kind.compensations).map(([undo, compensate]): [string, ActionHandler<CleanupFound>] => [
    compensating(undo),
    (run, { item }) => compensate(run, item),
  ]);
  return {
    table: cleanupTable(kind.table, input.keepApplication),
    actions: { ...kind.actions, ...Object.fromEntries(undos), ...ownActions(input) },
    compensations: {},
    introduce: () => ({ name, source: source.name, target: target?.name ?? '' }),
    facts: (found) => factsOf(input.kind, found),
    phaseSummary: () => ({ counts: {} }),
    keepEvents,
    result: () => ({}),
  };
}

function factsOf(kind: CleanupInput['kind'], found: CleanupFound): CleanupFacts<unknown> {
  return found.hasRemains === true ? { run: cleanedUp[kind].kind.facts(found) ?? null } : {};
}

function ownActions({
  kind,
  run: ended,
  endedAt,
}: CleanupInput): Readonly<Record<CleanupAction, ActionHandler<CleanupFound>>> {
  return {
    async 'await-quiet'(run, { stepId }) {
      const untilMs = Date.parse(endedAt) + quietMs;
      if (untilMs <= Date.now()) return;
      run.journal.emit({
        type: 'step.waiting',
        step: stepInfo(stepId, 'what the run left behind'),
        waitingFor: { kind: 'step', ref: run.id, condition: 'steps of the ended run that may still be writing' },
        since: new Date().toISOString(),
        deadline: new Date(untilMs).toISOString(),
        then: 'the cleanup starts',
      });
      await sleep(untilMs - Date.now());
    },

    async 'open-run'(run) {
      const spec = cleanedUp[kind].spec(ended);
      run.found.context = await openContext({ input: { ...ended, spec }, leaves: true });
    },

    async 'find-remains'(run, { stepId }) {
      const remains = await activities.findRemains({ context: contextOf(run), stepId });
      const objects = remains.applyGroups.reduce((sum, applyGroup) => sum + applyGroup.objects, 0);
      cleanedUp[kind].learn(run, remains);
      run.found.hasRemains = true;
      const facts = factsOf(kind, run.found);
      const claims = remains.claims.length;
      // A planning run and an assessment make nothing of what they have planned.
      if (kind === 'migrate' || kind === 'restore') return { facts, summary: { counts: { objects, claims } } };
      return kind === 'backup' ? { facts, summary: { counts: { claims } } } : { facts };
    },

    /** What is still there needs its recovery point; then the clean-up has failed. */
    async 'close-run'(run) {
      const failure = firstFailure(run) ?? (await closeRun(run));
      if (failure === undefined) return;
      const more = run.failed > 1 ? ` (and ${run.failed - 1} more)` : '';
      return { ending: { outcome: 'failed', exitCode: 6, error: { ...failure, what: `${failure.what}${more}` } } };
    },
  };
}

function firstFailure({ failures }: CleanupRun): ErrorDetail | undefined {
  return [...failures.values()][0];
}

async function closeRun(run: CleanupRun): Promise<ErrorDetail | undefined> {
  try {
    await activities.closeRun({ context: contextOf(run) });
    return undefined;
  } catch (error) {
    return toErrorDetail(error);
  }
}
