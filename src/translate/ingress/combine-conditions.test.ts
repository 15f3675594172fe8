import { describe, expect, it } from 'vitest';
import { expressionOf, type Test } from './combine-conditions.ts';

const test = (kind: Test['kind'], value = '', ignoreCase = false): Test => ({ kind, value, ignoreCase });

describe('conditions on one name', () => {
  it.each<[string, readonly Test[], unknown]>([
    ['a value', [test('exact', 'gold')], { type: 'Exact', value: 'gold' }],
    ['a value in any case', [test('exact', 'a.b', true)], { type: 'RegularExpression', value: '(?i:a\\.b)' }],
    ['presence', [test('present')], { type: 'RegularExpression', value: '.*' }],
    ['a value that is present', [test('present'), test('exact', 'gold')], { type: 'Exact', value: 'gold' }],
    ['a value that has a part', [test('exact', 'gold'), test('contains', 'ol')], { type: 'Exact', value: 'gold' }],
    ['a value that is another', [test('exact', 'gold'), test('notexact', 'lead')], { type: 'Exact', value: 'gold' }],
    [
      'two parts',
      [test('contains', 'a'), test('contains', 'b')],
      { type: 'RegularExpression', value: '.*a.*b.*|.*b.*a.*' },
    ],
    [
      'parts that overlap',
      [test('contains', 'ab'), test('contains', 'bc')],
      { type: 'RegularExpression', value: '.*ab.*bc.*|.*abc.*|.*bc.*ab.*' },
    ],
    [
      'the same part twice',
      [test('contains', 'a'), test('contains', 'a')],
      { type: 'RegularExpression', value: '.*a.*' },
    ],
    ['both ends', [test('prefix', 'a'), test('suffix', 'b')], { type: 'RegularExpression', value: 'a.*b' }],
    ['a longer prefix', [test('prefix', 'a'), test('prefix', 'ab')], { type: 'RegularExpression', value: 'ab.*' }],
    ['prefixes of different values', [test('prefix', 'a'), test('prefix', 'b')], 'never'],
    ['two values', [test('exact', 'a'), test('exact', 'b')], 'never'],
    ['a value that lacks a part', [test('exact', 'gold'), test('contains', 'x')], 'never'],
    ['a value that is absent', [test('exact', 'gold'), test('notpresent')], 'never'],
  ])('say %s', (_what, tests, expression) => {
    expect(expressionOf(tests)).toEqual({ expression, lost: [] });
  });

  it.each<[string, readonly Test[], readonly string[]]>([
    ['a negation', [test('notcontains', 'a')], ['the negated condition']],
    ['an expression beside a part', [test('regex', 'a+'), test('contains', 'b')], ['the second condition (contains)']],
    ['an expression beside a value', [test('exact', 'a'), test('regex', 'a+')], ['the second condition (regex)']],
  ])('name what they cannot say: %s', (_what, tests, lost) => {
    expect(expressionOf(tests).lost).toEqual(lost);
  });

  it('match exactly the values that have both parts', () => {
    const values = ['', 'ab', 'bc', 'abc', 'bcab', 'xabxbcx', 'bcxab', 'acb', 'aabbcc', 'abbc'];
    const { expression } = expressionOf([test('contains', 'ab'), test('contains', 'bc')]);
    const pattern = typeof expression === 'object' ? new RegExp(`^(?:${expression.value})$`) : /$^/;
    expect(values.filter((value) => pattern.test(value))).toEqual(
      values.filter((value) => value.includes('ab') && value.includes('bc'))
    );
  });
});
