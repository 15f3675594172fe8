import { errorDetail } from '../../src/core/errors.ts';
import { advance, begin, restore, save } from '../../src/saga/machine.ts';
import type { Command, Compensation, RunEnding, RunHappening, RunState, SavedState } from '../../src/saga/state.ts';
import type { RunTable, Sides, Step } from '../../src/saga/table.ts';

/** What is walked: a table, and a machine that may have a planted mistake. */
export interface Walked<Facts> {
  readonly table: RunTable<Facts>;
  /** What is known at first, and what the action that learns finds. */
  readonly facts: Facts;
  readonly learned?: Facts;
  readonly begin?: typeof begin<Facts>;
  readonly advance?: typeof advance<Facts>;
}

const error = errorDetail('INTERNAL', { what: 'planted' });
const cancelled = errorDetail('CANCELLED', { what: 'planted' });

interface Effect {
  readonly step: string;
  readonly name: string;
  tried: boolean;
}

/**
 * The world of any table: it executes the commands of the machine, lets actions succeed, fail or be cancelled, and throws when a promise
 * that holds for every kind of run is broken. It knows the rows and the stages and nothing of how the machine decides.
 */
export class TableWorld<Facts> {
  state: RunState<Facts>;
  ended: RunEnding | undefined;
  events = 0;
  private readonly walked: Walked<Facts>;
  private readonly trace: string[] = [];
  private readonly running = new Map<
    string,
    { readonly step: Step; readonly name: string; readonly cancellable: boolean }
  >();
  private readonly doneSteps = new Set<string>();
  private readonly missedSteps = new Set<string>();
  private readonly openSteps = new Set<string>();
  private readonly waiting = new Set<string>();
  private effects: Effect[] = [];
  private compensating: Effect | undefined;
  private report: 'no' | 'asked' | 'answered' = 'no';
  private sides: Sides;
  private isStopping = false;
  private isFinal = false;

  constructor(walked: Walked<Facts>) {
    this.walked = walked;
    this.state = (walked.begin ?? begin)(walked.table, walked.facts);
    this.sides = this.state.sides;
    this.execute(this.state.commands);
  }

  /** Everything that may happen now, what goes well first. */
  options(mayFail: boolean): RunHappening[] {
    if (this.ended !== undefined) return [];
    const good: RunHappening[] = [];
    const bad: RunHappening[] = [];
    for (const [id, { name, cancellable }] of this.running) {
      const learns = this.walked.table.actions[name]?.learns === true && this.walked.learned !== undefined;
      good.push({ type: 'done', step: id, ...(learns ? { facts: this.walked.learned } : {}) });
      bad.push({ type: 'failed', step: id, error });
      if (cancellable) (this.isStopping ? good : bad).push({ type: 'cancelled', step: id, error: cancelled });
    }
    if (this.compensating !== undefined) {
      good.push({ type: 'compensated' });
      bad.push({ type: 'compensation-failed', error });
    }
    if (this.report === 'asked') {
      good.push({ type: 'reported' });
      bad.push({ type: 'report-failed', error });
    }
    if (this.waiting.size > 0) good.push({ type: 'resume' });
    if (good.length === 0) this.broken('it has not ended and nothing is under way');
    bad.push({ type: 'cancel', error: cancelled }, { type: 'hold' });
    return mayFail ? [...good, ...bad] : good;
  }

  happen(event: RunHappening): void {
    this.trace.push(`${event.type} ${'step' in event ? event.step : ''}`);
    if (++this.events > 2_000) this.broken('it does not end');
    this.note(event);
    this.state = (this.walked.advance ?? advance)(this.state, event);
    this.execute(this.state.commands);
    this.probeSides();
  }

  private note(event: RunHappening): void {
    if (event.type === 'compensated') this.effects = this.effects.filter((one) => one !== this.compensating);
    if (event.type === 'compensated' || event.type === 'compensation-failed') this.compensating = undefined;
    if (event.type === 'reported' || event.type === 'report-failed') this.report = 'answered';
    if (event.type === 'resume') this.waiting.clear();
    if (event.type === 'cancel' && !this.isFinal) this.stop();
    if (!('step' in event)) return;
    const running = this.running.get(event.step);
    this.running.delete(event.step);
    if (running === undefined) return;
    if (event.type === 'done') {
      const { supersedes } = this.walked.table.actions[running.name] ?? {};
      this.effects = this.effects.filter(({ name }) => name !== supersedes);
    } else if (event.type === 'cancelled' && !this.isFinal) this.stop();
  }

  private stop(): void {
    this.isStopping = true;
    this.waiting.clear();
  }

  private execute(commands: readonly Command[]): void {
    for (const command of commands) {
      if (this.ended !== undefined) this.broken('it commands something after its end');
      if (command.do === 'execute') this.beginAction(command);
      else if (command.do === 'compensate') this.beginCompensation(command.compensation);
      else if (command.do === 'write-report')
        this.report = this.report === 'no' ? 'asked' : this.broken('a second report');
      else if (command.do === 'end') this.end(command.ending);
      else if (command.do === 'emit') this.recordEvent(command);
      else if (command.do === 'continue-as-new') return this.continueAsNew();
      else if (!this.state.cause) this.broken('it cancels without a reason');
    }
  }

