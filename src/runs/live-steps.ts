import { errorDetail } from '../core/errors.ts';
import type { ErrorCode, ErrorDetail } from '../core/errors.ts';
import type { Heartbeat, RunEvent, RunEventBody, StepInfo } from '../core/run/events.ts';

/** Which attempt of an activity is next, and what ended the one before. `nextAt` is '' while one is running. */
export interface Attempt {
  readonly number: number;
  readonly attemptsMax: number;
  readonly nextAt: string;
  readonly error: ErrorDetail;
}

/** A running activity: its name, what it said last, and which attempt that is. */
export interface LiveActivity {
  readonly name: string;
  readonly beat: Heartbeat;
  readonly attempt: Attempt;
}

/** The steps of a run as its stored events show them, and the place of heartbeats among them. */
export interface LiveSteps {
  /** Takes in the next stored event. */
  take(event: RunEvent): void;
  /** What running activities report, as events of the steps they belong to. */
  bodiesOf(activities: readonly LiveActivity[]): RunEventBody[];
}

/**
 * Opens the steps of a run. The heartbeat of a compensation only says `undo`: it belongs to the compensation that began
 * last, or, on the way forward, to the step that did. What is done when its step is over, such as the report, is shown where
 * it waits for something: as a step of its own.
 */
export function openLiveSteps(): LiveSteps {
  const steps = new Map<string, StepInfo>();
  const open = new Set<string>();
  const apart = new Map<string, StepInfo>();
  let undo = '';
  let phase = 'preflight';

  function stepOf({ stepId }: Heartbeat): StepInfo | undefined {
    const id = stepId !== 'undo' ? stepId : undo === '' ? [...open].at(-1) : undo;
    return id !== undefined && (open.has(id) || id === undo) ? steps.get(id) : undefined;
  }

  /** A step that is not known yet is one whose event comes with the next query; the report may come without its phase. */
  function isOver({ stepId }: Heartbeat): boolean {
    return stepId === 'undo' || stepId === 'finish' || steps.has(stepId);
  }

  function stepApart({ name, beat, attempt }: LiveActivity): RunEventBody[] {
    const title = name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    const step = apart.get(name) ?? { id: `${phase}/${name}`, phase, parent: phase, title };
    const bodies = pressing(beat, attempt, step);
    if (bodies.length > 0) apart.set(name, step);
    return bodies;
  }

  return {
    take(event) {
      if (!('step' in event)) return;
      const { step } = event;
      steps.set(step.id, step);
      if (step.phase !== 'undo') phase = step.phase;
      if (event.type === 'undo.started') undo = step.id;
      if (event.type === 'undo.done' || event.type === 'undo.failed') undo = '';
      if (event.type === 'step.started') open.add(step.id);
      if (event.type === 'step.done' || event.type === 'step.skipped') open.delete(step.id);
    },
    bodiesOf(activities) {
      const bodies = activities.flatMap((activity) => {
        const step = stepOf(activity.beat);
        if (step === undefined) return isOver(activity.beat) ? stepApart(activity) : [];
        return [progressOf(activity.beat, step), ...pressing(activity.beat, activity.attempt, step)];
      });
      const reported = new Set(bodies.flatMap((body) => ('step' in body ? [body.step.id] : [])));
      for (const [name, step] of apart) {
        if (reported.has(step.id)) continue;
        apart.delete(name);
        bodies.push({ type: 'step.done', step, durationMs: 0, counts: {} });
      }
      return bodies;
    },
  };
}

function progressOf({ done, total, unit, note, files }: Heartbeat, step: StepInfo): RunEventBody {
  const more = { ...(files === undefined ? {} : { files }), ...(note === '' ? {} : { note }) };
  return { type: 'step.progress', step, done, total, unit, totalIsEstimate: false, ...more };
}

/** A retry or a wait, one of them: what stands in a heartbeat beside an attempt that has ended is of that attempt. */
function pressing({ stepId, waiting, retry }: Heartbeat, attempt: Attempt, step: StepInfo): RunEventBody[] {
  if (attempt.number > 1 && attempt.nextAt !== '') {
    const { number, attemptsMax, nextAt, error } = attempt;
    return [{ type: 'step.retry', step, attempt: number, attemptsMax, nextAt, error }];
  }
  if (retry !== undefined) {
    const { attempt: number, attemptsMax, nextAt } = retry;
    const error = errorDetail(retry.code as ErrorCode, { what: retry.subject });
    return [{ type: 'step.retry', step, attempt: number, attemptsMax, nextAt, error }];
  }
  if (waiting === undefined) return [];
  const { for: waitingFor, since, deadline } = waiting;
  const last = stepId === 'undo' && step.phase === 'undo' ? 'it is reported as not undone' : 'the step fails';
  const then = waitingFor.kind === 'answer' ? afterSilence(attempt, last) : last;
  return [{ type: 'step.waiting', step, waitingFor, since, deadline, then }];
}

/** Whoever does not answer is asked by the next attempt as well, as long as there is one. */
function afterSilence({ number, attemptsMax }: Attempt, last: string): string {
  if (attemptsMax === 0) return 'the next attempt begins';
  return number < attemptsMax ? `attempt ${number + 1} of ${attemptsMax} begins` : last;
}
