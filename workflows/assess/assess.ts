import { CancellationScope, CancelledFailure, isCancellation, setHandler } from '@temporalio/workflow';
import type { AssessInput, CheckedPart, ConcludedAssessment, ConcludeRequest } from '../../src/core/assess/contract.ts';
import { assessmentExitCode } from '../../src/core/assess/exit-code.ts';
import type { CheckGroup } from '../../src/core/assess/finding.ts';
import type { MigrationPlan, PreflightResult, RunContext } from '../../src/core/migration/contract.ts';
import { exitCodeOf } from '../../src/core/run/exit-code.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { activities } from '../lib/activities.ts';
import { toErrorDetail, toFailure } from '../lib/failures.ts';
import { openJournal } from '../lib/journal.ts';
import { eventsQuery, reportQuery } from '../lib/messages.ts';
import { chunks, inWindow } from '../lib/window.ts';
import { scratchOf } from './scratch.ts';
import { createSteps } from './steps.ts';
import type { Steps } from './steps.ts';

/** Kinds a capture activity takes, and such activities at the same time; as in a migration. */
const kindsPerBatch = 12;
const capturesInParallel = 2;
/** Batches of 500 objects the target is asked about at the same time. */
const dryRunsInParallel = 3;

export interface AssessOutcome {
  readonly exitCode: number;
  readonly report: StoredRef;
  /** Absent in what an older worker answered. */
  readonly verdict?: ConcludedAssessment['verdict'];
  readonly counts?: ConcludedAssessment['counts'];
}

/** What the steps find on the way; what is missing was not made. */
interface Found {
  readonly parts: StoredRef[];
  readonly notMade: ConcludeRequest['notMade'][number][];
  preflight?: PreflightResult;
  plan?: MigrationPlan;
  objects: number;
}

/**
 * Looks at a migration before anything is touched: what both sides serve, whether everything that moves fits and is
 * taken, what lies outside. Works in a scratch prefix of the Location and in temporary namespaces of the target, all of
 * which it removes, also when it fails or is cancelled; the assessment itself is what stays.
 */
export async function assess(input: AssessInput): Promise<AssessOutcome> {
  const journal = openJournal(input.runId);
  const steps = createSteps(journal);
  const { source, target, name, location } = input.spec;
  let report: StoredRef | undefined;
  setHandler(eventsQuery, (since) => journal.since(since, 500));
  setHandler(reportQuery, () => (report === undefined ? undefined : { ref: report, location }));
  journal.emit({
    type: 'hello',
    kind: 'assess',
    name,
    schemaMinor: 0,
    source: source.name,
    target: target.name,
    phases: ['preflight', 'capture', 'plan', 'verify', 'finish'],
  });
  const startedAt = new Date().toISOString();
  const spec = { ...input.spec, location: scratchOf(location, input.runId), dryRun: true };
  let context: RunContext | undefined;
  try {
    const opened = await steps.phase('preflight', 'preflight', async () => {
      const stored = await activities.openRun({ input: { runId: input.runId, spec } });
      context = { runId: input.runId, location: spec.location, spec: stored };
      return { context, preflight: await activities.preflight({ context, stepId: 'preflight' }) };
    });
    const found = await look(steps, opened.context, opened.preflight, input);
    const concluded = await steps.phase('finish', 'assessment', () =>
      conclude(opened.context, found, { startedAt, keep: location })
    );
    await cleanUp(context);
    context = undefined;
    for (const finding of concluded.worst) journal.emit({ type: 'finding', ...finding });
    report = concluded.assessment;
    const exitCode = assessmentExitCode(concluded.counts, input.exitCodeOnWarnings);
    journal.emit({ type: 'result', outcome: 'succeeded', exitCode, phases: journal.phases, report: report.key });
    const { verdict, counts } = concluded;
    return { exitCode, report, verdict, counts };
  } catch (error) {
    const clean = await cleanUp(context).then(
      () => true,
      () => false
    );
    const detail = toErrorDetail(error);
    const cancelled = isCancellation(error);
    const outcome = cancelled ? 'cancelled' : 'failed';
    const exitCode = exitCodeOf({ outcome, undo: clean ? 'none' : 'incomplete', error: detail });
    journal.emit({ type: 'result', outcome, exitCode, phases: journal.phases, error: detail });
    throw cancelled ? error : toFailure(detail, { outcome, exitCode });
  }
}

