/**
 * Every object found in the scope is captured or excluded; every captured one is applied, there already, excluded by the
 * plan, or failed; `added` come on top of them. `changed` are the applied ones that a rule changed beyond what makes any object applicable.
 */
export interface ObjectCounts {
  readonly captured: number;
  /** Written: created, or changed if it already existed. */
  readonly applied: number;
  /** Those that were there and were changed; among `applied`, or among `undone` where the run rolled back. Absent: none. */
  readonly overwritten?: number;
  /** On the target already and left as they were: equal, or by the policy. Absent: none. */
  readonly existing?: number;
  readonly changed: number;
  readonly excluded: number;
  readonly failed: number;
  /** Objects that were applied and are gone again, or as before, since the run rolled back; not among `applied`. */
  readonly undone?: number;
  /** Of a dry run, where nothing is applied: objects the target was asked about and takes; `failed` are those it refuses. */
  readonly accepted?: number;
  /** In a dry run: objects that could not be checked. */
  readonly notAsked?: number;
  /** Applied ones that translation made beside or instead of captured ones; absent: none. */
  readonly added?: number;
}

export interface PhaseTime {
  readonly name: string;
  readonly ms: number;
}
