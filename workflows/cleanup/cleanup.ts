import { CancellationScope, patched, setHandler, sleep } from '@temporalio/workflow';
import type { ClaimPlan, CleanupInput, RunContext, RunRemains, WavePlan } from '../../src/core/migration/contract.ts';
import { undoTitle } from '../../src/core/course/course.ts';
import type { ErrorDetail } from '../../src/core/errors.ts';
import { activities } from '../lib/activities.ts';
import { toErrorDetail, toFailure } from '../lib/failures.ts';
import { openJournal, stepDone, stepFailed, stepInfo } from '../lib/journal.ts';
import type { Journal } from '../lib/journal.ts';
import { eventsQuery } from '../lib/messages.ts';
import { chunks, inWindow, throughAll } from '../lib/window.ts';

/** Longest heartbeat timeout of an activity and a little: after that no attempt of the ended run writes anything. */
const quietMs = 35_000;
const claimsPerBatch = 20;

/**
 * Removes what a run has left that ended without undoing it: one that was terminated, or whose undo failed. Does what
 * the compensations of the run would have done, in their order, and then sweeps by the run's label. Cannot be
 * cancelled; each step has its own retries, and one that fails for good does not stop the others.
 */
export async function cleanup(input: CleanupInput): Promise<void> {
  const { runId, spec } = input.run;
  const journal = openJournal(runId);
  setHandler(eventsQuery, (since) => journal.since(since, 500));
  const { name, source, target } = spec;
  const hello = { kind: 'cleanup', name, schemaMinor: 0, source: source.name, target: target.name };
  journal.emit({ type: 'hello', ...hello, phases: ['preflight'] });
  await CancellationScope.nonCancellable(async () => {
    const failures = await cleanAll(input, journal);
    const [first] = failures;
    if (first === undefined) {
      journal.emit({ type: 'result', outcome: 'succeeded', exitCode: 0 });
      return;
    }
    const detail =
      failures.length === 1 ? first : { ...first, what: `${first.what} (and ${failures.length - 1} more)` };
    const ending = { outcome: 'failed', exitCode: 6 } as const;
    journal.emit({ type: 'result', ...ending, error: detail });
    throw toFailure(detail, ending);
  });
}

async function cleanAll(input: CleanupInput, journal: Journal): Promise<readonly ErrorDetail[]> {
  const found = await look(input, journal);
  if ('error' in found) return [found.error];
  const { context, remains } = found;
  const failures: ErrorDetail[] = [];
  for (const [index, { title, undo }] of undosOf(context, remains, input.keepApplication).entries()) {
    const step = stepInfo('undo', title, `undo/${index}`);
    journal.emit({ type: 'undo.started', step, title });
    try {
      await undo();
      journal.emit({ type: 'undo.done', step, title });
    } catch (error) {
      const detail = toErrorDetail(error);
      failures.push(detail);
      journal.emit({ type: 'undo.failed', step, title, error: detail });
    }
  }
  if (failures.length === 0 && patched('close-run')) await letGo(context, failures);
  return failures;
}

/** Nothing of the run is left that its recovery point is needed for. */
async function letGo(context: RunContext, failures: ErrorDetail[]): Promise<void> {
  try {
    await activities.closeRun({ context });
  } catch (error) {
    failures.push(toErrorDetail(error));
  }
}

type Found = { readonly context: RunContext; readonly remains: RunRemains } | { readonly error: ErrorDetail };

async function look({ run, endedAt }: CleanupInput, journal: Journal): Promise<Found> {
  const info = stepInfo('preflight', 'what the run left behind');
  const startedMs = Date.now();
  journal.emit({ type: 'step.started', step: info });
  const untilMs = new Date(endedAt).getTime() + quietMs;
  if (untilMs > Date.now()) {
    journal.emit({
      type: 'step.waiting',
      step: info,
      waitingFor: { kind: 'step', ref: run.runId, condition: 'steps of the ended run that may still be writing' },
      since: new Date().toISOString(),
      deadline: new Date(untilMs).toISOString(),
      then: 'the cleanup starts',
    });
    await sleep(untilMs - Date.now());
  }
  try {
    const spec = await activities.openRun({ input: run, leaves: true });
    const context: RunContext = { runId: run.runId, location: run.spec.location, spec };
    const remains = await activities.findRemains({ context, stepId: info.id });
    const objects = remains.waves.reduce((sum, wave) => sum + wave.objects, 0);
    journal.emit(stepDone(info, startedMs, { counts: { objects, claims: remains.claims.length } }));
    return { context, remains };
  } catch (error) {
    const detail = toErrorDetail(error);
    journal.emit(stepFailed(info, startedMs, detail));
    return { error: detail };
  }
}

interface Undo {
  readonly title: string;
  readonly undo: () => Promise<unknown>;
}

async function ofClaims(claims: readonly ClaimPlan[][], undo: (part: ClaimPlan[]) => Promise<void>): Promise<void> {
  if (patched('cleanup-tries-all')) await throughAll(claims, 2, undo);
  else await inWindow(claims, 2, undo);
}

/** Every part is tried, whatever becomes of the others; clean-ups begun before that stop at the first that fails. */
async function undoWave(context: RunContext, wave: WavePlan, claims: readonly ClaimPlan[][]): Promise<void> {
  const undoClaims = (part: ClaimPlan[]): Promise<void> => activities.undoHandOver({ context, claims: part });
  if (!patched('cleanup-tries-all')) {
    for (const batch of wave.batches.toReversed()) await activities.undoBatch({ context, batch });
    if (wave.claims) await inWindow(claims, 2, undoClaims);
    return;
  }
  const failures: unknown[] = [];
  const keep = (error: unknown): void => void failures.push(error);
  await throughAll(wave.batches.toReversed(), 1, (batch) => activities.undoBatch({ context, batch })).catch(keep);
  if (wave.claims) await throughAll(claims, 2, undoClaims).catch(keep);
  if (failures.length > 0) throw failures[0];
}

/** Newest first, as the run itself would have done it. */
function undosOf(context: RunContext, { waves, claims }: RunRemains, keepApplication: boolean): readonly Undo[] {
  const batches = chunks(claims, claimsPerBatch);
  const ofApplication = waves.toReversed().map((wave) => ({
    title: undoTitle(wave.name, wave.objects),
    undo: () => undoWave(context, wave, batches),
  }));
  const ofTarget = {
    title: `delete ${claims.length} new volumes from the target`,
    undo: () => ofClaims(batches, (part) => activities.removeTargetVolumes({ context, claims: part })),
  };
  const ofSource = {
    title: `delete ${claims.length} snapshots and temporary claims from the source`,
    undo: () => ofClaims(batches, (part) => activities.removeSourceVolumes({ context, claims: part })),
  };
  const rest = [
    { title: 'delete what has the label of the run', undo: () => activities.sweepVolumes({ context }) },
    { title: 'clear the Landfall namespace on both sides', undo: () => activities.removeNamespaces({ context }) },
  ];
  const ofVolumes = claims.length === 0 ? [] : keepApplication ? [ofSource, ...rest] : [ofTarget, ofSource, ...rest];
  return [...(keepApplication ? [] : ofApplication), ...ofVolumes];
}
