import type { ApplyFacts, PlanFacts } from '../../src/saga/tables/applying.ts';
import { errorDetail } from '../../src/core/errors.ts';
import { restore, save } from '../../src/saga/machine.ts';
import type {
  Command,
  Compensation,
  MachineEvent,
  RunEnding,
  RunHappening,
  RunState,
  SavedState,
} from '../../src/saga/state.ts';
import type { PlannedAction } from '../../src/saga/table.ts';
import { migrateTable } from '../../src/saga/tables/migrate.ts';

type State = RunState<ApplyFacts>;

/** What is tested: the machine, or one with a planted mistake. */
export interface Machine {
  begin(facts: ApplyFacts): State;
  advance(state: State, event: RunHappening): State;
}

/** A run to walk: what is known at first, and what the plan will say. */
export interface Journey {
  readonly facts: ApplyFacts;
  readonly plan: PlanFacts;
}

/** What can happen next. `rank` says how usual it is: 0 all goes well, 1 something fails, 2 a person acts, 3 nonsense. */
export interface Option {
  readonly rank: 0 | 1 | 2 | 3;
  readonly event: RunHappening;
}

/** How often each kind of trouble may come in one walk; without an end to trouble no walk ends. */
export interface Trouble {
  failures: number;
  cancels: number;
  strays: number;
}

/**
 * The world a run lives in, written without a look at how the machine decides: which action has which effect, what has
 * to be there before it, and what each compensation takes away. It executes the commands, lets actions succeed, fail or stop
 * (an action that failed may have had its effect) and throws as soon as a promise is broken.
 */
export class SagaWorld {
  /** What happened and what was commanded, for the message when a promise is broken. */
  private readonly trace: (RunHappening | Command)[] = [];
  state: State;
  ended: RunEnding | undefined;
  /** Events so far, and how many there may be at most. */
  events = 0;
  eventsMax: number;
  private readonly running = new Map<string, { action: PlannedAction; cancellable: boolean }>();
  private readonly doneActions = new Set<string>();
  private readonly shortActions = new Set<string>();
  private sawAll = true;
  /** Effects that happened or may have, oldest first, with what was tried to undo them. */
  private effects: { key: string; tried: boolean }[] = [];
  private undoing: Compensation | undefined;
  private undos = 0;
  private reporting = false;
  private reported: 'no' | 'asked' | 'written' | 'refused' = 'no';
  private emitted = { source: 'serving', target: 'unknown', writable: 'source' };
  private stopping = false;
  private final = false;
  private finishFailed = false;
  private failedFrozen = false;
  private thawPending = false;
  private cause: 'none' | 'cancel' | 'failure' = 'none';
  private waiting = new Set<string>();
  private readonly reportedOpen = new Set<string>();
  private readonly reportedOnce = new Set<string>();

  private readonly machine: Machine;
  private readonly journey: Journey;
  private readonly trouble: Trouble;

  constructor(machine: Machine, journey: Journey, trouble: Trouble) {
    this.machine = machine;
    this.journey = journey;
    this.trouble = trouble;
    const actionsMax = actionsOf(journey);
    // Each action and its compensation once; a failure costs a resume and a step again; the report.
    this.eventsMax = 2 * actionsMax + 5 * trouble.failures + trouble.cancels + trouble.strays + 4;
    this.state = machine.begin(journey.facts);
    this.execute(this.state.commands);
  }

