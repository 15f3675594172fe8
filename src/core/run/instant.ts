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

/** The inverse of `daysSince1970` (H. Hinnant, civil_from_days). */
export function dateOfDays(days: number): CivilDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** RFC 3339 in UTC of milliseconds since 1970: `2026-11-21T14:02:52Z`, with milliseconds where there are any. */
export function formatInstant(ms: number): string {
  const day = Math.floor(ms / 86_400_000);
  const rest = Math.floor(ms) - day * 86_400_000;
  const { year, month, day: dayOfMonth } = dateOfDays(day);
  const time = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1000) % 60];
  const milliseconds = rest % 1000 === 0 ? '' : `.${two(rest % 1000, 3)}`;
  return `${two(year, 4)}-${two(month)}-${two(dayOfMonth)}T${time.map((part) => two(part)).join(':')}${milliseconds}Z`;
}

function two(value: number, digits = 2): string {
  return `${value}`.padStart(digits, '0');
}
