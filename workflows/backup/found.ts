import type { BackupInput } from '../../src/core/run/context.ts';
import type { ReportedCopies, ReportedCopy } from '../../src/core/retention/copies.ts';
import { countVerified } from '../../src/core/retention/copies.ts';
import type { StoredRef } from '../../src/core/stored-ref.ts';
import { backupFactsOf, type BackupFacts } from '../../src/saga/tables/backup.ts';
import type { TakingFound } from '../volumes/found.ts';

/** What the actions of a backup have found so far; most of it becomes the report. */
export interface BackupFound extends TakingFound {
  readonly input: BackupInput;
  /** Data of the claims that were uploaded, and what of it the repository did not have yet. */
  takenBytes: number;
  newBytes: number;
  /** Of the file, what became of it. */
  readonly copies: Record<number, ReportedCopy>;
}

export function newFound(input: BackupInput): BackupFound {
  return { input, parts: [], uploaded: {}, copies: {}, takenBytes: 0, newBytes: 0 };
}

/** The volumes that are in the repository, in the order of the claims. */
export function volumesOf({ uploaded }: BackupFound): readonly StoredRef[] {
  return Object.values(uploaded);
}

/** What of the specification, and of the claims once they are known, decides the order. */
export function factsOf({ input, plan, remains }: BackupFound): BackupFacts {
  const planned = plan ?? remains;
  const { copies, ...facts } = backupFactsOf(input.spec);
  // A clean-up copies nothing: `landfall points copy` does, for a point that is there.
  const copying = copies === undefined || remains !== undefined ? {} : { copies };
  return { ...facts, ...copying, ...(planned === undefined ? {} : { plan: { claims: planned.claims } }) };
}

/** What became of the copies, in the order of the file; undefined where the file asks for none, or none was begun. */
export function copiesOf({ input, copies }: BackupFound): ReportedCopies | undefined {
  const asked = input.spec.copies;
  const to = Object.values(copies);
  if (asked === undefined || to.length === 0) return undefined;
  return { quorum: asked.quorum, verified: countVerified(to), to };
}
