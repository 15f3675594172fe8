import { Temporal } from 'temporal-polyfill';
import type { CivilDate } from '../run/instant.ts';

// Apart from core/run/instant.ts, which is in the bundle of the workflows.

/** The day so many days after 1 January 1970. */
export function dateOfDays(days: number): CivilDate {
  const { year, month, day } = Temporal.PlainDate.from('1970-01-01').add({ days });
  return { year, month, day };
}

/** RFC 3339 in UTC of milliseconds since 1970, such as `2026-12-01T03:00:00Z`. */
export function instantText(atMs: number): string {
  return Temporal.Instant.fromEpochMilliseconds(Math.floor(atMs)).toString();
}
