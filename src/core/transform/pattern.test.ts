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
  ])('%s on %j: %s', (pattern, name, expected) => expect(compilePattern(pattern)(name)).toBe(expected));
  it.each(['(?=a)', '\\1', '(', ')', '[a', 'a**', '*a', 'a{2,1}', '[[:alpha:]]', '\\pL', '((a{1000}){1000})'])(
    'refuses %s',
    (pattern) => expect(() => compilePattern(pattern)).toThrowError(/CONFIG_INVALID/)
  );
  it('is linear where backtracking explodes', () => {
    expect(compilePattern('^(a+)+$')(`${'a'.repeat(5_000)}b`)).toBe(false);
    expect(compilePattern('^(a|a)*b$')('a'.repeat(5_000))).toBe(false);
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