  /** Everything that may happen now. Empty only when the run has ended. */
  options(): Option[] {
    if (this.ended !== undefined) return [];
    const options: Option[] = [];
    const mayFail = this.trouble.failures > 0;
    for (const [step, { action, cancellable }] of this.running) {
      options.push({ rank: 0, event: this.doneEvent(step, action, false) });
      if (mayFail) {
        options.push({ rank: 1, event: { type: 'failed', step, error } });
        if (cancellable) options.push({ rank: 1, event: { type: 'cancelled', step, error: cancelled } });
        if (judges.has(action.name)) options.push({ rank: 1, event: this.doneEvent(step, action, true) });
        if (action.name === 'check-clusters') {
          options.push({
            rank: 1,
            event: { ...this.doneEvent(step, action, false), incomplete: unseen } as RunHappening,
          });
        }
        if (checks.has(action.name)) {
          options.push({ rank: 1, event: { ...this.doneEvent(step, action, false), blocked: error } as RunHappening });
        }
      } else if (this.stopping && cancellable)
        options.push({ rank: 0, event: { type: 'cancelled', step, error: cancelled } });
    }
    if (this.undoing !== undefined) {
      options.push({ rank: 0, event: { type: 'compensated' } });
      if (mayFail) options.push({ rank: 1, event: { type: 'compensation-failed', error } });
    }
    if (this.reporting) {
      options.push({ rank: 0, event: { type: 'reported' } });
      if (mayFail) options.push({ rank: 1, event: { type: 'report-failed', error } });
    }
    if (this.waiting.size > 0) options.push({ rank: 0, event: { type: 'resume' } });
    if (options.length === 0) this.broken('it has not ended and nothing is going on');
    if (this.trouble.cancels > 0)
      options.push({ rank: 2, event: { type: 'cancel', error: cancelled } }, { rank: 2, event: { type: 'hold' } });
    if (this.trouble.strays > 0) options.push(...this.strays());
    return options;
  }

  /** Lets one of them happen. */
  happen({ event, rank }: Option): void {
    this.trace.push(event);
    if (++this.events > this.eventsMax) this.broken(`it does not end: ${this.events} events`);
    if (rank === 1) this.trouble.failures -= 1;
    if (rank === 2) this.trouble.cancels -= 1;
    if (rank === 3) this.trouble.strays -= 1;
    if (rank !== 3) this.note(event);
    this.state = this.machine.advance(this.state, event);
    const { commands } = this.state;
    if (rank === 3 && commands.length > 0) this.broken('an event that answers nothing made it do something');
    this.execute(commands);
    this.probeSides();
  }

  /** Events that answer nothing: an action that is not going on, an undo nobody asked for, a cancel that comes too late. */
  private strays(): Option[] {
    const strays: RunHappening[] = [
      { type: 'done', step: 'apply/nowhere' },
      { type: 'failed', step: 'verify ', error },
    ];
    if (this.undoing === undefined) strays.push({ type: 'compensated' }, { type: 'compensation-failed', error });
    if (!this.reporting) strays.push({ type: 'reported' }, { type: 'report-failed', error });
    if (this.waiting.size === 0) strays.push({ type: 'resume' });
    for (const step of this.waiting) strays.push({ type: 'done', step });
    return strays.map((event) => ({ rank: 3, event }));
  }

  private doneEvent(step: string, action: PlannedAction, short: boolean): RunHappening {
    const { plan } = this.journey;
    return {
      type: 'done',
      step,
      ...(action.name === 'plan' ? { facts: { ...this.journey.facts, plan } } : {}),
      ...(short ? { short } : {}),
    };
  }

  /** What an event means in the world, before the machine hears of it. */
  private note(event: RunHappening): void {
    switch (event.type) {
      case 'done':
        return this.noteDone(event);
      case 'failed':
      case 'cancelled':
        return this.noteFailure(event);
      case 'cancel':
        if (!this.final && !this.stopping && this.undoing === undefined && !this.reporting) this.turn('cancel');
        return;
      case 'hold':
        return;
      case 'resume':
        return this.waiting.clear();
      case 'compensated':
        this.effects = this.effects.filter(({ key }) => key !== keyOf(this.undoing));
        // What Landfall itself needed for a moment is no undo.
        if (keyOf(this.undoing) === temporary) this.undos -= 1;
        this.undoing = undefined;
        return;
      case 'compensation-failed':
        this.undoing = undefined;
        return;
      case 'reported':
      case 'report-failed':
        this.reporting = false;
        this.reported = event.type === 'reported' ? 'written' : 'refused';
    }
  }

