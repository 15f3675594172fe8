import { CancellationScope, sleep } from '@temporalio/workflow';
import type { CleanupInput, MigrateInput } from '../../src/core/migration/contract.ts';
import { cleanupTable, compensating, type CleanupAction, type CleanupFacts } from '../../src/saga/tables/cleanup.ts';
import { contextOf, keepEvents } from '../opening/scope.ts';
import { migrateKind } from '../migrate/migrate.ts';
import { factsOf, newFound, type MigrateFound } from '../migrate/found.ts';
import type { MigrateFacts } from '../../src/saga/tables/migrate.ts';
import { activities } from '../saga/activities.ts';
import { drive, throwUnlessWell } from '../saga/drive.ts';
import { toErrorDetail } from '../saga/failures.ts';
import { stepInfo } from '../saga/journal.ts';
import { openRun } from '../saga/run.ts';
import type { Act, CarriedArguments, Run, RunKind } from '../saga/run.ts';

/** Longest heartbeat timeout of an activity and a little: after that no attempt of the ended run writes anything. */
const quietMs = 35_000;

interface CleanupFound extends MigrateFound {
  readonly endedAt: string;
}

type CleanupRun = Run<CleanupFound>;

/**
 * Removes what a run has left that ended without undoing it: one that was terminated, or whose undo failed. What that is
 * follows from the table of the run. Cannot be cancelled; each step has its own retries, and one that fails for good
 * does not stop the others.
 */
export async function cleanup(
  input: CleanupInput,
  ...carried: CarriedArguments<CleanupFacts<MigrateFacts>, CleanupFound>
): Promise<void> {
  const { run: ended, endedAt, keepApplication } = input;
  const found: CleanupFound = { ...newFound(ended), endedAt };
  const run = openRun({ id: ended.runId, input, found }, carried);
  const kind = cleanupKind(ended, keepApplication);
  throwUnlessWell(await CancellationScope.nonCancellable(() => drive(kind, run, carried[0])));
}

function cleanupKind(ended: MigrateInput, isPastNoReturn: boolean): RunKind<CleanupFacts<MigrateFacts>, CleanupFound> {
  const { actions, compensations } = migrateKind;
  const undos = Object.entries(compensations).map(([name, compensate]): [string, Act<CleanupFound>] => [
    compensating(name),
    (run, { item }) => compensate(run, item),
  ]);
  return {
    table: cleanupTable(migrateKind.table, isPastNoReturn),
    actions: { ...actions, ...Object.fromEntries(undos), ...ownActions },
    compensations: {},
    introduce: () => ({ name: ended.spec.name, source: ended.spec.source.name, target: ended.spec.target.name }),
    facts: () => ({}),
    phaseSummary: () => ({ counts: {} }),
    keepEvents,
    result: () => ({}),
  };
}

const ownActions: Readonly<Record<CleanupAction, Act<CleanupFound>>> = {
  async 'await-quiet'(run, { stepId }) {
    const untilMs = Date.parse(run.found.endedAt) + quietMs;
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
    const { input } = run.found;
    const spec = await activities.openRun({ input, leaves: true });
    run.found.context = { runId: run.id, location: input.spec.location, spec };
  },

  async 'find-remains'(run, { stepId }) {
    const { waves, claims } = await activities.findRemains({ context: contextOf(run), stepId });
    const objects = waves.reduce((sum, wave) => sum + wave.objects, 0);
    // Whose fields were applied is not known any more: a clean-up looks at every object.
    run.found.remains = { waves, claims, appliers: 1 };
    const facts: CleanupFacts<MigrateFacts> = { run: factsOf(run.found) };
    return { facts, summary: { counts: { objects, claims: claims.length } } };
  },

  /** What is still there needs its recovery point; then the clean-up has failed. */
  async 'close-run'(run) {
    const failure = firstFailure(run) ?? (await closeRun(run));
    if (failure === undefined) return;
    const more = run.failures.size > 1 ? ` (and ${run.failures.size - 1} more)` : '';
    return { ending: { outcome: 'failed', exitCode: 6, error: { ...failure, what: `${failure.what}${more}` } } };
  },
};

function firstFailure({ failures }: CleanupRun) {
  return [...failures.values()][0];
}

async function closeRun(run: CleanupRun) {
  try {
    await activities.closeRun({ context: contextOf(run) });
    return undefined;
  } catch (error) {
    return toErrorDetail(error);
  }
}
