import type { Finding } from '../run/events.ts';
import type { WaiverSpec } from '../spec/spec.ts';
import type { catalogue as findings } from './catalogue/index.ts';
import type { catalogue as errors } from '../error-catalogue.ts';
import type { CheckGroup, Severity, Actor } from './finding-entry.ts';

/** A code of the assessment's own, or an error code that a check found before it could happen. */
export type FindingCode = keyof typeof findings;
export type AnyFindingCode = FindingCode | keyof typeof errors;

/** What a check says: everything else comes from the catalogue. */
export interface RawFinding {
  readonly code: AnyFindingCode;
  /** `Deployment shop/web`, `Node pool-a-1`: stable from one assessment to the next, since findings compare by it. */
  readonly subject: string;
  /** Namespace of the source it counts for; '' for the whole. */
  readonly namespace: string;
  readonly side?: 'source' | 'target';
  readonly message: string;
  /** What was read and where. Never the value of a secret. */
  readonly evidence: string;
  readonly severity?: Severity;
  readonly remedy?: string;
}

/** What a check says of one side. */
export function findingOn(
  side: 'source' | 'target',
  code: AnyFindingCode,
  found: Omit<RawFinding, 'code' | 'side'>
): RawFinding {
  return { code, side, ...found };
}

/** A waiver of the file while it counts. */
export interface AppliedWaiver extends WaiverSpec {
  readonly daysRemaining: number;
}

/** A finding of the stored assessment. */
export interface AssessmentFinding extends Finding {
  readonly group: CheckGroup;
  readonly actor: Actor;
  readonly namespace: string;
  readonly evidence: string;
  readonly consequence: string;
  /** Page and anchor in the reference. */
  readonly docs: string;
  /** RFC 3339: the first assessment of this migration that had it. */
  readonly firstSeen: string;
  readonly state: 'new' | 'unchanged';
  /** Set while a waiver of the file counts. */
  readonly waiver?: AppliedWaiver;
}
