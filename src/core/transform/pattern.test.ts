import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compilePattern } from './pattern.ts';

describe('patterns', () => {
  it.each<[string, string, boolean]>([
    ['^web-[0-9]+$', 'web-12', true],
    ['^web-[0-9]+$', 'web-12a', false],
    ['b', 'abc', true],
    ['a|^c', 'xc', false],
    ['(ab){2,3}$', 'ababab', true],
    ['(ab){2}$', 'ab', false],
    ['^(?:a|bc)*$', 'abcbca', true],
    ['^[^a-c.]\\w\\.$', 'dx.', true],
    ['(?i)^WEB$', 'web', true],
    ['^a.c$', 'a\nc', false],
    ['x*', '', true],
    ['^$', '', true],
    ['^a{0}b$', 'b', true],
    ['^[]a]$', ']', true],
    ['^[[:alpha:]]+$', 'web', true],
    ['\\bdb\\b', 'my-db-0', true],
    ['\\bdb\\b', 'mydb', false],
    ['^\\pL+$', 'größe', true],
  ])('%s on %j: %s', (pattern, name, expected) => expect(compilePattern(pattern)(name)).toBe(expected));
  it.each([
    ['^a(?=b)', 'look-around (?= at character 3 is not supported by RE2'],
    ['(?<!a)b', 'look-around (?<! at character 1 is not supported by RE2'],
    ['(a)(?!b)\\w(?!c)', 'look-around (?! is not supported by RE2'],
    ['(a)\\1', 'the back reference \\1 at character 4 is not supported by RE2'],
    ['(?<n>a)\\k<n>', 'the back reference \\k at character 8 is not supported by RE2'],
    ['(', 'missing closing )'],
    ['a)', 'unexpected )'],
    ['[a', 'missing closing ]'],
    ['a**', 'invalid nested repetition operator ** at character 2'],
    ['a{2,1}', 'invalid repeat count {2,1} at character 2'],
    ['a{1001}', 'invalid repeat count {1001} at character 2'],
    ['a\\', 'trailing backslash at end of expression'],
    ['(a{0,50}){0,19}b{150}', 'it is too large: more than 2000 states'],
  ])('refuses %s: %s', (pattern, why) => expect(() => compilePattern(pattern)).toThrowError(`cannot be used: ${why}`));
  it('is linear where backtracking explodes', () => {
    expect(compilePattern('^(a+)+$')(`${'a'.repeat(5_000)}b`)).toBe(false);
    expect(compilePattern('^(a|a)*b$')('a'.repeat(5_000))).toBe(false);
    expect(() => compilePattern('(a|b)*a(a|b){600}[cd]')('ab'.repeat(100_000))).toThrowError(/too long for its/);
  });
  it.each([
    '(((){1000}){1000}){100}',
    '((((){1000}){1000}){1000}){1000}',
    '(?:(?:){1000,}){1000,}',
    '((|){1000}){1000}',
    '((){0,1000}){1000}',
    '(^{1000}){1000}',
  ])('compiles %s at once, or says that it is too large', (pattern) => {
    let matches: boolean | string;
    try {
      matches = compilePattern(pattern)('web');
    } catch (error) {
      matches = String(error);
    }
    expect(String(matches)).toMatch(/^true$|CONFIG_INVALID/);
  });
  it('agrees with the native engine', () => {
    const source = fc.stringMatching(/^[ab](?:[ab.*+?|^$]|\([ab|]{1,3}\))*$/);
    fc.assert(
      fc.property(source, fc.stringMatching(/^[abc]{0,8}$/), (pattern, name) => {
        let match: (text: string) => boolean;
        let native: RegExp;
        try {
          match = compilePattern(pattern);
          native = new RegExp(pattern);
        } catch {
          return;
        }
        expect(match(name)).toBe(native.test(name));
      }),
      { numRuns: 500 }
    );
  });
});
