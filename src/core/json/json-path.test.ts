import { describe, expect, it } from 'vitest';
import { compileJsonPath } from './json-path.ts';
import { parseDocument, valueOf } from './node.ts';

const text = JSON.stringify({
  spec: {
    ports: [
      { name: 'web', port: 80 },
      { name: 'admin', port: 8080 },
    ],
    'odd.key': 'x',
  },
  images: { image: 'a', nested: { image: 'b' } },
});

const find = (path: string): unknown[] => compileJsonPath(path)(parseDocument(text)).map(valueOf);

describe('JSONPath', () => {
  it.each<[string, unknown[]]>([
    ['$.spec.ports[0].port', [80]],
    ['$.spec.ports[*].port', [80, 8080]],
    ["$.spec.ports[?(@.name=='admin')].port", [8080]],
    ["$.spec.ports[?(@.name!='admin')].port", [80]],
    ['$.spec.ports[?@.port==80].name', ['web']],
    ['$.spec.ports[?(@.missing)]', []],
    ["$.spec['odd.key']", ['x']],
    ['$..image', ['a', 'b']],
    ['$.images.*', ['a', { image: 'b' }]],
    ['$.spec.ports[7]', []],
    ['$.nothing.at.all', []],
  ])('%s', (path, expected) => expect(find(path)).toEqual(expected));

  it.each([
    'spec',
    '$.',
    '$..',
    '$[',
    '$[(1+1)]',
    '$[1:2]',
    '$..a..b',
    '$[?(@.a==@.b)]',
    "$[?(@.a=='x' || @.b)]",
    '$.a b',
  ])('refuses %s', (path) => expect(() => compileJsonPath(path)).toThrowError(/CONFIG_INVALID/));

  it('stops at a bound whatever the document', () => {
    const wide = `{"a":[${'0,'.repeat(250_000)}0]}`;
    expect(() => compileJsonPath('$..b')(parseDocument(wide))).toThrowError(/more than 200000/);
    const deep = `${'['.repeat(900)}1${']'.repeat(900)}`;
    expect(compileJsonPath('$..*')(parseDocument(deep))).toHaveLength(900);
  });
});
