const unitsMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000_001,
};

/** A duration as Go and Contour write it, in milliseconds; undefined for what is none, `infinity` among it. */
export function millisecondsOf(value: string): number | undefined {
  if (value.length > 64 || !/^(?:[0-9]*\.?[0-9]+(?:h|ms|m|s|us|µs|ns))+$/.test(value)) return undefined;
  return [...value.matchAll(/([0-9.]+)(h|ms|m|s|us|µs|ns)/g)].reduce(
    (sum, [, count = '0', unit = '']) => sum + Number(count) * (unitsMs[unit] ?? 0),
    0
  );
}

/** The same for Gateway API, which takes whole numbers of at most five digits (GEP-2257); `infinity` is `0s` there. */
export function gatewayDuration(value: string): string | undefined {
  if (value === 'infinity' || value === 'infinite') return '0s';
  const total = millisecondsOf(value);
  if (total === undefined) return undefined;
  const rounded = total > 0 ? Math.max(1, Math.round(total)) : 0;
  const seconds = Math.floor(rounded / 1000);
  const remaining = rounded % 1000;
  if (seconds > 99_999) return `${Math.min(99_999, Math.ceil(seconds / 3600))}h`;
  return `${seconds > 0 || remaining === 0 ? `${seconds}s` : ''}${remaining > 0 ? `${remaining}ms` : ''}`;
}
