import { RE2JS, RE2JSSyntaxException } from 're2js';
import { LandfallError } from '../errors.ts';
import { limits } from '../limits.ts';

/**
 * Compiles a regular expression of RE2, which is what Go and Velero use, into a matcher that finds it anywhere in a text,
 * as Go's MatchString. The time is at most states times length: no pattern is catastrophic. '' matches everything. Throws
 * CONFIG_INVALID for what RE2 does not support; the matcher throws it for a text too long for the size of the pattern.
 */
export function compilePattern(source: string): (text: string) => boolean {
  if (source === '') return () => true;
  const pattern = parse(source);
  const states = pattern.programSize();
  if (states > limits.patternStates) {
    throw invalid(source, `it is too large: more than ${limits.patternStates} states`, 'use smaller repeat counts');
  }
  return (text) => {
    if (states * text.length > limits.patternSteps) {
      const fix = 'use a simpler pattern, or match another value';
      throw invalid(source, `a text of ${text.length} characters is too long for its ${states} states`, fix);
    }
    return pattern.test(text);
  };
}

function parse(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    if (!(error instanceof RE2JSSyntaxException)) throw error;
    const fix = 'write it in the syntax of RE2: https://github.com/google/re2/wiki/Syntax';
    throw invalid(source, problemOf(source, error), fix);
  }
}

/** What JavaScript and Perl have and RE2 has not gets its own name; RE2 takes some of it for a mistake in something else. */
function problemOf(source: string, error: RE2JSSyntaxException): string {
  const part = error.getPattern() ?? '';
  const around = /^\(\?<?[=!]/.exec(part)?.[0];
  if (around !== undefined) return `look-around ${around}${placeOf(source, around)} is not supported by RE2`;
  if (/^\\[1-9k]/.test(part)) return `the back reference ${part}${placeOf(source, part)} is not supported by RE2`;
  const what = error.getDescription();
  return part === '' || part === source ? what : `${what} ${part}${placeOf(source, part)}`;
}

/** RE2 gives the part, not where it stands: named only where there is no doubt. */
function placeOf(source: string, part: string): string {
  const at = source.indexOf(part);
  return at === source.lastIndexOf(part) ? ` at character ${at + 1}` : '';
}

function invalid(source: string, why: string, fix: string): LandfallError {
  return new LandfallError('CONFIG_INVALID', {
    what: `the pattern ${JSON.stringify(source.slice(0, 80))} cannot be used: ${why}`,
    fix,
  });
}
