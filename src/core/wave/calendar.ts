import { Temporal } from 'temporal-polyfill';
import type { CalendarSpec, Weekday } from './wave.ts';

/** How far ahead an opening is looked for: freezes of a season, windows of a week. */
const horizonDays = 400;

/** Whether runs may start at a moment, until when that holds, and why not. */
export interface CalendarState {
  readonly open: boolean;
  /** Milliseconds since 1970 of the next change; undefined = none within 400 days. */
  readonly changesAtMs: number | undefined;
  /** Why it is closed; '' = it is open. */
  readonly reason: string;
}

/** From the first moment, in milliseconds since 1970, until before the second. */
type Range = readonly [startMs: number, endMs: number];

/**
 * Reads a calendar at a moment given in milliseconds since 1970. Freezes are stronger than windows. Times are local
 * to the zone: where the clock is put forward a time that does not exist means the same time after the gap; where it
 * is put back, the first of the two. Pure: zone rules come from the runtime's own tables.
 */
export function readCalendar(calendar: CalendarSpec, nowMs: number): CalendarState {
  const { timeZone, allow } = calendar;
  const freezes = calendar.freeze.map((freeze) => ({ ...freeze, range: freezeRange(timeZone, freeze) }));
  const today = Temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(timeZone).toPlainDate();
  const last = lastDay(today, timeZone, freezes);
  const windows = windowRanges(calendar, today, last);
  const freezeAt = (atMs: number) => freezes.find(({ range }) => holds(range, atMs));
  const isOpen = (atMs: number): boolean =>
    freezeAt(atMs) === undefined && (allow.length === 0 || windows.some((range) => holds(range, atMs)));
  const endMs = momentOf(last, '24:00', timeZone);
  const edges = [...freezes.map(({ range }) => range), ...windows].flat().sort((one, other) => one - other);
  const open = isOpen(nowMs);
  return {
    open,
    changesAtMs: edges.find((atMs) => atMs > nowMs && atMs <= endMs && isOpen(atMs) !== open),
    reason: open ? '' : reasonOf(calendar, freezeAt(nowMs)),
  };
}

function reasonOf({ timeZone }: CalendarSpec, frozen: CalendarSpec['freeze'][number] | undefined): string {
  if (frozen === undefined) return `outside the windows of the calendar (${timeZone})`;
  const why = frozen.reason === undefined ? '' : `: ${frozen.reason}`;
  return `freeze from ${frozen.from} to ${frozen.to} ${timeZone}${why}`;
}

/** A week shows every window; behind a freeze it takes as long as that lasts. */
function lastDay(
  today: Temporal.PlainDate,
  timeZone: string,
  freezes: readonly { readonly range: Range }[]
): Temporal.PlainDate {
  const horizon = today.add({ days: horizonDays });
  const days = freezes.flatMap(({ range }) =>
    range.map((atMs) => Temporal.Instant.fromEpochMilliseconds(atMs).toZonedDateTimeISO(timeZone).toPlainDate())
  );
  const latest = [today, ...days].reduce((one, other) => (Temporal.PlainDate.compare(one, other) < 0 ? other : one));
  const shown = latest.add({ days: 8 });
  return Temporal.PlainDate.compare(shown, horizon) < 0 ? shown : horizon;
}

/** Windows from yesterday, since one that goes over midnight belongs to the day it opens on, to the day after the last. */
function windowRanges({ timeZone, allow }: CalendarSpec, today: Temporal.PlainDate, last: Temporal.PlainDate): Range[] {
  const days = allow.length === 0 ? -1 : today.until(last).days + 2;
  return Array.from({ length: days + 1 }, (_, index) => today.add({ days: index - 1 })).flatMap((day) =>
    allow
      .filter((window) => window.days.includes(weekdayOf(day)))
      .map(({ from, to }): Range => {
        const closes = to > from ? day : day.add({ days: 1 });
        return [momentOf(day, from, timeZone), momentOf(closes, to, timeZone)];
      })
  );
}

function freezeRange(timeZone: string, { from, to }: { readonly from: string; readonly to: string }): Range {
  const [firstDay = '', fromTime = '00:00'] = from.split('T');
  const [lastDayOf = '', toTime = '24:00'] = to.split('T');
  const start = momentOf(Temporal.PlainDate.from(firstDay), fromTime, timeZone);
  return [start, momentOf(Temporal.PlainDate.from(lastDayOf), toTime, timeZone)];
}

function holds([startMs, endMs]: Range, atMs: number): boolean {
  return atMs >= startMs && atMs < endMs;
}

/** The moment of a local day and time; `24:00` is the beginning of the next day. */
function momentOf(day: Temporal.PlainDate, time: string, timeZone: string): number {
  const local = time === '24:00' ? day.add({ days: 1 }).toPlainDateTime() : day.toPlainDateTime(time);
  return local.toZonedDateTime(timeZone, { disambiguation: 'compatible' }).epochMilliseconds;
}

const weekdays: readonly Weekday[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function weekdayOf({ dayOfWeek }: Temporal.PlainDate): Weekday {
  return weekdays[dayOfWeek - 1] ?? 'Mon';
}
