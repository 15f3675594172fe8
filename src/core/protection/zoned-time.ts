import { daysSince1970, type CivilDate } from '../run/instant.ts';

/** A moment as a clock on the wall of a time zone shows it. */
export interface WallTime extends CivilDate {
  readonly hour: number;
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** True when the runtime knows a time zone of this name. */
export function isTimeZone(name: string): boolean {
  try {
    return formatOf(name) !== undefined;
  } catch {
    return false;
  }
}

/** What a clock in the zone shows at a moment. */
export function wallTimeAt(atMs: number, timeZone: string): WallTime {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, Number(value)])
  );
  const read = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return { year: read('year'), month: read('month'), day: read('day'), hour: read('hour'), minute: read('minute') };
}

/** The moments at which a clock in the zone shows this: none in the hour that summer time skips, the first of two after it. */
export function momentOf(wall: WallTime, timeZone: string): number | undefined {
  const asUtc = utcOf(wall);
  const candidates = new Set(
    [asUtc - 86_400_000, asUtc + 86_400_000].map((near) => asUtc - (utcOf(wallTimeAt(near, timeZone)) - near))
  );
  return [...candidates]
    .toSorted((left, right) => left - right)
    .find((atMs) => utcOf(wallTimeAt(atMs, timeZone)) === asUtc);
}

function utcOf({ year, month, day, hour, minute }: WallTime): number {
  return ((daysSince1970({ year, month, day }) * 24 + hour) * 60 + minute) * 60_000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone, calendar: 'gregory', hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric' },
  });
  formats.set(timeZone, format);
  return format;
}