  private noteDone(event: Extract<RunHappening, { type: 'done' }>): void {
    const action = this.running.get(event.step)?.action;
    this.running.delete(event.step);
    if (action === undefined) return;
    const key = `${action.name} ${action.item}`;
    this.doneActions.add(key);
    if (event.short === true) this.shortActions.add(key);
    else this.shortActions.delete(key);
    const ended = alwaysEnds[action.name];
    if (ended !== undefined) {
      this.effects = this.effects.filter((effect) => effect.key !== ended);
      if (this.failedFrozen && !this.keeps(event.step)) this.turn('failure');
      this.failedFrozen = false;
    }
    if (event.incomplete !== undefined) this.sawAll = false;
    if (event.blocked !== undefined) this.turn('failure');
  }

  private noteFailure({ type, step }: Extract<RunHappening, { type: 'failed' | 'cancelled' }>): void {
    const does = this.running.get(step)?.action.name ?? '';
    this.running.delete(step);
    if (this.final) this.finishFailed = true;
    else if (type === 'cancelled') this.turn('cancel');
    else if (this.keeps(step)) this.failedFrozen = false;
    // With a thaw still to come, the step fails when that has been tried.
    else if (does === 'dry-run' || (this.journey.facts.hooks.post && frozenActions.has(does))) this.failedFrozen = true;
    else this.turn('failure');
  }

  /** The way forward is over: from now on only a thaw may still begin. The first reason is the one that counts. */
  private turn(cause: 'cancel' | 'failure'): void {
    if (this.stopping) return;
    this.cause = cause;
    this.stopping = true;
    this.waiting.clear();
    const remaining =
      2 * this.running.size + this.state.pending.length + this.trouble.cancels + this.trouble.strays + 4;
    this.eventsMax = Math.min(this.eventsMax, this.events + remaining);
  }

  private keeps(step: string): boolean {
    const ends = step === 'preflight' || step === 'apply' || step === 'finish' || step === 'plan/held';
    return this.journey.facts.onFailure === 'keep' && !ends;
  }

  private execute(commands: readonly Command[]): void {
    for (const command of commands) {
      this.trace.push(command);
      if (this.ended !== undefined) this.broken('it commands something after its end');
      switch (command.do) {
        case 'execute':
          this.beginAct(command.step.id, command.action, command.cancellable);
          break;
        case 'cancel':
          if (!this.stopping) this.broken('it stops without a reason');
          break;
        case 'compensate':
          this.beginUndo(command.compensation);
          break;
        case 'write-report':
          if (this.reported !== 'no') this.broken('a second report');
          this.reported = 'asked';
          this.reporting = true;
          break;
        case 'continue-as-new':
          return this.continueAsNew();
        case 'end':
          this.ended = command.ending;
          this.checkEnding(command.ending);
          break;
        case 'emit':
          this.recordEvent(command.event);
          if (command.event.type === 'sides') this.emitted = command.event.sides;
          if (command.event.type === 'step-waiting') {
            if (this.stopping) this.broken('it waits for a person although it rolls back');
            if (this.thawPending) this.broken('it waits for a person and has not tried to thaw');
            this.waiting.add(command.event.step.id);
          }
      }
    }
  }

  /** Only what can be written down passes into the new history. */
  private continueAsNew(): void {
    if (this.running.size > 0 || this.undoing !== undefined) this.broken('it continues as new while something acts');
    const { facts, saved } = JSON.parse(JSON.stringify({ facts: this.state.facts, saved: save(this.state) })) as {
      facts: ApplyFacts;
      saved: SavedState;
    };
    this.state = restore(migrateTable, facts, saved);
    this.execute(this.state.commands);
  }

