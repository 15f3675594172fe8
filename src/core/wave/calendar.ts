import { parseInstant } from '../run/instant.ts';
import type { CalendarSpec, Weekday } from './wave.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
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

/**
 * Reads a calendar at a moment given in milliseconds since 1970. Freezes are stronger than windows. Times are local
 * to the zone: where the clock is put forward a time that does not exist means the same time after the gap; where it
 * is put back, the first of the two. Pure: zone rules come from the runtime's own tables.
 */
export function readCalendar(calendar: CalendarSpec, nowMs: number): CalendarState {
  const zone = openZone(calendar.timeZone);
  const now = stateAt(calendar, zone, nowMs);
  const changes = boundaries(calendar, zone, nowMs);
  const changesAtMs = changes.find((at) => at > nowMs && stateAt(calendar, zone, at).open !== now.open);
  return { ...now, changesAtMs };
}

function stateAt(
  calendar: CalendarSpec,
  zone: Zone,
  atMs: number
): { readonly open: boolean; readonly reason: string } {
  const frozen = calendar.freeze.find(({ from, to }) => {
    const [start, end] = freezeRange(zone, from, to);
    return atMs >= start && atMs < end;
  });
  if (frozen !== undefined) {
    const why = frozen.reason === undefined ? '' : `: ${frozen.reason}`;
    return { open: false, reason: `freeze from ${frozen.from} to ${frozen.to} ${calendar.timeZone}${why}` };
  }
  if (calendar.allow.length === 0) return { open: true, reason: '' };
  const day = zone.dayOf(atMs);
  const open = calendar.allow.some((window) =>
    // A window that goes over midnight belongs to the day it opens on.
    [day - 1, day].some((opens) => {
      if (!window.days.includes(weekdayOf(opens))) return false;
      const [start, end] = windowRange(zone, opens, window);
      return atMs >= start && atMs < end;
    })
  );
  return { open, reason: open ? '' : `outside the windows of the calendar (${calendar.timeZone})` };
}

/** Every moment from now on at which something may begin or end, in order. */
function boundaries(calendar: CalendarSpec, zone: Zone, nowMs: number): number[] {
  const today = zone.dayOf(nowMs);
  const moments = new Set<number>();
  for (const { from, to } of calendar.freeze) for (const at of freezeRange(zone, from, to)) moments.add(at);
  if (calendar.allow.length > 0) {
    // A week shows every window; behind a freeze it takes as long as that lasts.
    const last = Math.max(nowMs, ...[...moments].map((at) => Math.min(at, nowMs + horizonDays * dayMs)));
    const until = Math.min(zone.dayOf(last) + 8, today + horizonDays);
    for (let day = today - 1; day <= until; day += 1) {
      const windows = calendar.allow.filter(({ days }) => days.includes(weekdayOf(day)));
      for (const at of windows.flatMap((window) => windowRange(zone, day, window))) moments.add(at);
    }
  }
  return [...moments].filter((at) => at > nowMs && at <= nowMs + horizonDays * dayMs).sort((a, b) => a - b);
}

function windowRange(
  zone: Zone,
  day: number,
  window: { readonly from: string; readonly to: string }
): [number, number] {
  const from = minutesOf(window.from);
  const to = minutesOf(window.to);
  return [zone.instantOf(day, from), zone.instantOf(to > from ? day : day + 1, to)];
}

function freezeRange(zone: Zone, from: string, to: string): [number, number] {
  const [firstDay, fromTime] = splitLocal(from);
  const [lastDay, toTime] = splitLocal(to);
  const start = zone.instantOf(firstDay, fromTime === '' ? 0 : minutesOf(fromTime));
  const end = toTime === '' ? zone.instantOf(lastDay + 1, 0) : zone.instantOf(lastDay, minutesOf(toTime));
  return [start, end];
}

/** Days since 1970 of a date, and its time; '' = a whole day. */
function splitLocal(local: string): [day: number, time: string] {
  const [date = '', time = ''] = local.split('T');
  return [Math.floor((parseInstant(`${date}T00:00:00Z`) ?? 0) / dayMs), time];
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

const weekdays: readonly Weekday[] = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];

/** 1970-01-01 was a Thursday. */
function weekdayOf(day: number): Weekday {
  return weekdays[((day % 7) + 7) % 7] ?? 'Mon';
}

/** Local time of a zone. Days are counted from 1970-01-01 in that zone. */
interface Zone {
  dayOf(atMs: number): number;
  /** The moment of a local day and minute. */
  instantOf(day: number, minute: number): number;
}

/** True when the runtime knows a zone. */
export function isTimeZone(name: string): boolean {
  try {
    openZone(name);
    return true;
  } catch {
    return false;
  }
}

function openZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const localMs = (atMs: number): number => {
    const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes): string => (parts.get(type) ?? '00').padStart(2, '0');
    const date = `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
    return parseInstant(`${date}T${part('hour')}:${part('minute')}:${part('second')}Z`) ?? atMs;
  };
  const offsetMs = (atMs: number): number => {
    const whole = Math.floor(atMs / 1_000) * 1_000;
    return localMs(whole) - whole;
  };
  return {
    dayOf: (atMs) => Math.floor((atMs + offsetMs(atMs)) / dayMs),
    instantOf(day, minute) {
      const wall = day * dayMs + minute * minuteMs;
      // The offset before the moment decides: in a gap it gives the time after it, in an overlap the first of the two.
      const before = wall - offsetMs(wall - dayMs);
      const exact = wall - offsetMs(before);
      if (before + offsetMs(before) === wall) return before;
      return exact + offsetMs(exact) === wall ? exact : before;
    },
  };
}
