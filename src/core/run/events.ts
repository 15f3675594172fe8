import type { ErrorDetail } from '../errors.ts';
import type { ObjectRef } from '../resource.ts';
import type { ObjectCounts, PhaseTime } from './counts.ts';

/**
 * The stream of a run: one list of events, three renderers (terminal, lines, JSON). Fields may be added; meaning never
 * changes inside v1; consumers ignore what they do not know. Data only: the zod form is in events.schema.ts, so that
 * workflow code imports these types without it.
 */
export const eventSchema = 'landfall.dev/events/v1';

export interface StepInfo {
  /** Path-like, stable, unique within the run: `volumes/shop/data-postgres-0`. */
  readonly id: string;
  /** One that `hello` declares, or `undo`, which comes wherever a run rolls back. */
  readonly phase: string;
  /** Id of the step it belongs to; '' for a phase itself. */
  readonly parent: string;
  readonly title: string;
}

export type Counts = Readonly<Record<string, number>>;

/** Values of a log line. Never a secret. */
type LogFields = Readonly<Record<string, string | number | boolean>>;

export interface WaitingFor {
  /** `object`, `approval`, `window`, `step`, `signal` …; open. */
  readonly kind: string;
  /** What is looked at: `PersistentVolumeClaim shop/data`, `gate cutover`. */
  readonly ref: string;
  /** What must become true, with the last observed value: `Bound (now Pending)`. */
  readonly condition: string;
}

export type ProgressUnit = 'objects' | 'bytes' | 'kinds' | 'claims' | 'points';
type ObjectOutcome = 'applied' | 'changed' | 'excluded' | 'failed';
type Severity = 'blocker' | 'warning' | 'info';
/**
 * What a side was last seen to be. Of the target: `unknown` until it was looked at, `empty` when nothing of the scope was
 * there, `occupied` when something is, be it from before or of a run that has not arrived.
 */
export type SideState = 'serving' | 'frozen' | 'fenced' | 'parked' | 'empty' | 'occupied' | 'unknown';
export type RunOutcome = 'succeeded' | 'partial' | 'failed' | 'rolled-back' | 'cancelled' | 'detached';

/** A coded result of a check, as in the report. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly message: string;
  readonly remedy: string;
  /** The cluster that it concerns, if any. */
  readonly side?: 'source' | 'target';
  /** Set where the file accepts it, until a day that has not passed: it stops nothing. */
  readonly waiver?: FindingWaiver;
}

/** Who accepts a finding, why, and the last day it counts. */
export interface FindingWaiver {
  readonly owner: string;
  readonly reason: string;
  readonly until: string;
}

interface HelloEvent {
  readonly type: 'hello';
  /** `migrate`, later `backup`, `restore` … */
  readonly kind: string;
  readonly name: string;
  readonly schemaMinor: number;
  /** Names of the clusters as the file calls them; '' of a run that works on a Location alone, whose name is `name`. */
  readonly source: string;
  readonly target: string;
  /** Phases this kind of run has, in order, without `undo`. */
  readonly phases: readonly string[];
  /** Version of the CLI or worker that writes the stream. */
  readonly cli?: string;
  readonly plan?: string;
  readonly file?: string;
}

export interface StepProgressEvent {
  readonly type: 'step.progress';
  readonly step: StepInfo;
  readonly done: number;
  /** 0 = unknown: shown as a counter. */
  readonly total: number;
  readonly unit: ProgressUnit;
  readonly totalIsEstimate: boolean;
  /** Of a volume, beside its bytes; `total` 0 = unknown. */
  readonly files?: { readonly done: number; readonly total: number };
  /** What it is doing just now, or what still runs after the last byte: `hash`, `flush`. */
  readonly note?: string;
  /** Over the last 60 s; added by the JSON renderer. */
  readonly ratePerSecond?: number;
  /** Time left as a range; absent for the first 20 s. Added by the JSON renderer. */
  readonly remainingSeconds?: { readonly low: number; readonly high: number };
}