  /** The begin and the end of every phase and step are emitted, once. */
  private recordEvent(emitted: MachineEvent): void {
    const [subject, how] = emitted.type.split('-') as [string, string];
    const id = 'phase' in emitted ? emitted.phase : 'step' in emitted ? emitted.step.id : '';
    // Of a step that is its phase only that it waits, and begins again, is emitted.
    if (id === '' || ('step' in emitted && id === emitted.step.phase)) return;
    if (how === 'waiting') this.reportedOpen.add(id);
    else if (how === 'started' ? this.reportedOnce.has(id) && !this.reportedOpen.has(id) : !this.reportedOpen.has(id)) {
      this.broken(`${subject} ${id} is asked to be ${how} and is not under way`);
    } else if (how === 'started') this.reportedOpen.add(id);
    else this.reportedOpen.delete(id);
    this.reportedOnce.add(id);
  }

  private beginAct(step: string, action: PlannedAction, cancellable: boolean): void {
    const name = `${action.name} ${action.item}`;
    if (this.undos > 0 || this.reported !== 'no') this.broken(`${name} after an undo or the report`);
    if (this.stopping && alwaysEnds[action.name] === undefined) this.broken(`${name} although the run rolls back`);
    if (this.running.has(step)) this.broken(`two actions of ${step} at the same time`);
    if (this.running.size >= Math.max(1, this.journey.facts.parallel)) this.broken(`${name} is one too many at a time`);
    const missing = needs(action, this.journey).find((key) => !this.doneActions.has(key));
    if (missing !== undefined) this.broken(`${name} before ${missing}`);
    if (phaseFinal.has(action.name)) this.final = true;
    if (cancellable === (this.final || alwaysEnds[action.name] !== undefined))
      this.broken(`${name}: cancellable is ${cancellable}`);
    if (action.name === 'freeze') this.thawPending = this.journey.facts.hooks.post;
    if (action.name === 'thaw') this.thawPending = false;
    const key = effectOf(action, this.journey.facts);
    if (key !== undefined && !this.effects.some((one) => one.key === key)) this.effects.push({ key, tried: false });
    this.running.set(step, { action, cancellable });
  }

  private beginUndo(compensation: Compensation): void {
    const key = keyOf(compensation);
    if (this.final) this.broken(`${key} is undone after the point of no return`);
    if (this.running.size > 0) this.broken(`${key} is undone while something still acts`);
    if (this.thawPending) this.broken(`${key} is undone and nobody has tried to thaw`);
    if (this.undoing !== undefined) this.broken('two compensations at the same time');
    const at = this.effects.findIndex((effect) => effect.key === key);
    const effect = this.effects[at];
    if (effect === undefined) this.broken(`${key} is undone and has never happened`);
    if (effect.tried) this.broken(`${key} is undone twice`);
    const newer = this.effects.find((one, index) => index > at && !one.tried);
    if (newer !== undefined) this.broken(`${key} is undone before ${newer.key}, which is newer`);
    effect.tried = true;
    this.undos += 1;
    this.undoing = compensation;
  }

  /** Who may write is what is emitted, and what is emitted is true. */
  private probeSides(): void {
    const frozen = this.effects.some(({ key }) => key === 'frozen');
    const { source, target, writable } = this.emitted;
    const writers = [...(frozen ? [] : ['source']), ...(writable === 'target' ? ['target'] : [])];
    if (writers.length > 1) this.broken(`both sides are writable`);
    if (writable !== (frozen ? 'none' : 'source'))
      this.broken(`reported that ${writable} is writable, and it is not so`);
    if ((source === 'frozen') !== frozen) this.broken(`reported that the source is ${source}`);
    if (target === 'empty' && this.effects.some(({ key }) => key.startsWith('objects '))) {
      this.broken('reported that the target is empty, and objects of the run are on it');
    }
    if (target === 'serving' && !this.effects.some(({ key }) => key.startsWith('objects '))) {
      this.broken('reported that the target serves, and nothing is on it');
    }
  }

