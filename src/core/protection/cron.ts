import { daysSince1970 } from '../run/instant.ts';
import { dateOfDays } from './dates.ts';
import { momentOf, wallTimeAt } from './zoned-time.ts';

/** The minutes, hours, days, months and days of the week at which a cron line fires. */
export interface CronLine {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly days: readonly number[];
  readonly months: readonly number[];
  readonly weekdays: readonly number[];
}

/** A cron line that fires at all does so within these: 29 February, over a century that has none. */
const horizonDays = 8 * 366 + 1;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Reads five fields: numbers, names, lists, ranges and steps. Returns a sentence where it does not understand them. */
export function parseCron(text: string): CronLine | string {
  const fields = text.trim().split(/\s+/u);
  const [minute, hour, day, month, weekday] = fields;
  if (fields.length !== 5 || !minute || !hour || !day || !month || !weekday)
    return `has ${fields.length} fields instead of five: minute, hour, day of the month, month, day of the week`;
  // Cron takes a day that matches one of them, Temporal one that matches both.
  if (day !== '*' && weekday !== '*') return 'names days of the month and days of the week; use one tier for each';
  const line = {
    minutes: parseField(minute, { from: 0, to: 59, names: [] }),
    hours: parseField(hour, { from: 0, to: 23, names: [] }),
    days: parseField(day, { from: 1, to: 31, names: [] }),
    months: parseField(month, { from: 1, to: 12, names: months }),
    weekdays: parseField(weekday, { from: 0, to: 7, names: weekdays }),
  };
  const wrong = Object.entries(line).find(([, values]) => values.length === 0);
  if (wrong !== undefined) return `has ${wrong[0]} that are not understood`;
  return { ...line, weekdays: [...new Set(line.weekdays.map((one) => one % 7))] };
}

interface Field {
  readonly from: number;
  readonly to: number;
  /** In place of the numbers from `from` on. */
  readonly names: readonly string[];
}

/** Empty: not understood. */
function parseField(text: string, field: Field): readonly number[] {
  const found = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/([1-9]\d?))?$/iu.exec(part);
    if (match === null) return [];
    const [, first, last, step] = match;
    const from = first === undefined ? field.from : valueOf(first, field);
    const whole = first === undefined || (last === undefined && step !== undefined);
    const to = whole ? field.to : valueOf(last ?? first, field);
    if (!(from >= field.from && to <= field.to && from <= to)) return [];
    for (let value = from; value <= to; value += Number(step ?? 1)) found.add(value);
  }
  return [...found].toSorted((left, right) => left - right);
}

function valueOf(text: string, { from, names }: Field): number {
  const index = names.indexOf(text.toLowerCase());
  return index >= 0 ? index + from : /^\d+$/u.test(text) ? Number(text) : Number.NaN;
}

/** The moments after one at which a line fires in a zone, in order, without end; ends where it never fires again. */
export function* firesAfter(line: CronLine, timeZone: string, afterMs: number): Generator<number, void> {
  const start = wallTimeAt(afterMs, timeZone);
  const firstDay = daysSince1970(start) - 1;
  let lastMs = afterMs;
  for (let index = 0, idle = 0; idle < horizonDays; index++, idle++) {
    const date = dateOfDays(firstDay + index);
    // 1 January 1970 was a Thursday.
    const weekday = (firstDay + index + 4) % 7;
    const isOn = line.months.includes(date.month) && line.days.includes(date.day) && line.weekdays.includes(weekday);
    if (!isOn) continue;
    const moments = line.hours.flatMap((hour) =>
      line.minutes.flatMap((minute) => momentOf({ ...date, hour, minute }, timeZone) ?? [])
    );
    for (const atMs of moments.toSorted((left, right) => left - right)) {
      if (atMs <= lastMs) continue;
      lastMs = atMs;
      idle = 0;
      yield atMs;
    }
  }
}
