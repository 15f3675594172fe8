import { LandfallError } from '../errors.ts';
import { limits } from '../limits.ts';

export type PatternNode =
  | { readonly type: 'char'; readonly test: (code: number) => boolean }
  | { readonly type: 'start' | 'end' }
  | { readonly type: 'sequence' | 'either'; readonly parts: readonly PatternNode[] }
  | { readonly type: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number };

interface Reader {
  readonly source: string;
  readonly ignoreCase: boolean;
  at: number;
  depth: number;
}

/** Groups inside groups: far more than names need, well within the stack. */
const depthMax = 50;

/** Parses a pattern; throws CONFIG_INVALID for what RE2 does not know, or this subset leaves out. */
export function parsePattern(source: string): PatternNode {
  const ignoreCase = source.startsWith('(?i)');
  const reader: Reader = { source, ignoreCase, at: ignoreCase ? 4 : 0, depth: 0 };
  const node = parseEither(reader);
  if (reader.at < source.length) throw invalid(reader, "an unmatched ')'");
  return node;
}

function parseEither(reader: Reader): PatternNode {
  if (++reader.depth > depthMax) throw invalid(reader, `more than ${depthMax} nested groups`);
  const parts = [parseSequence(reader)];
  while (reader.source[reader.at] === '|') {
    reader.at++;
    parts.push(parseSequence(reader));
  }
  reader.depth--;
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : { type: 'either', parts };
}

function parseSequence(reader: Reader): PatternNode {
  const parts: PatternNode[] = [];
  for (;;) {
    const char = reader.source[reader.at];
    if (char === undefined || char === '|' || char === ')') return { type: 'sequence', parts };
    parts.push(parseRepeat(reader, parseAtom(reader)));
  }
}

function parseRepeat(reader: Reader, part: PatternNode): PatternNode {
  const rest = reader.source.slice(reader.at);
  const counted = /^\{([0-9]{1,4})(,([0-9]{0,4}))?\}/.exec(rest);
  const char = rest[0];
  let min = char === '+' ? 1 : 0;
  let max = char === '?' ? 1 : Infinity;
  if (counted !== null) {
    min = Number(counted[1]);
    max = counted[2] === undefined ? min : counted[3] === '' ? Infinity : Number(counted[3]);
    if (max < min || min > limits.patternRepeat || (max !== Infinity && max > limits.patternRepeat)) {
      throw invalid(reader, `a repeat count outside 0 to ${limits.patternRepeat}`);
    }
    reader.at += counted[0].length;
  } else if (char === '*' || char === '+' || char === '?') reader.at++;
  else return part;
  // A lazy mark changes which match is found, never whether there is one.
  if (reader.source[reader.at] === '?') reader.at++;
  if (/^[*+?]/.test(reader.source.slice(reader.at))) throw invalid(reader, 'a repeat of a repeat');
  return { type: 'repeat', part, min, max };
}

function parseAtom(reader: Reader): PatternNode {
  const char = reader.source[reader.at++] ?? '';
  switch (char) {
    case '^':
      return { type: 'start' };
    case '$':
      return { type: 'end' };
    case '.':
      return { type: 'char', test: (code) => code !== 0x0a };
    case '(':
      return parseGroup(reader);
    case '[':
      return parseClass(reader);
    case '\\':
      return { type: 'char', test: parseEscape(reader) };
    case '*':
    case '+':
    case '?':
      throw invalid(reader, `nothing before ${char}`);
    default:
      return { type: 'char', test: equals(char, reader) };
  }
}

function parseGroup(reader: Reader): PatternNode {
  if (reader.source.startsWith('?:', reader.at)) reader.at += 2;
  else if (reader.source.startsWith('?P<', reader.at)) {
    const name = reader.source.indexOf('>', reader.at);
    if (name < 0) throw invalid(reader, 'an unterminated group name');
    reader.at = name + 1;
  } else if (reader.source[reader.at] === '?') throw invalid(reader, 'look-around, or flags other than a leading (?i)');
  const node = parseEither(reader);
  if (reader.source[reader.at++] !== ')') throw invalid(reader, "a '(' without ')'");
  return node;
}

type Test = (code: number) => boolean;

const digit: Test = (code) => code >= 0x30 && code <= 0x39;
const space: Test = (code) => code === 0x20 || (code >= 0x09 && code <= 0x0d && code !== 0x0b);
const word: Test = (code) =>
  digit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x5f;
const classes: Readonly<Partial<Record<string, Test>>> = {
  d: digit,
  D: (code) => !digit(code),
  s: space,
  S: (code) => !space(code),
  w: word,
  W: (code) => !word(code),
};

function parseEscape(reader: Reader): Test {
  const char = reader.source[reader.at++];
  if (char === undefined) throw invalid(reader, 'a backslash at the end');
  const known = classes[char];
  if (known !== undefined) return known;
  if (/[A-Za-z0-9]/.test(char)) throw invalid(reader, `the escape \\${char}`);
  return equals(char, reader);
}

function parseClass(reader: Reader): PatternNode {
  const negated = reader.source[reader.at] === '^';
  if (negated) reader.at++;
  const tests: Test[] = [];
  for (let first = true; first || reader.source[reader.at] !== ']'; first = false) {
    if (reader.at >= reader.source.length) throw invalid(reader, "a '[' without ']'");
    if (reader.source.startsWith('[:', reader.at)) throw invalid(reader, 'a named class');
    tests.push(parseClassItem(reader));
  }
  reader.at++;
  return { type: 'char', test: (code) => !Number.isNaN(code) && tests.some((test) => test(code)) !== negated };
}

function parseClassItem(reader: Reader): Test {
  const char = reader.source[reader.at++] ?? '';
  if (char === '\\') return parseEscape(reader);
  const next = reader.source[reader.at + 1];
  if (reader.source[reader.at] !== '-' || next === undefined || next === ']') return equals(char, reader);
  if (next === '\\' || next < char) throw invalid(reader, 'a range that does not ascend');
  reader.at += 2;
  const low = char.charCodeAt(0);
  const high = next.charCodeAt(0);
  return (code) => (code >= low && code <= high) || (reader.ignoreCase && otherCase(code, low, high));
}

function otherCase(code: number, low: number, high: number): boolean {
  if (!word(code) || digit(code)) return false;
  const other = code ^ 0x20;
  return other >= low && other <= high;
}

function equals(char: string, reader: Reader): Test {
  const wanted = char.charCodeAt(0);
  if (!reader.ignoreCase || !/[A-Za-z]/.test(char)) return (code) => code === wanted;
  return (code) => (code | 0x20) === (wanted | 0x20);
}

function invalid(reader: Reader, why: string): LandfallError {
  return new LandfallError('CONFIG_INVALID', {
    what: `the pattern ${JSON.stringify(reader.source.slice(0, 80))} cannot be used: it contains ${why}`,
    fix: 'write it in the syntax of RE2, without look-around, back references and named classes',
  });
}
