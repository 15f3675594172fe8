/**
 * Numbers as people read them, the same in the terminal, the report and the console. Pure and locale-free.
 */

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'] as const;

/** `1,204`. Fractions are cut; what is no number is `0`. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return '0';
  const digits = String(Math.trunc(Math.abs(value)));
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, ',');
  return value <= -1 ? `-${grouped}` : grouped;
}

/** `61.2 GiB`, `118 GiB`, `512 B`: one decimal below 100. */
export function formatBytes(bytes: number): string {
  const exponent = byteExponent(bytes);
  return `${scaled(bytes, exponent)} ${byteUnits[exponent]}`;
}

/** `61.2 / 118 GiB`: both in the unit of the larger one; `~` before a total that is an estimate. */
export function formatBytesOf(done: number, total: number, totalIsEstimate = false): string {
  const exponent = byteExponent(Math.max(done, total));
  const about = totalIsEstimate ? '~' : '';
  return `${scaled(done, exponent)} / ${about}${scaled(total, exponent)} ${byteUnits[exponent]}`;
}

/** `0.4s`, `41s`, `6m10s`, `2h05m`, `3d04h`: two parts at most, the second padded so that columns stand still. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms) || ms <= 0) return '0s';
  if (ms < 950) return `${(Math.max(ms, 100) / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d${pad(hours % 24)}h`;
}

/** A range of time left: `4-7 min`, `20-40 s`, `2-3 h`, both ends in the unit of the upper one; one number when equal. */
export function formatRange(lowSeconds: number, highSeconds: number): string {
  const [divisor, unit] = highSeconds >= 7200 ? [3600, 'h'] : highSeconds >= 90 ? [60, 'min'] : [1, 's'];
  const low = Math.max(divisor === 1 ? 1 : 0, Math.floor(lowSeconds / divisor));
  const high = Math.max(1, Math.ceil(highSeconds / divisor));
  return low >= high ? `${high} ${unit}` : `${low}-${high} ${unit}`;
}

/** `14:02:52Z` of an instant in milliseconds; '' when there is none. */
export function formatClock(ms: number): string {
  if (!Number.isFinite(ms)) return '';
  const seconds = ((Math.floor(ms / 1000) % 86_400) + 86_400) % 86_400;
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}Z`;
}

/** `1 claim`, `4 claims`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function byteExponent(bytes: number): number {
  let exponent = 0;
  for (let remaining = Math.abs(bytes); remaining >= 1023.95 && exponent < byteUnits.length - 1; remaining /= 1024)
    exponent += 1;
  return exponent;
}

function scaled(bytes: number, exponent: number): string {
  const value = (Number.isFinite(bytes) ? bytes : 0) / 1024 ** exponent;
  if (exponent === 0) return String(Math.round(value));
  return value < 99.95 ? value.toFixed(1) : formatCount(Math.round(value));
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
