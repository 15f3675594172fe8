import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PatchOperation } from '../spec/spec.ts';
import { canonical } from './canonical.ts';
import { membersOf, parseDocument, read, textOf } from './node.ts';
import { normaliseNumber } from './number.ts';
import { openDocument } from './document.ts';
import { applyMergePatch, applyPatch, mergeOperations } from './patch.ts';
import { formatPointer } from './pointer.ts';
import { rawNumber } from './value.ts';

describe('applyPatch', () => {
  const cases: readonly [string, string, readonly PatchOperation[], string][] = [
    ['removes the first', '{"a":1,"b":2}', [{ op: 'remove', path: '/a' }], '{"b":2}'],
    ['removes the last', '{"a":1,"b":2}', [{ op: 'remove', path: '/b' }], '{"a":1}'],
    ['removes the only one', '{"a":1}', [{ op: 'remove', path: '/a' }], '{}'],
    ['adds to an empty object', '{}', [{ op: 'add', path: '/a', value: [1] }], '{"a":[1]}'],
    ['adds in place when there', '{"a":1,"b":2}', [{ op: 'add', path: '/a', value: 3 }], '{"a":3,"b":2}'],
    ['inserts', '[1,2]', [{ op: 'add', path: '/1', value: 9 }], '[1,9,2]'],
    ['appends', '[1,2]', [{ op: 'add', path: '/-', value: 9 }], '[1,2,9]'],
    ['moves', '{"a":{"b":1.0}}', [{ op: 'move', from: '/a/b', path: '/c' }], '{"a":{},"c":1.0}'],
    ['copies', '{"a":1e3}', [{ op: 'copy', from: '/a', path: '/b' }], '{"a":1e3,"b":1e3}'],
    ['replaces all', '{"a":1}', [{ op: 'replace', path: '', value: null }], 'null'],
    ['escapes', '{"a/b":{"~":1}}', [{ op: 'remove', path: '/a~1b/~0' }], '{"a/b":{}}'],
    ['tests exactly', '{"a":1.50}', [{ op: 'test', path: '/a', value: 1.5 }], '{"a":1.50}'],
    [
      'tests beyond 2^53',
      '{"a":9007199254740993}',
      [{ op: 'test', path: '/a', value: 9007199254740993n }],
      '{"a":9007199254740993}',
    ],
    ['keeps white space', '{ "a" : 1 ,\n "b": [ 1 ] }', [{ op: 'remove', path: '/a' }], '{\n "b": [ 1 ] }'],
    ['removes every duplicate', '{"a":1,"b":0,"a":2}', [{ op: 'remove', path: '/a' }], '{"b":0}'],
    ['finds an escaped key', '{"\\u0061":1}', [{ op: 'replace', path: '/a', value: 2 }], '{"\\u0061":2}'],
    ['sets __proto__ as a key', '{}', [{ op: 'add', path: '/__proto__', value: { x: 1 } }], '{"__proto__":{"x":1}}'],
  ];
  it.each(cases)('%s', (_name, text, operations, expected) => {
    expect(applyPatch(text, operations)).toBe(expected);
  });

  it.each<[string, string, readonly PatchOperation[]]>([
    ['a missing path', '{}', [{ op: 'remove', path: '/a' }]],
    ['a failing test', '{"a":9007199254740993}', [{ op: 'test', path: '/a', value: 9007199254740992n }]],
    ['an index beyond the list', '[1]', [{ op: 'add', path: '/2', value: 1 }]],
    ['an index with a leading zero', '[1,2]', [{ op: 'remove', path: '/01' }]],
    ['a move into itself', '{"a":{}}', [{ op: 'move', from: '/a', path: '/a/b' }]],
    ['a value JSON cannot say', '{}', [{ op: 'add', path: '/a', value: Number.NaN }]],
    ['a pointer without slash', '{}', [{ op: 'add', path: 'a', value: 1 }]],
    ['too many operations', '{}', Array.from({ length: 10_001 }, () => ({ op: 'test', path: '', value: {} }) as const)],
  ])('refuses %s', (_name, text, operations) => {
    expect(() => applyPatch(text, operations)).toThrowError(/TRANSFORM_FAILED/);
  });

  it('is all or none', () => {
    const document = openDocument('{"a":1}');
    const broken: PatchOperation[] = [
      { op: 'add', path: '/b', value: 1 },
      { op: 'test', path: '/a', value: 2 },
    ];
    expect(() => document.apply(broken)).toThrowError(/TRANSFORM_FAILED/);
    expect(document.text()).toBe('{"a":1}');
    const half: PatchOperation[] = [
      { op: 'remove', path: '/a' },
      { op: 'remove', path: '/nope' },
    ];
    expect(() => document.apply(half)).toThrowError(/TRANSFORM_FAILED/);
    expect(document.text()).toBe('{"a":1}');
  });

  it('refuses a value that contains itself, or sits on getters of a prototype', () => {
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    expect(() => applyPatch('{}', [{ op: 'add', path: '/a', value: cyclic }])).toThrowError(/TRANSFORM_FAILED/);
  });
});

