/**
 * A matcher for names with `*` (any run) and `?` (one character). Linear in pattern times name, whatever the pattern:
 * on a mismatch only the last `*` is tried again.
 */
export function compileGlob(pattern: string): (name: string) => boolean {
  if (!isGlob(pattern)) return (name) => name === pattern;
  if (/^\*+$/.test(pattern)) return () => true;
  return (name) => matchGlob(pattern, name);
}

/** True when a pattern has a wildcard and so may name more than one thing. */
export function isGlob(pattern: string): boolean {
  return pattern.includes('*') || pattern.includes('?');
}

/** A matcher for any of several patterns. */
export function compileGlobs(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !isGlob(pattern)));
  const globs = patterns.filter(isGlob).map(compileGlob);
  return (name) => exact.has(name) || globs.some((glob) => glob(name));
}

function matchGlob(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let star = -1;
  let resume = 0;
  while (n < name.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++;
      n++;
    } else if (star >= 0) {
      p = star + 1;
      n = ++resume;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
