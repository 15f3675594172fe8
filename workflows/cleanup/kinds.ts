import type { MigrationSpec, RunSpec } from '../../src/core/spec/spec.ts';
import { backupKind } from '../backup/backup.ts';
import { newFound as newBackupFound } from '../backup/found.ts';
import { assessKind } from '../assess/assess.ts';
import { newFound as newAssessFound, scratchSpec } from '../assess/found.ts';
import { newFound as newMigrateFound } from '../migrate/found.ts';
import { migrateKind } from '../migrate/migrate.ts';
import type { ScopeFound } from '../opening/scope.ts';
import { restoreKind } from '../restore/restore.ts';
import { planKind } from '../plan/plan.ts';
import type { Run, RunKind } from '../saga/run.ts';
import type { BackupInput, RunInput } from '../../src/core/run/context.ts';
import type { CleanupInput, RunRemains } from '../../src/core/undo/contract.ts';

/** What a clean-up has to know of a kind of run beside its table. */
export interface CleanedUp<Facts, Found extends ScopeFound> {
  readonly kind: RunKind<Facts, Found>;
  /** What that run knew when it began. */
  found(ended: RunInput): Found;
  /** The specification it worked by. */
  spec(ended: RunInput): RunSpec;
  /** Takes over what it may have made: the facts its table follows from. */
  learn(run: Run<Found>, remains: RunRemains): void;
}

const probes = { storage: true, external: true, images: true };

/** Every kind of run that something may be left of. */
export const cleanedUp = {
  migrate: kindOf({
    kind: migrateKind,
    found: newMigrateFound,
    spec: ({ spec }) => spec,
    learn({ found }, remains) {
      // Whose fields were applied is not known any more: a clean-up looks at every object.
      found.remains = { ...remains, appliers: 1 };
    },
  }),
  restore: kindOf({
    kind: restoreKind,
    found: newMigrateFound,
    spec: ({ spec }) => spec,
    learn({ found }, remains) {
      found.remains = { ...remains, appliers: 1 };
    },
  }),
  backup: kindOf({
    kind: backupKind,
    found: (ended) => newBackupFound(ended as BackupInput),
    spec: ({ spec }) => spec,
    learn({ found }, remains) {
      found.remains = remains;
    },
  }),
  plan: kindOf({
    kind: planKind,
    found: ({ runId, spec }) => ({ input: { runId, spec: planned(spec), by: '' }, parts: [] }),
    spec: ({ spec }) => spec,
    learn: () => undefined,
  }),
  assess: kindOf({
    kind: assessKind,
    found: ({ runId, spec }) => newAssessFound({ runId, spec: planned(spec), exitCodeOnWarnings: false, probes }),
    spec: ({ runId, spec }) => scratchSpec({ runId, spec: planned(spec) }),
    learn: () => undefined,
  }),
} satisfies Record<CleanupInput['kind'], unknown>;

/** The specification as the workflow of that kind was started with it. */
function planned(spec: RunSpec): MigrationSpec {
  return spec as MigrationSpec;
}

/** Checks a kind against its own facts and findings, and lets go of them: a clean-up passes them on unread. */
function kindOf<Facts, Found extends ScopeFound>(of: CleanedUp<Facts, Found>): CleanedUp<unknown, ScopeFound> {
  return of as unknown as CleanedUp<unknown, ScopeFound>;
}
