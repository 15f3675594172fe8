import { phaseTitle } from '../../src/core/course/course.ts';
import type { CourseEnding, Told } from '../../src/core/course/state.ts';
import type { Step } from '../../src/core/course/course.ts';
import type { PhaseName, StepInfo } from '../../src/core/run/events.ts';
import { stepDone, stepFailed, stepInfo } from '../lib/journal.ts';
import type { StepSummary } from '../lib/journal.ts';
import { applySummary, rehearsalSummary } from './apply.ts';
import type { Run } from './run.ts';

/** A step that is stopped did not fail: a user cancelled the run, or another step failed. */
const stopped = 'stopped early: the run rolls back';

/** Writes into the journal what the course says happened. */
export function tell(run: Run, told: Told): void {
  const { journal } = run;
  switch (told.what) {
    case 'phase-started':
      return start(run, phaseInfo(run, told.phase));
    case 'phase-done':
      endPhase(run, told.phase, (info, ms) => stepDone(info, ms, phaseSummary(run, told.phase)));
      // The plan has looked at the target.
      return told.phase === 'plan' ? tellSides(run, run.sides) : undefined;
    case 'phase-failed':
      return endPhase(run, told.phase, (info, ms) => stepFailed(info, ms, told.error));
    case 'step-started':
      return start(run, infoOf(told.step), told.step.acts.findLast(({ undo }) => undo !== undefined)?.undo?.title);
    case 'step-done':
      return journal.emit(stepDone(infoOf(told.step), startOf(run, told.step.id), summaryOf(run, told.step.id)));
    case 'step-failed':
      return journal.emit(stepFailed(infoOf(told.step), startOf(run, told.step.id), told.error));
    case 'step-stopped':
      return journal.emit({ type: 'step.skipped', step: infoOf(told.step), reason: stopped });
    case 'step-waiting':
      return journal.emit({
        type: 'step.waiting',
        step: infoOf(told.step),
        waitingFor: { kind: 'person', ref: run.input.runId, condition: 'landfall resume or landfall cancel' },
        since: new Date().toISOString(),
        deadline: '',
        then: 'nothing: the run waits until somebody answers',
      });
    case 'undo-started':
    case 'undone':
    case 'not-undone': {
      const { title } = told.compensation;
      const step = stepInfo('undo', title, `undo/${told.index}`);
      if (told.what === 'not-undone') return journal.emit({ type: 'undo.failed', step, title, error: told.error });
      return journal.emit({ type: told.what === 'undone' ? 'undo.done' : 'undo.started', step, title });
    }
    case 'sides':
      return tellSides(run, told.sides);
  }
}

/** The course knows what of the run is on the target; what was there before is known from the plan. */
function tellSides(run: Run, sides: Run['sides']): void {
  const holds = run.found.plan?.targetHolds;
  const before = holds === undefined ? 'unknown' : holds ? 'occupied' : 'empty';
  const isBefore = sides.target === 'empty' || sides.target === 'unknown';
  const now = isBefore ? ({ ...sides, target: before } as const) : sides;
  const { source, target } = run.sides;
  run.sides = now;
  if (now.source !== source || now.target !== target) run.journal.emit({ type: 'side', ...now });
}

/** The last event: how it ended, with the numbers of the report where there is one. */
export function tellResult(run: Run, { outcome, exitCode, error }: CourseEnding): void {
  run.journal.emit({
    type: 'result',
    outcome,
    exitCode,
    ...run.reportSummary,
    ...(run.report === undefined ? {} : { report: run.report.key }),
    ...(error === undefined ? {} : { error }),
  });
}

function start(run: Run, step: StepInfo, undo?: string): void {
  run.startedMs.set(step.id, Date.now());
  run.journal.emit({ type: 'step.started', step, ...(undo === undefined ? {} : { undo }) });
}

function endPhase(
  run: Run,
  phase: PhaseName,
  event: (info: StepInfo, startedMs: number) => Parameters<Run['journal']['emit']>[0]
): void {
  const startedMs = startOf(run, phase);
  run.journal.emit(event(phaseInfo(run, phase), startedMs));
  run.journal.phaseDone(phase, Date.now() - startedMs);
}

function startOf(run: Run, id: string): number {
  return run.startedMs.get(id) ?? Date.now();
}

function summaryOf(run: Run, id: string): StepSummary {
  return run.summaries.get(id) ?? { counts: {} };
}

function infoOf({ phase, title, id }: Step): StepInfo {
  return stepInfo(phase, title, id);
}

function phaseInfo(run: Run, phase: PhaseName): StepInfo {
  return stepInfo(phase, phaseTitle(phase, run.input.spec));
}

/** What a phase says when it is done; each number once, from what was found. */
function phaseSummary(run: Run, phase: PhaseName): StepSummary {
  const { preflight, captured, plan, verified, volumes } = run.found;
  switch (phase) {
    case 'preflight':
      return {
        counts: {
          kinds: preflight?.kindCount ?? 0,
          findings: preflight?.findingCount ?? preflight?.findings.length ?? 0,
        },
      };
    case 'capture': {
      const { objects = 0, leftOut = 0, storedBytes = 0 } = captured ?? {};
      return { counts: { objects, leftOut, storedBytes } };
    }
    case 'plan': {
      const { objects = 0, changed = 0, leftOut = 0, claims = [] } = plan ?? {};
      return { counts: { objects, changed, leftOut, claims: claims.length } };
    }
    case 'volumes':
      return { counts: { claims: volumes.length, bytes: volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) } };
    case 'apply': {
      const results = run.applied.flat();
      return run.input.spec.dryRun && plan !== undefined ? rehearsalSummary(plan, results) : applySummary(results);
    }
    case 'verify': {
      const { missing = 0, extra = 0, different = 0 } = verified ?? {};
      return { counts: { missing, extra, different } };
    }
    case 'finish':
      return { counts: { claims: plan?.claims.length ?? 0 } };
    case 'undo':
      return { counts: {} };
  }
}