/** Everything between the first contact and the assessment. A step that fails is told and the others are made. */
async function look(
  steps: Steps,
  context: RunContext,
  preflight: PreflightResult,
  { probes }: AssessInput
): Promise<Found> {
  const found: Found = { parts: [], notMade: [], preflight, objects: 0 };
  const captured = await attempt(found, 'capture', 'api', () =>
    steps.phase('capture', 'capture objects', () => capture(context, preflight))
  );
  if (captured === undefined) return found;
  found.objects = captured.objects;
  const plan = await attempt(found, 'plan', 'storage', () =>
    steps.phase('plan', 'translate and order', () =>
      activities.planApply({ context, capture: captured.capture, stepId: 'plan' })
    )
  );
  if (plan !== undefined) found.plan = plan;
  const keep = (part: CheckedPart) => void found.parts.push(part.part);
  await steps.phase('verify', 'checks', async () => {
    const judging = attempt(found, 'facts', 'api', () =>
      steps.step('facts', 'facts and checks', async () => {
        const { source, target, kinds } = preflight;
        const judged = await activities.judgeFacts({
          context,
          capture: captured.capture,
          kinds,
          source,
          target,
          now: new Date().toISOString(),
          stepId: 'assess/facts',
        });
        keep(judged);
        return judged;
      })
    );
    const measuring = attempt(found, 'location/throughput', 'location', () =>
      steps.step('location', 'throughput of the Location', async () =>
        keep(await activities.measureLocation({ context, stepId: 'assess/location' }))
      )
    );
    const asking = attempt(found, 'admission/dry-run', 'admission', async () => {
      if (plan === undefined) return;
      await steps.step('dry-run', 'server-side dry run', () => dryRun(context, captured.capture, plan, keep));
    });
    const trying = judging.then(async (judged) => {
      if (judged !== undefined) await trials(steps, context, found, judged.inventory, probes);
    });
    try {
      await allOf([judging, measuring, asking, trying]);
    } finally {
      const left = await CancellationScope.nonCancellable(() =>
        activities.removeDryRunNamespaces({ context, stepId: 'verify' })
      );
      for (const why of left ?? []) found.notMade.push({ id: 'assessment/clean-up', group: 'assessment', why });
    }
    return judging;
  });
  return found;
}

/** Trials that ask something live about the scope, side by side; each that is left out is told. */
async function trials(
  steps: Steps,
  context: RunContext,
  found: Found,
  inventory: StoredRef,
  probes: AssessInput['probes']
): Promise<void> {
  const wanted = [
    ['images/registry', 'images', 'registries', probes.images, activities.checkImages],
    ['external/probe', 'external', 'external addresses', probes.external, activities.probeAddresses],
    ['storage/probe', 'storage', 'storage of the target', probes.storage, activities.probeStorage],
  ] as const;
  await allOf(
    wanted.map(([id, group, title, asked, act]) =>
      attempt(found, id, group, async () => {
        if (!asked) return void found.notMade.push({ id, group, why: 'skipped by a command line option' });
        const stepId = `assess/${group}`;
        await steps.step(group, title, async () => {
          found.parts.push((await act({ context, inventory, stepId })).part);
        });
      })
    )
  );
}

async function capture(context: RunContext, { kinds, kindCount }: PreflightResult) {
  const numbers = Array.from({ length: kindCount }, (_, index) => index);
  const batches = chunks(numbers, kindsPerBatch).map((batch) => ({
    kinds,
    from: batch[0] ?? 0,
    to: (batch.at(-1) ?? -1) + 1,
  }));
  const parts = await inWindow(batches, capturesInParallel, (batch) =>
    activities.captureKinds({ context, batch, stepId: 'capture' })
  );
  const refs = parts.map(({ part }) => part);
  const shared = await activities.captureDependencies({ context, parts: refs, kinds, stepId: 'capture' });
  return activities.mergeCapture({ context, parts: [...refs, shared.part], stepId: 'capture' });
}

/** Asks the target about everything, in temporary namespaces where its own are not there yet. */
async function dryRun(
  context: RunContext,
  captured: StoredRef,
  plan: MigrationPlan,
  keep: (part: CheckedPart) => void
): Promise<void> {
  const stepId = 'assess/dry-run';
  const { places, claims } = await activities.prepareDryRun({ context, capture: captured, plan: plan.plan, stepId });
  const batches = plan.waves.filter(({ settle }) => !settle).flatMap((wave) => wave.batches);
  const all = claims === undefined ? batches : [...batches, claims];
  await inWindow(all, dryRunsInParallel, async (batch) =>
    keep(await activities.assessDryRun({ context, batch, places, stepId }))
  );
}

function conclude(
  context: RunContext,
  { parts, notMade, preflight, plan, objects }: Found,
  { startedAt, keep }: { readonly startedAt: string; readonly keep: ConcludeRequest['keep'] }
): Promise<ConcludedAssessment> {
  if (preflight === undefined) throw new CancelledFailure('nothing was checked');
  const { source, target, kinds } = preflight;
  const allOfPreflight = preflight.allFindings === undefined ? {} : { all: preflight.allFindings };
  const request: ConcludeRequest = {
    keep,
    startedAt,
    finishedAt: new Date().toISOString(),
    source,
    target,
    namespaces: kinds,
    objects,
    claims: plan?.claims.length ?? 0,
    found: [
      { step: 'preflight', findings: preflight.findings, blockers: preflight.blockers, ...allOfPreflight },
      ...(plan === undefined
        ? []
        : [{ step: 'plan', findings: plan.findings, blockers: plan.blockers, all: plan.plan }]),
    ],
    parts,
    notMade,
  };
  return activities.concludeAssessment({ context, request, stepId: 'finish' });
}

async function cleanUp(context: RunContext | undefined): Promise<void> {
  if (context === undefined) return;
  await CancellationScope.nonCancellable(() => activities.removeScratch({ context, stepId: 'finish' }));
}

/** Waits for all, also when one fails: what they make is removed by themselves before they end. */
async function allOf(works: readonly Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(works);
  const failed = ended.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Makes a step; its failure is kept as something that was not checked. A cancel passes on. */
async function attempt<T>(found: Found, id: string, group: CheckGroup, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, what } = toErrorDetail(error);
    found.notMade.push({ id, group, why: `${code}: ${what}` });
    return undefined;
  }
}
