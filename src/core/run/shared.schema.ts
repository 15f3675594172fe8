import { z } from 'zod';
import type { ErrorCode } from '../errors.ts';

/** Codes are open: a reader of this version accepts the codes of later ones. */
const ErrorCodeText = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/)
  .describe('Permanent code; see errors.md') as unknown as z.ZodType<ErrorCode>;

/** The data form of an error. */
export const ErrorDetail = z.looseObject({
  code: ErrorCodeText,
  what: z.string().describe('What happened, in one sentence'),
  why: z.string().exactOptional(),
  fix: z.string().describe('What to do about it'),
  ref: z.string().exactOptional().describe('The object, file, claim or key that it concerns'),
  side: z.enum(['source', 'target']).exactOptional().describe('Which cluster it came from'),
  retry: z.enum(['never', 'backoff', 'after']),
  retryAfterMs: z.number().exactOptional(),
  cause: z.array(z.string()).exactOptional(),
});

export const Finding = z.looseObject({
  code: z.string(),
  severity: z.enum(['blocker', 'warning', 'info']),
  subject: z.string(),
  message: z.string(),
  remedy: z.string(),
  side: z.enum(['source', 'target']).exactOptional().describe('The cluster that it concerns, if any'),
  waiver: z
    .looseObject({
      owner: z.string(),
      reason: z.string(),
      until: z.string().describe('Last day on which it is valid (UTC)'),
    })
    .exactOptional()
    .describe('Set if the file accepts the finding: it does not stop the run'),
});

export const RunOutcome = z.enum(['succeeded', 'partial', 'failed', 'rolled-back', 'cancelled', 'detached']);
export const SideState = z.enum(['serving', 'frozen', 'fenced', 'parked', 'empty', 'occupied', 'unknown']);

/** A count of things. */
export const Count = z.int().nonnegative();

export const ObjectCounts = z.looseObject({
  captured: Count,
  applied: Count.describe('Written: created, or changed if it already existed'),
  overwritten: Count.exactOptional().describe(
    'Applied objects, or applied and undone ones, that already existed and were changed'
  ),
  existing: Count.exactOptional().describe('Objects that already existed on the target and were left unchanged'),
  changed: Count.describe('Applied objects that at least one rule changed'),
  excluded: Count,
  failed: Count,
  undone: Count.describe(
    'Applied objects that were deleted again or restored, because the run rolled back'
  ).exactOptional(),
  accepted: Count.exactOptional().describe('In a dry run: objects that the target was asked about and accepts'),
  notAsked: Count.exactOptional().describe('In a dry run: objects that could not be checked'),
  added: Count.exactOptional().describe(
    'Applied objects that translation created in addition to or instead of captured ones'
  ),
});

export const PhaseTime = z.looseObject({ name: z.string(), ms: z.number().nonnegative() });

/** RFC 3339 in UTC. */
export const Instant = z.iso.datetime();
