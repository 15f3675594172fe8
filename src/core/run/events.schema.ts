import { z } from 'zod';
import { LandfallError } from '../errors.ts';
import { eventSchema, type RunEvent as RunEventType } from './events.ts';
import {
  Count,
  ErrorDetail,
  Finding,
  Instant,
  ObjectCounts,
  PhaseTime,
  RunOutcome,
  SideState,
} from './shared.schema.ts';

const StepInfo = z.looseObject({
  id: z.string().min(1),
  phase: z.string().min(1),
  parent: z.string(),
  title: z.string(),
});

/** The fields that every event has. */
const envelope = {
  schema: z.literal(eventSchema),
  seq: Count.describe('Grows by one with every stored event; progress, waiting and retry repeat the last one'),
  time: Instant,
  run: z.string().min(1),
};

const WaitingFor = z.looseObject({ kind: z.string(), ref: z.string(), condition: z.string() });

const Hello = z.looseObject({
  ...envelope,
  type: z.literal('hello'),
  kind: z.string(),
  name: z.string(),
  schemaMinor: Count,
  source: z.string(),
  target: z.string(),
  phases: z.array(z.string().min(1)),
  cli: z.string().exactOptional(),
  plan: z.string().exactOptional(),
  file: z.string().exactOptional(),
});

const Progress = z.looseObject({
  ...envelope,
  type: z.literal('step.progress'),
  step: StepInfo,
  done: z.number(),
  total: z.number().describe('0 = unknown'),
  unit: z.enum(['objects', 'bytes', 'kinds', 'claims', 'points']),
  totalIsEstimate: z.boolean(),
  files: z.looseObject({ done: z.number(), total: z.number() }).exactOptional(),
  note: z.string().exactOptional(),
  ratePerSecond: z.number().exactOptional(),
  remainingSeconds: z.looseObject({ low: z.number(), high: z.number() }).exactOptional(),
});

const Result = z.looseObject({
  ...envelope,
  type: z.literal('result'),
  outcome: RunOutcome,
  exitCode: z.int(),
  counts: ObjectCounts.exactOptional(),
  parity: z.looseObject({ missing: Count, extra: Count, different: Count }).exactOptional(),
  volumes: z.looseObject({ total: Count, equal: Count.exactOptional(), bytes: Count }).exactOptional(),
  phases: z.array(PhaseTime).exactOptional(),
  report: z.string().exactOptional(),
  error: ErrorDetail.exactOptional(),
});

const stepEvents = [
  z.looseObject({
    ...envelope,
    type: z.literal('step.started'),
    step: StepInfo,
    attempt: Count.exactOptional(),
    undo: z.string().exactOptional().describe('What reverses the step'),
  }),
  z.looseObject({
    ...envelope,
    type: z.literal('step.done'),
    step: StepInfo,
    durationMs: z.number(),
    counts: z.record(z.string(), z.number()),
    note: z.string().exactOptional(),
  }),
  z.looseObject({ ...envelope, type: z.literal('step.skipped'), step: StepInfo, reason: z.string() }),
  z.looseObject({
    ...envelope,
    type: z.literal('step.failed'),
    step: StepInfo,
    durationMs: z.number(),
    error: ErrorDetail,
  }),
  Progress,
  z.looseObject({
    ...envelope,
    type: z.literal('step.waiting'),
    step: StepInfo,
    waitingFor: WaitingFor,
    since: Instant,
    deadline: z.union([Instant, z.literal('')]).describe('Empty = it waits forever'),
    // oxlint-disable-next-line unicorn/no-thenable -- the name of the field is part of the published schema
    then: z.string().describe('What happens when the deadline passes'),
  }),
  z.looseObject({
    ...envelope,
    type: z.literal('step.retry'),
    step: StepInfo,
    attempt: Count,
    attemptsMax: Count.describe('0 = as often as needed'),
    nextAt: Instant,
    error: ErrorDetail,
  }),
  z.looseObject({ ...envelope, type: z.literal(['undo.started', 'undo.done']), step: StepInfo, title: z.string() }),
  z.looseObject({ ...envelope, type: z.literal('undo.failed'), step: StepInfo, title: z.string(), error: ErrorDetail }),
] as const;

const ObjectEvent = z.looseObject({
  ...envelope,
  type: z.literal('object'),
  step: StepInfo,
  ref: z.looseObject({ group: z.string(), kind: z.string(), namespace: z.string(), name: z.string() }),
  outcome: z.enum(['applied', 'changed', 'excluded', 'failed']),
  rules: z.array(z.string()),
  reason: z.string(),
});

const Approval = z.looseObject({
  ...envelope,
  type: z.literal('approval'),
  gate: z.string(),
  planHash: z.string(),
  state: z.enum(['requested', 'given', 'refused', 'stale', 'expired']),
  by: z.string(),
  expiresAt: z.string(),
});

const Side = z.looseObject({
  ...envelope,
  type: z.literal('side'),
  source: SideState,
  target: SideState,
  writable: z.enum(['source', 'target', 'none']).exactOptional(),
  undoSeconds: z.number().exactOptional(),
});

const Log = z.looseObject({
  ...envelope,
  type: z.literal('log'),
  level: z.enum(['info', 'warn', 'error']),
  message: z.string(),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** One line of `-o json` or `--event-file`. */
export const RunEvent = z.discriminatedUnion('type', [
  Hello,
  ...stepEvents,
  ObjectEvent,
  z.looseObject({ ...envelope, type: z.literal('finding'), ...Finding.shape }),
  Approval,
  Side,
  Log,
  Result,
]) satisfies z.ZodType<RunEventType>;

const knownTypes: ReadonlySet<string> = new Set(
  RunEvent.options.flatMap((option) => [...option.shape.type.values].map(String))
);

/**
 * Reads one event of a stored stream. Undefined for a type of a later minor version, which is to be ignored; throws
 * FORMAT_TOO_NEW for another major version and STORED_OBJECT_CORRUPT for what is no event.
 */
export function parseRunEvent(value: unknown): RunEventType | undefined {
  const head = z.looseObject({ schema: z.string(), type: z.string() }).safeParse(value);
  if (!head.success)
    throw new LandfallError('STORED_OBJECT_CORRUPT', { what: 'a line of the event stream is not an event' });
  if (head.data.schema !== eventSchema) {
    throw new LandfallError('FORMAT_TOO_NEW', { what: `the event stream has the schema ${head.data.schema}` });
  }
  if (!knownTypes.has(head.data.type)) return undefined;
  const parsed = RunEvent.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new LandfallError('STORED_OBJECT_CORRUPT', {
    what: `an event of type ${head.data.type} is damaged: ${z.prettifyError(parsed.error)}`,
  });
}
