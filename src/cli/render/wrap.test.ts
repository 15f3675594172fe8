import fc from 'fast-check';
import { expect, it } from 'vitest';
import { span } from './style.ts';
import { displayWidth } from './width.ts';
import { wrap, wrapSpans } from './wrap.ts';

it.each([
  ['short lines stay as they are', 'a  b', 10, 4, ['a  b']],
  [
    'breaks between words and indents',
    'open  one blocker: remove it',
    14,
    6,
    ['open  one', '      blocker:', '      remove', '      it'],
  ],
  ['breaks a word that is wider than a line', 'sha256:0123456789', 8, 2, ['sha256', '  :01234', '  56789']],
])('%s', (_, text, columns, indent, expected) => {
  const lines = wrap(text, columns, indent);
  expect(lines).toEqual(expected);
});

it('loses no word and is never too wide', () => {
  const word = fc.stringMatching(/^[a-z\u4e00]{1,30}$/);
  fc.assert(
    fc.property(
      fc.array(word, { maxLength: 30 }),
      fc.integer({ min: 8, max: 60 }),
      fc.nat(12),
      (words, columns, indent) => {
        const lines = wrap(words.join(' '), columns, indent);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(words.join(''));
      }
    )
  );
});

it('keeps the style of each piece', () => {
  const lines = wrapSpans([span('WARN', 'attention'), span('  the disk is full')], 12, 6);
  expect(lines[0]?.[0]).toEqual({ text: 'WARN', style: 'attention' });
  expect(lines.map((line) => line.map(({ text }) => text).join(''))).toEqual([
    'WARN  the',
    '      disk',
    '      is',
    '      full',
  ]);
});