  /** The outcome that is emitted is true of what is there. */
  private checkEnding({ outcome, exitCode, undo, error: emitted }: RunEnding): void {
    const { facts } = this.journey;
    if (this.running.size > 0) this.broken('it ended while something acts');
    if (this.reportedOpen.size > 0) this.broken(`nothing reports the end of ${[...this.reportedOpen].join(', ')}`);
    if ((this.reported !== 'no') !== this.doneActions.has('open-run 0')) this.broken('a report is missing');
    if (this.cause === 'none') {
      const wanted = facts.dryRun ? ['dry-run 0', 'remove-temporary-namespaces 0'] : needs(finish, this.journey);
      const missing = wanted.find((key) => !this.doneActions.has(key));
      if (missing !== undefined) this.broken(`it ended well without ${missing}`);
      if (facts.dryRun && this.effects.length > 0) this.broken('a dry run has changed something');
      const good = this.sawAll && this.shortActions.size === 0 && !this.finishFailed && this.reported === 'written';
      if (!this.sawAll && this.reported === 'written' && emitted?.code !== unseen.code)
        this.broken('nothing reports what is unseen');
      if (outcome !== (good ? 'succeeded' : 'partial')) this.broken(`reported ${outcome}`);
      if (exitCode !== (good ? 0 : 3)) this.broken(`exit code ${exitCode}`);
      return;
    }
    const untried = this.effects.find(({ tried }) => !tried);
    if (untried !== undefined) this.broken(`${untried.key} happened, or may have, and nothing undoes it`);
    const clean = this.effects.length === 0;
    if (undo !== (this.undos === 0 ? 'none' : clean ? 'complete' : 'incomplete')) this.broken(`reported undo ${undo}`);
    const expected = this.cause === 'cancel' ? 'cancelled' : clean && this.undos > 0 ? 'rolled-back' : 'failed';
    if (outcome !== expected) this.broken(`reported ${outcome}, and it is ${expected}`);
    if ((exitCode === 6) === clean)
      this.broken(`exit code ${exitCode}, and ${clean ? 'nothing' : 'something'} is left`);
    if (clean && (exitCode === 7) !== (this.cause === 'cancel')) this.broken(`exit code ${exitCode}`);
    if (exitCode === 0 || exitCode === 3) this.broken(`exit code ${exitCode} of a run that rolled back`);
  }

  private broken(what: string): never {
    const lines = this.trace.flatMap((one) =>
      'do' in one ? nameOf(one) : `${one.type} ${'step' in one ? one.step : ''}`
    );
    throw new Error([what, JSON.stringify(this.journey), ...lines].join('\n'));
  }
}

const error = errorDetail('INTERNAL', { what: 'planted' });
const cancelled = errorDetail('CANCELLED', { what: 'planted' });
const unseen = errorDetail('DISCOVERY_INCOMPLETE', { what: 'planted' });
const finish: PlannedAction = { name: 'clean-source', item: 0 };
/** Actions whose result may be that not everything arrived; that may refuse; between freeze and thaw; of no return. */
const judges: ReadonlySet<string> = new Set(['apply', 'dry-run', 'verify']);
const checks: ReadonlySet<string> = new Set(['check-clusters', 'plan', 'hold-to-plan']);
const frozenActions: ReadonlySet<string> = new Set(['freeze', 'snapshot']);
const phaseFinal: ReadonlySet<string> = new Set([
  'clean-source',
  'release-volumes',
  'leave-namespaces',
  'give-fields-back',
]);

const temporary = 'temporary namespaces';
/** What actions that are always done end. */
const alwaysEnds: Readonly<Record<string, string>> = { thaw: 'frozen', 'remove-temporary-namespaces': temporary };

/** How many actions a journey has. */
function actionsOf({ facts, plan }: Journey): number {
  return migrateTable
    .stages({ ...facts, plan })
    .reduce((sum, { steps }) => steps.reduce((all, { actions }) => all + actions.length, sum), 0);
}

/** What an action leaves behind that has to go when the run rolls back; undefined where it may stay. */
function effectOf({ name: does, item }: PlannedAction, { hooks }: ApplyFacts): string | undefined {
  switch (does) {
    case 'prepare-volumes':
      return 'namespaces';
    case 'freeze':
      return hooks.post ? 'frozen' : undefined;
    case 'snapshot':
    case 'upload':
      return 'source volumes';
    case 'fill':
      return `target volume ${item}`;
    case 'dry-run':
      return temporary;
    case 'bind-claims':
      return 'bound';
    case 'apply':
      return `objects ${item}`;
    default:
      return undefined;
  }
}

