/**
 * Which points of a tier stay. A point goes only when no rule keeps it. `daily` and longer: the newest point of each of the
 * last so many days (weeks from Monday, months, years) that have one.
 */
export interface RetentionSpec {
  readonly keepLast: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
  readonly keepForMs: number;
}
