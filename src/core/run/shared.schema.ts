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
  ref: z.string().exactOptional().describe('The object, file, claim or key it is about'),
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
  side: z.enum(['source', 'target']).exactOptional().describe('Which cluster it is about, where it is about one'),
  waiver: z
    .looseObject({ owner: z.string(), reason: z.string(), until: z.string().describe('Last day it counts (UTC)') })
    .exactOptional()
    .describe('Set where the file accepts the finding: it stops nothing'),
});

export const RunOutcome = z.enum(['succeeded', 'partial', 'failed', 'rolled-back', 'cancelled', 'detached']);
export const SideState = z.enum(['serving', 'frozen', 'fenced', 'parked', 'empty', 'occupied', 'unknown']);

/** A count of things. */
export const Count = z.int().nonnegative();

export const ObjectCounts = z.looseObject({
  captured: Count,
  applied: Count.describe('Written: created, or changed where something was there'),
  overwritten: Count.exactOptional().describe(
    'Applied objects, or applied and undone ones, that were there before and were changed'
  ),
  existing: Count.exactOptional().describe('Objects that were on the target already and were left as they were'),
  changed: Count.describe('Applied objects that at least one rule changed'),
  leftOut: Count,
  failed: Count,
  undone: Count.describe(
    'Applied objects that are gone again, or as before, since the run turned back'
  ).exactOptional(),
  accepted: Count.exactOptional().describe('Of a dry run: objects the target was asked about and takes'),
  notAsked: Count.exactOptional().describe('Of a dry run: objects the target could not be asked about'),
  added: Count.exactOptional().describe('Applied objects that translation made beside or instead of captured ones'),
});

export const PhaseTime = z.looseObject({ name: z.string(), ms: z.number().nonnegative() });

/** RFC 3339 in UTC. */
export const Instant = z.iso.datetime();