/** What happens to a step. */
type StepEvent =
  | { readonly type: 'step.started'; readonly step: StepInfo; readonly attempt?: number; readonly undo?: string }
  | {
      readonly type: 'step.done';
      readonly step: StepInfo;
      readonly durationMs: number;
      readonly counts: Counts;
      readonly note?: string;
    }
  | { readonly type: 'step.skipped'; readonly step: StepInfo; readonly reason: string }
  | { readonly type: 'step.failed'; readonly step: StepInfo; readonly durationMs: number; readonly error: ErrorDetail }
  | StepProgressEvent
  | {
      readonly type: 'step.waiting';
      readonly step: StepInfo;
      readonly waitingFor: WaitingFor;
      readonly since: string;
      /** '' = it waits for ever. */
      readonly deadline: string;
      /** What happens when the deadline passes. */
      readonly then: string;
    }
  | {
      readonly type: 'step.retry';
      readonly step: StepInfo;
      readonly attempt: number;
      /** 0 = as often as needed. */
      readonly attemptsMax: number;
      readonly nextAt: string;
      readonly error: ErrorDetail;
    }
  | { readonly type: 'undo.started' | 'undo.done'; readonly step: StepInfo; readonly title: string }
  | { readonly type: 'undo.failed'; readonly step: StepInfo; readonly title: string; readonly error: ErrorDetail };

export interface ResultEvent {
  readonly type: 'result';
  readonly outcome: RunOutcome;
  readonly exitCode: number;
  readonly counts?: ObjectCounts;
  readonly parity?: { readonly missing: number; readonly extra: number; readonly different: number };
  /** `equal` is absent of a backup, which compares nothing. */
  readonly volumes?: { readonly total: number; readonly equal?: number; readonly bytes: number };
  readonly phases?: readonly PhaseTime[];
  /** Where the report lies. */
  readonly report?: string;
  readonly error?: ErrorDetail;
}

/** What happened, without its envelope. First `hello`, last exactly one `result`. */
export type RunEventBody =
  | HelloEvent
  | StepEvent
  | {
      readonly type: 'object';
      readonly step: StepInfo;
      readonly ref: ObjectRef;
      readonly outcome: ObjectOutcome;
      readonly rules: readonly string[];
      readonly reason: string;
    }
  | ({ readonly type: 'finding' } & Finding)
  | {
      readonly type: 'approval';
      readonly gate: string;
      readonly planHash: string;
      readonly state: 'requested' | 'given' | 'refused' | 'stale' | 'expired';
      readonly by: string;
      readonly expiresAt: string;
    }
  | {
      readonly type: 'side';
      readonly source: SideState;
      readonly target: SideState;
      /** Which side accepts writes; at most one. Absent = the one that serves. */
      readonly writable?: 'source' | 'target' | 'none';
      /** How long the way back takes, when known. */
      readonly undoSeconds?: number;
    }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly message: string;
      readonly fields: LogFields;
    }
  | ResultEvent;

export interface RunEventEnvelope {
  readonly schema: typeof eventSchema;
  /**
   * Grows by one with every stored event, also those that have no room in the stream and are in the Location;
   * `step.progress`, `step.waiting` and `step.retry` repeat the last one.
   */
  readonly seq: number;
  /** RFC 3339 with milliseconds, UTC. */
  readonly time: string;
  readonly run: string;
}

export type RunEvent = RunEventEnvelope & RunEventBody;

/** What an activity puts into its heartbeat: the live part of a step. The cursor is the activity's own. */
export interface Heartbeat {
  readonly stepId: string;
  readonly done: number;
  readonly total: number;
  readonly unit: ProgressUnit;
  readonly note: string;
  readonly files?: { readonly done: number; readonly total: number };
  readonly waiting?: {
    readonly for: WaitingFor;
    readonly since: string;
    /** '' = it waits for ever. */
    readonly deadline: string;
  };
  readonly retry?: {
    readonly code: string;
    readonly attempt: number;
    readonly attemptsMax: number;
    readonly delayMs: number;
    /** What the request was about: `ConfigMap shop/settings`, a key of the store. */
    readonly subject: string;
    /** RFC 3339. */
    readonly nextAt: string;
  };
  readonly cursor: unknown;
}