const takesAway: Record<string, string> = {
  'remove-temporary-namespaces': 'temporary namespaces',
  'remove-namespaces': 'namespaces',
  thaw: 'frozen',
  'remove-source-volumes': 'source volumes',
  'remove-target-volume': 'target volume',
  'unbind-claims': 'bound',
  'remove-objects': 'objects',
};

function keyOf(compensation: Compensation | undefined): string {
  if (compensation === undefined) return '';
  const { name: by, item } = compensation;
  const each = by === 'remove-objects' || by === 'remove-target-volume';
  const what = takesAway[by] ?? by;
  return each ? `${what} ${item}` : what;
}

/** What has to be done before an action may begin. */
function needs({ name: does, item }: PlannedAction, { facts, plan }: Journey): string[] {
  const claims = plan.claims.map((_, index) => index);
  const applyGroups = plan.applyGroups.slice(0, does === 'verify' ? undefined : item);
  const applyGroupDone = ({ settle }: PlanFacts['applyGroups'][number], index: number) =>
    `${settle ? 'settle' : 'await'} ${index}`;
  // Nothing is written before a plan that was approved is known to be the one that was made.
  const planned = ['plan 0', ...(facts.held ? ['hold-to-plan 0'] : [])];
  switch (does) {
    case 'open-run':
      return [];
    case 'check-approval':
      return ['open-run 0'];
    case 'check-clusters':
      return ['open-run 0', ...(facts.held ? ['check-approval 0'] : [])];
    case 'capture-objects':
      return ['check-clusters 0'];
    case 'capture-dependencies':
      return ['capture-objects 0'];
    case 'merge-capture':
      return ['capture-dependencies 0'];
    case 'plan':
      return ['merge-capture 0'];
    case 'hold-to-plan':
      return ['plan 0'];
    case 'prepare-volumes':
      return planned;
    case 'freeze':
      return ['prepare-volumes 0'];
    case 'snapshot':
      return ['prepare-volumes 0', ...(facts.hooks.pre ? ['freeze 0'] : [])];
    case 'thaw':
      return ['prepare-volumes 0'];
    case 'upload':
      return ['snapshot 0', ...(facts.hooks.post ? ['thaw 0'] : [])];
    case 'fill':
      return claims.map((claim) => `upload ${claim}`);
    case 'commit':
      return [...planned, ...claims.map((claim) => `fill ${claim}`)];
    case 'bind-claims':
    case 'settle':
      return ['commit 0', ...applyGroups.map(applyGroupDone)];
    case 'apply': {
      const handsOver = plan.applyGroups[item]?.claims === true && claims.length > 0;
      return ['commit 0', ...applyGroups.map(applyGroupDone), ...(handsOver ? [`bind-claims ${item}`] : [])];
    }
    case 'await':
      return [`apply ${item}`];
    case 'verify':
      return ['commit 0', ...applyGroups.map(applyGroupDone)];
    case 'clean-source':
      return ['verify 0'];
    case 'release-volumes':
      return ['clean-source 0'];
    case 'leave-namespaces':
      return ['release-volumes 0'];
    case 'give-fields-back':
      return [claims.length > 0 ? 'leave-namespaces 0' : 'verify 0'];
    case 'dry-run':
      return planned;
    case 'remove-temporary-namespaces':
      return planned;
    default:
      throw new Error(`nobody knows what ${does} needs`);
  }
}

function nameOf(command: Command): string[] {
  switch (command.do) {
    case 'execute':
      return [`  -> ${command.action.name} ${command.action.item}`];
    case 'compensate':
      return [`  -> undo ${keyOf(command.compensation)}`];
    case 'end':
      return [`  -> end: ${command.ending.outcome}, exit code ${command.ending.exitCode}`];
    case 'emit':
      return [];
    default:
      return [`  -> ${command.do}`];
  }
}