  /** Only what can be written down passes. */
  private continueAsNew(): void {
    if (this.running.size > 0 || this.compensating !== undefined)
      this.broken('it continues as new while something is under way');
    const { facts, saved } = JSON.parse(JSON.stringify({ facts: this.state.facts, saved: save(this.state) })) as {
      facts: Facts;
      saved: SavedState;
    };
    this.state = restore(this.walked.table, facts, saved);
    this.execute(this.state.commands);
  }

  private recordEvent({ event }: Extract<Command, { do: 'emit' }>): void {
    if (event.type === 'sides') this.sides = event.sides;
    if (event.type === 'step-skipped') {
      if (!this.missedSteps.has(event.needs)) this.broken(`${event.step.id} is skipped for ${event.needs}`);
      this.missedSteps.add(event.step.id);
    }
    if (event.type === 'step-started') this.openSteps.add(event.step.id);
    if (event.type === 'step-waiting') this.waiting.add(event.step.id);
    if (event.type === 'step-done') this.doneSteps.add(event.step.id);
    if (event.type === 'step-failed' && event.step.onFailure === 'noted') this.missedSteps.add(event.step.id);
    if (event.type === 'step-done' || event.type === 'step-failed' || event.type === 'step-cancelled')
      this.openSteps.delete(event.step.id);
    if (event.type === 'phase-failed') this.phaseFailed(event.phase);
  }

  /** A phase that is one step and is noted ends nothing. */
  private phaseFailed(phase: string): void {
    const { table } = this.walked;
    const own = table.stages(this.state.facts).flatMap(({ steps }) => steps.filter(({ id }) => id === phase));
    if (own.some(({ onFailure }) => onFailure === 'noted') && !this.isStopping) this.missedSteps.add(phase);
    else this.stop();
  }

  private beginAction({ step, action, cancellable }: Extract<Command, { do: 'execute' }>): void {
    const { table } = this.walked;
    const row = table.actions[action.name];
    if (row === undefined) return this.broken(`there is no row of ${action.name}`);
    const stage = table.stages(this.state.facts).find(({ steps }) => steps.some(({ id }) => id === step.id));
    if (stage?.final === true) this.isFinal = true;
    if (this.running.has(step.id)) this.broken(`two actions of ${step.id} at the same time`);
    if (this.running.size >= Math.max(1, stage?.parallel ?? 1)) this.broken(`${action.name} is one too many at a time`);
    if (this.isStopping && row.always !== true) this.broken(`${action.name} although the run is stopping`);
    if (this.compensating !== undefined || this.effects.some(({ tried }) => tried))
      this.broken(`${action.name} after a compensation`);
    if (cancellable === (this.isFinal || row.always === true))
      this.broken(`${action.name}: cancellable is ${cancellable}`);
    for (const id of step.needs ?? []) {
      if (this.missedSteps.has(id)) this.broken(`${step.id} without ${id}`);
      if ([...this.running.values()].some((one) => one.step.id === id)) this.broken(`${step.id} before ${id}`);
    }
    const named = typeof row.compensation === 'function' ? row.compensation(this.state.facts) : row.compensation;
    if (named !== undefined && !this.isFinal && !this.effects.some((one) => one.step === step.id && one.name === named))
      this.effects.push({ step: step.id, name: named, tried: false });
    this.running.set(step.id, { step, name: action.name, cancellable });
  }

  private beginCompensation({ step, name, title }: Compensation): void {
    if (this.isFinal) this.broken(`${name} after the point of no return`);
    if (this.running.size > 0) this.broken(`${name} while something is under way`);
    if (title === '') this.broken(`${name} has no title`);
    const newest = this.effects.findLast(({ tried }) => !tried);
    if (newest === undefined) this.broken(`${name} and nothing is left to undo`);
    if (newest.step !== step || newest.name !== name)
      this.broken(`${name} of ${step} before ${newest.name}, which is newer`);
    newest.tried = true;
    this.compensating = newest;
  }

  private end(ending: RunEnding): void {
    this.ended = ending;
    if (this.running.size > 0) this.broken('it ended while something is under way');
    if (this.openSteps.size > 0) this.broken(`nobody hears of the end of ${[...this.openSteps].join(', ')}`);
    if (this.isFinal) return;
    const untried = this.effects.find(({ tried }) => !tried);
    if (untried !== undefined) this.broken(`${untried.name} was needed and nobody tried it`);
  }

  /** What is said of the sides is so, and at most one of them writes. */
  private probeSides(): void {
    const before = this.walked.table.sides(this.state.facts);
    for (const side of ['source', 'target'] as const) {
      const until = this.effects
        .map(({ name }) => this.walked.table.compensations[name]?.until?.[side])
        .find((one) => one !== undefined);
      if (until === undefined && !this.isFinal && this.sides[side] !== before[side])
        this.broken(`said that the ${side} is ${this.sides[side]}, and nothing is left of it`);
      if (until === 'frozen' && this.sides[side] !== 'frozen')
        this.broken(`said that the ${side} is ${this.sides[side]}, and it is frozen`);
      if (until !== undefined && this.sides[side] === before[side])
        this.broken(`said that the ${side} is still ${this.sides[side]}`);
    }
    const { source, writable } = this.sides;
    if (writable === 'source' && source !== 'serving')
      this.broken(`a source that is ${source} is said to accept writes`);
    if (writable === 'target' && source === 'serving') this.broken('both sides accept writes');
  }

  private broken(what: string): never {
    throw new Error([what, ...this.trace].join('\n'));
  }
}
