import { errorDetail } from '../../src/core/errors.ts';
import type { CourseFacts } from '../../src/core/course/course.ts';
import type {
  ApplyResult,
  CaptureResult,
  CapturedScope,
  MigrateInput,
  MigrationPlan,
  PreflightResult,
  ReportRequest,
  RunContext,
  UploadedVolume,
  WrittenReport,
} from '../../src/core/migration/contract.ts';
import type { SideState } from '../../src/core/run/events.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { toFailure } from '../lib/failures.ts';
import { openJournal } from '../lib/journal.ts';
import type { StepSummary } from '../lib/journal.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What one run of the workflow knows: its input, its journal and what its acts have found so far. */
export interface Run {
  readonly input: MigrateInput;
  /** It ends with its plan: nothing has to be approved yet. */
  readonly isPlanning: boolean;
  readonly journal: ReturnType<typeof openJournal>;
  readonly startedAt: string;
  /** Becomes the report. */
  readonly found: Writable<
    Pick<ReportRequest, 'preflight' | 'captured' | 'plan' | 'verified' | 'recoveryPoint' | 'checked'>
  > & {
    volumes: ReportRequest['volumes'][number][];
  };
  /** By wave, so that a wave that is applied again after a `resume` counts once. */
  readonly applied: (readonly ApplyResult[])[];
  /** What an act leaves for a later one; filled again when it is done again. */
  readonly left: { parts: readonly CaptureResult[]; readonly uploaded: UploadedVolume[] };
  /** When a step or phase began, and what it says when it is done. */
  readonly startedMs: Map<string, number>;
  readonly summaries: Map<string, StepSummary>;
  /** What was last told of both sides. */
  sides: { readonly source: SideState; readonly target: SideState; readonly writable: 'source' | 'target' | 'none' };
  /** What every activity gets, once the specification is stored. */
  context?: RunContext;
  /** Where the report is, once there is one. */
  report?: StoredRef;
  /** What of the report the last event tells. */
  reportSummary?: WrittenReport['summary'];
}

export function createRun(input: MigrateInput, isPlanning = false): Run {
  return {
    input,
    isPlanning,
    journal: openJournal(input.runId),
    startedAt: new Date().toISOString(),
    found: { volumes: [] },
    applied: [],
    left: { parts: [], uploaded: [] },
    startedMs: new Map(),
    summaries: new Map(),
    sides: { source: 'serving', target: 'unknown', writable: 'source' },
  };
}

/** What of the specification decides the course. */
export function factsOf({ spec, plan }: MigrateInput): CourseFacts {
  const { dryRun, onFailure, volumes, hooks, landfallNamespace } = spec;
  return {
    dryRun,
    volumes: volumes.mode !== 'none',
    hooks: { pre: hooks.pre.length > 0, post: hooks.post.length > 0 },
    onFailure,
    parallel: volumes.parallel,
    landfallNamespace,
    held: plan !== undefined,
  };
}

/** What earlier acts found. The order of the course guarantees it; without it the run fails as INTERNAL. */
export function contextOf(run: Run): RunContext {
  return required(run.context, 'context');
}

export function preflightOf(run: Run): PreflightResult {
  return required(run.found.preflight, 'preflight');
}

export function capturedOf(run: Run): CapturedScope {
  return required(run.found.captured, 'capture');
}

export function planOf(run: Run): MigrationPlan {
  return required(run.found.plan, 'plan');
}

/** The element of the plan an act is about: its claim, its wave. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined)
    throw toFailure(errorDetail('INTERNAL', { what: `an act came before the ${what} it needs` }));
  return value;
}