describe('exactness', () => {
  const odd = '{"n":9223372036854775807,"f":1.0,"e":1e3,"z":-0.0,"d":{"k":1,"k":2},"s":"\\u003c\\/","x":0}';
  it('keeps everything a patch does not name', () => {
    expect(applyPatch(odd, [{ op: 'remove', path: '/x' }])).toBe(odd.replace(',"x":0', ''));
    expect(applyMergePatch(odd, { x: null })).toBe(odd.replace(',"x":0', ''));
  });
  it('reads numbers a double cannot hold', () => {
    expect(read(odd, '/n')).toBe(9223372036854775807n);
    expect(read('{"a":1e400}', '/a')).toEqual({ [rawNumber]: '1e400' });
    expect(read('{"a":[0.1,12345678901234567890.5]}', '/a')).toEqual([0.1, { [rawNumber]: '12345678901234567890.5' }]);
    expect(read(odd, '/none/here')).toBeUndefined();
    expect(read(odd, '/d/k')).toBe(2);
  });
  it.each([
    ['1.0', '1'],
    ['1e3', '1000'],
    ['-0.0', '0'],
    ['0.10', '1e-1'],
    ['100e-2', '1'],
    ['1e400', '1e400'],
    ['9007199254740993', '9007199254740993'],
    ['12e999999999999999999999', '12e999999999999999999999'],
    ['01', undefined],
    ['1.', undefined],
  ])('normalises %s to %s', (text, expected) => expect(normaliseNumber(text)).toBe(expected));
  it('writes one text for equal values', () => {
    expect(canonical('{"b":1.0,"a":"\\u003c","a":"<"}')).toBe(canonical(' { "a" : "<", "b" : 1 } '));
    expect(canonical('{"a":1,"b":{"c":1,"d":[{"x":1,"y":2}]}}', { without: ['/a', '/b/d/*/x', '/b/c'] })).toBe(
      '{"b":{"d":[{"y":2}]}}'
    );
    expect(canonical('{"a":null,"b":[],"c":{}}', { pruneEmpty: true })).toBe('{"c":{}}');
  });
});

function errorOf(use: () => unknown): string {
  try {
    use();
    return '';
  } catch (error) {
    return String(error);
  }
}

const tree = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.constantFrom('a', 'b', 'a/b', '~', '__proto__'), fc.string()), tie('value'), {
      maxKeys: 4,
    })
  ),
})).value;

/** Every pointer there is in a value. */
function pointersOf(value: unknown, at: readonly string[] = []): string[] {
  const here = formatPointer(at);
  if (typeof value !== 'object' || value === null) return [here];
  return [here, ...Object.entries(value).flatMap(([key, member]) => pointersOf(member, [...at, key]))];
}

