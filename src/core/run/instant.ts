/** A day of the Gregorian calendar; months from 1 to 12. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const form = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?Z$/;

/**
 * Milliseconds since 1970 of an RFC 3339 text in UTC; undefined when it is none. Arithmetic only, because core has no
 * clock and workflows are replayed.
 */
export function parseInstant(text: string): number | undefined {
  const [, year, month, day, hour, minute, second, fraction = ''] = form.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const time = [Number(hour), Number(minute), Number(second)] as const;
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return undefined;
  if (time[0] > 23 || time[1] > 59 || time[2] > 60) return undefined;
  const seconds = daysSince1970(date) * 86_400 + time[0] * 3600 + time[1] * 60 + time[2];
  return seconds * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3));
}

/** Gregorian calendar; years begin in March, so that the leap day is the last (H. Hinnant, days_from_civil). */
export function daysSince1970(date: CivilDate): number {
  const year = date.month <= 2 ? date.year - 1 : date.year;
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * ((date.month + 9) % 12) + 2) / 5) + date.day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
