import type { AssessInput, ConcludedAssessment } from '../../src/assess/contract.ts';
import type { LocationSpec, MigrationSpec } from '../../src/core/spec/spec.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import type { AssessFacts } from '../../src/saga/tables/assess.ts';
import type { ScopeFound } from '../opening/scope.ts';

/** What the actions of an assessment find on the way; what is missing was not made. */
export interface AssessFound extends ScopeFound {
  readonly input: AssessInput;
  /** Findings of the checks; stored. */
  readonly checked: StoredRef[];
  /** Images and addresses of the scope; stored. */
  inventory?: StoredRef;
  /** Temporary namespaces that could not be removed, a sentence each. */
  remaining: readonly string[];
  concluded?: ConcludedAssessment;
}

export function newFound(input: AssessInput): AssessFound {
  return { input, parts: [], checked: [], remaining: [] };
}

export function factsOf({ input: { probes } }: Pick<AssessFound, 'input'>): AssessFacts {
  return probes;
}

/** The specification an assessment works by: it stores in a scratch prefix, and changes nothing. */
export function scratchSpec({ runId, spec }: Pick<AssessInput, 'runId' | 'spec'>): MigrationSpec {
  return { ...spec, location: scratchOf(spec.location, runId), dryRun: true };
}

/** A prefix of its own for one assessment, below that of the Location: whatever it stores there goes at its end. */
function scratchOf(location: LocationSpec, runId: string): LocationSpec {
  const { encryption } = location;
  const prefix = `${location.prefix}assess-scratch/${runId}/`;
  // One of an earlier build says nothing; its history goes on, and no worker opens it.
  if (typeof encryption !== 'object') return { ...location, prefix };
  // A prefix has a key of its own, which no document knows beforehand.
  const { signer: _, ...ofScratch } = encryption;
  return { ...location, prefix, encryption: ofScratch };
}