/** RFC 6902 on decoded values, written the plain way. */
function reference(value: unknown, operation: PatchOperation): unknown {
  const root = { root: structuredClone(value) };
  const segments = operation.path === '' ? [] : operation.path.slice(1).split('/');
  const path = ['root', ...segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'))];
  let parent: unknown = root;
  for (const segment of path.slice(0, -1)) parent = (parent as Record<string, unknown>)[segment];
  const last = path.at(-1) ?? '';
  if (Array.isArray(parent)) {
    if (operation.op === 'add') parent.splice(Number(last), 0, operation.value);
    else if (operation.op === 'remove') parent.splice(Number(last), 1);
    else parent[Number(last)] = operation.value;
  } else if (operation.op === 'remove') delete (parent as Record<string, unknown>)[last];
  else Object.defineProperty(parent, last, { value: operation.value, enumerable: true, configurable: true });
  return root.root;
}

describe('properties', () => {
  it('equals the reference on every pointer', () => {
    fc.assert(
      fc.property(tree, tree, fc.nat(), fc.constantFrom('add', 'remove', 'replace'), (before, value, pick, op) => {
        const text = JSON.stringify(before);
        const decoded: unknown = JSON.parse(text);
        const pointers = pointersOf(decoded);
        const path = pointers[pick % pointers.length] ?? '';
        fc.pre(!(op === 'remove' && path === ''));
        const operation: PatchOperation = op === 'remove' ? { op, path } : { op, path, value };
        const expected = JSON.stringify(reference(decoded, operation));
        expect(canonical(applyPatch(text, [operation]))).toBe(canonical(expected));
      })
    );
  });

  it('leaves the text of untouched members alone', () => {
    fc.assert(
      fc.property(tree, fc.integer({ min: 0, max: 3 }), (value, indent) => {
        const text = JSON.stringify({ gone: 1, kept: value, also: [value] }, null, indent);
        const after = parseDocument(applyPatch(text, [{ op: 'remove', path: '/gone' }]));
        const texts = new Map(membersOf(parseDocument(text)).map((member) => [member.key, textOf(member.value)]));
        for (const member of membersOf(after)) expect(textOf(member.value)).toBe(texts.get(member.key));
        expect(membersOf(after).map((member) => member.key)).toEqual(['kept', 'also']);
      })
    );
  });

  it('merges as operations and as a merge alike', () => {
    fc.assert(
      fc.property(tree, tree, (before, patch) => {
        const text = JSON.stringify(before);
        const operations = mergeOperations(openDocument(text), patch);
        expect(canonical(applyPatch(text, operations))).toBe(canonical(applyMergePatch(text, patch)));
      })
    );
  });

  it('decodes as JSON.parse does', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const text = JSON.stringify(value);
        expect(read(text, '')).toEqual(JSON.parse(text));
      })
    );
  });

  it('throws nothing but coded errors', () => {
    const broken = fc.oneof(fc.string(), fc.stringMatching(/^[{}[\],:"\\a01.e \-tfn]*$/));
    fc.assert(
      fc.property(broken, fc.string(), (text, path) => {
        for (const use of [
          () => applyPatch(text, [{ op: 'add', path, value: 1 }]),
          () => applyPatch(text, [{ op: 'remove', path: `/${path}` }]),
          () => applyMergePatch(text, { a: { b: null, c: 1 } }),
          () => read(text, path),
          () => canonical(text),
        ]) {
          expect(errorOf(use)).toMatch(/^(?:$|LandfallError)/);
        }
      }),
      { numRuns: 2000 }
    );
  });

  it('refuses what is nested beyond the limit, with a code', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(() => canonical(deep)).toThrowError(/OBJECT_INVALID/);
    expect(applyPatch(`{"a":1,"deep":${deep}}`, [{ op: 'remove', path: '/a' }])).toBe(`{"deep":${deep}}`);
  });
});
