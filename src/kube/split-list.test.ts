import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IncompleteJson } from './json-scan.ts';
import { readMetadata, sliceMembers, splitList } from './split-list.ts';

function split(text: string): unknown[] {
  return splitList(Buffer.from(text)).items.map((item) => JSON.parse(Buffer.from(item).toString()));
}

/** Strings full of what a naive scanner stumbles over. */
const nastyString = fc
  .array(
    fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '\n',
      '\u0000',
      'a',
      'é',
      '😀',
      '\u2028',
      'long'.repeat(30)
    ),
    { maxLength: 60 }
  )
  .map((parts) => parts.join(''));

const item = fc.dictionary(
  fc.oneof(nastyString, fc.string()),
  fc.oneof(fc.jsonValue(), nastyString, fc.constant(null))
);

const list = fc.record({
  items: fc.oneof(fc.array(item, { maxLength: 8 }), fc.constant(null)),
  metadataFirst: fc.boolean(),
  kind: fc.constantFrom('PodList', 'Endpoints', 'x'),
  token: fc.option(nastyString, { nil: undefined }),
  indent: fc.constantFrom(0, 1, '\t'),
});

function render(shape: {
  items: unknown;
  metadataFirst: boolean;
  kind: string;
  token: string | undefined;
  indent: number | string;
}): string {
  const metadata = {
    resourceVersion: '12',
    ...(shape.token === undefined ? {} : { continue: shape.token, remainingItemCount: 7 }),
  };
  const whole = shape.metadataFirst
    ? { kind: shape.kind, metadata, items: shape.items }
    : { items: shape.items, metadata, kind: shape.kind };
  return JSON.stringify(whole, null, shape.indent);
}

describe('splitList', () => {
  it('finds the items JSON.parse finds, and the paging fields', () => {
    fc.assert(
      fc.property(list, (shape) => {
        const text = render(shape);
        const result = splitList(Buffer.from(text));
        const expected = (JSON.parse(text) as { items: unknown[] | null }).items ?? [];
        expect(result.items.map((one) => JSON.parse(Buffer.from(one).toString()))).toEqual(expected);
        expect(result.resourceVersion).toBe('12');
        expect(result.continueToken).toBe(shape.token ?? '');
        expect(result.remaining).toBe(shape.token === undefined ? undefined : 7);
      }),
      { numRuns: 500 }
    );
  });

  it('refuses every proper prefix', () => {
    fc.assert(
      fc.property(list, (shape) => {
        const bytes = Buffer.from(render(shape));
        for (let length = 0; length < bytes.length; length += 1) {
          expect(() => splitList(bytes.subarray(0, length))).toThrow(IncompleteJson);
        }
      }),
      { numRuns: 30 }
    );
  });

  it('gives bytes out unchanged', () => {
    const first = '{"spec":{"big":9223372036854775807,"form":1.0,"__proto__":{"a":1e400}},"metadata":{"name":"a"}}';
    const second = '{ "b" : "\\u003c\\\\" }';
    const result = splitList(Buffer.from(`{"metadata":{},"items":[${first} , ${second}]}\n`));
    expect(result.items.map((one) => Buffer.from(one).toString())).toEqual([first, second]);
  });

  it.each([
    ['text behind the list', '{"items":[]}x'],
    ['brackets of the wrong kind', '{"items":[{"a":[}]]}'],
    ['an item that is no object', '{"items":[1]}'],
    ['no items', '{"metadata":{"resourceVersion":"1"}}'],
    ['items twice', '{"items":[],"items":[]}'],
    ['a Status in plain text', '404 page not found'],
    ['items of another type', '{"items":"none"}'],
    ['an empty answer', ''],
  ])('refuses %s', (_, text) => {
    expect(() => split(text)).toThrow(IncompleteJson);
  });

  it('takes only the top-level items', () => {
    expect(split('{"metadata":{"items":[{"no":1}]},"items":[{"items":[{"deep":1}]}]}')).toEqual([
      { items: [{ deep: 1 }] },
    ]);
  });
});

describe('readMetadata', () => {
  it('reads wherever metadata stands', () => {
    const text = '{"data":{"metadata":"x"},"metadata":{"name":"a","resourceVersion":"4","finalizers":["f"]}}';
    expect(readMetadata(Buffer.from(text))).toMatchObject({ name: 'a', resourceVersion: '4', finalizers: ['f'] });
  });

  it('refuses an object that breaks off', () => {
    expect(() => readMetadata(Buffer.from('{"metadata":{"name":"a"},"data":{"k":"v'))).toThrow(IncompleteJson);
  });
});

describe('sliceMembers', () => {
  it('takes members as bytes', () => {
    const slices = sliceMembers(Buffer.from('{"type":"ADDED","object":{"n":1.0}}'), ['object', 'absent']);
    expect([...slices].map(([key, value]) => [key, value.toString()])).toEqual([['object', '{"n":1.0}']]);
  });
});
