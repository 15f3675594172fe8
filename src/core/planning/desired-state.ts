import { describeRef } from '../resource.ts';
import type { ObjectRef } from '../resource.ts';
import type { PlannedLoss } from '../plan/plan.ts';
import type { Finding } from '../run/events.ts';
import type { ChangeGroup } from '../run/report.ts';
import { reportExamplesMax } from '../run/report.ts';
import type { StoredRef } from '../stored-ref.ts';
import type { TransformNote, TransformOutcome } from '../transform/rule.ts';
import type { ExcludedObject } from '../capture/capture-part.ts';
import { routineRules } from './desired-object.ts';
import type { ClaimMove } from '../volumes/contract.ts';
import type { ApplyGroup } from './contract.ts';

/** The desired state as it is stored: what apply, verification and report read of it. */
export interface DesiredState<Entry = unknown> {
  readonly applyGroups: readonly ApplyGroup[];
  /** The application's claims whose volumes move: bound, not created by a batch. */
  readonly claims: readonly Entry[];
  /** The same claims as the steps of volumes take them: what a clean-up goes by when the run itself is gone. */
  readonly moves: readonly ClaimMove[];
  readonly changes: readonly ChangeGroup[];
  readonly notes: readonly { readonly ref: ObjectRef; readonly note: TransformNote }[];
  readonly excluded: readonly ExcludedObject[];
  /** Keys of objects that were in the target's namespaces before; stored. */
  readonly existing: StoredRef;
  /** Keys of objects whose replicas an autoscaler of the plan sets. */
  readonly autoscaled?: readonly string[];
  /** What the rules note that does not survive; `notes` are capped, these counts are whole. */
  readonly losses?: readonly PlannedLoss[];
  /** All findings; the history has the first 50. */
  readonly findings?: readonly Finding[];
}

/** Collects what rules did over all objects: numbers are whole, names are examples. */
export function createChangeLog(): {
  add(ref: ObjectRef, outcome: TransformOutcome): void;
  groups(): readonly ChangeGroup[];
} {
  const groups = new Map<string, { rule: string; reason: string; count: number; examples: string[] }>();
  return {
    add(ref, outcome) {
      for (const { rule, reason } of outcome.changes) {
        const key = `${rule}\n${reason}`;
        const group = groups.get(key) ?? { rule, reason, count: 0, examples: [] };
        group.count += 1;
        if (group.examples.length < reportExamplesMax) group.examples.push(describeRef(ref));
        groups.set(key, group);
      }
    },
    groups: () => [...groups.values()].sort(byInterest),
  };
}

/** Rules that touch every object alike come last: they say the least to a reader. */
function byInterest(left: ChangeGroup, right: ChangeGroup): number {
  const routine = Number(routineRules.has(left.rule)) - Number(routineRules.has(right.rule));
  return routine || right.count - left.count || compare(left.rule, right.rule);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
