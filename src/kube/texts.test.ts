import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../core/limits.ts';
import { fitRequest, unescapeHtmlSafe } from './escapes.ts';
import { collectionPath, nameSelector, objectPath, queryString } from './paths.ts';
import { parseWarnings } from './warnings.ts';

const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', kind: 'Role', plural: 'roles', namespaced: true };
const nodes = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

describe('unescapeHtmlSafe', () => {
  it('means the same as before', () => {
    const value = fc.jsonValue({ maxDepth: 3 }).map((json) => JSON.stringify(json));
    const pieces = fc.array(fc.constantFrom('<', '>', '&', '\\', 'u003c', '\\u003c', '"', '\u2028', 'é'), {
      maxLength: 20,
    });
    const escaped = (json: string): string =>
      json.replaceAll(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
    fc.assert(
      fc.property(value, (json) => {
        expect(JSON.parse(unescapeHtmlSafe(escaped(json)))).toEqual(JSON.parse(json));
      })
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const json = JSON.stringify({ text: parts.join('') });
        expect(unescapeHtmlSafe(escaped(json))).toBe(json);
      })
    );
  });

  it('is used only where the request would be too large', () => {
    expect(fitRequest('{"a":"\\u003c"}').toString()).toBe('{"a":"\\u003c"}');
    const large = `{"a":"${'\\u003c'.repeat(600_000)}"}`;
    expect(large.length).toBeGreaterThan(limits.requestBytes);
    expect(fitRequest(large)).toHaveLength(600_008);
  });
});

describe('paths', () => {
  it.each([
    ['Shop:Admin', 'Shop%3AAdmin'],
    ['a b?c#d&e', 'a%20b%3Fc%23d%26e'],
    ['line\nbreak\u0000', 'line%0Abreak%00'],
    ['größe', 'gr%C3%B6%C3%9Fe'],
    ['"quoted"', '%22quoted%22'],
  ])('encodes the name %j', (name, encoded) => {
    expect(objectPath({ resource: roles, namespace: 'shop', name })).toBe(
      `/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles/${encoded}`
    );
  });

  it('leaves the namespace out where there is none', () => {
    expect(collectionPath(nodes, 'shop')).toBe('/api/v1/nodes');
    expect(collectionPath(roles, '')).toBe('/apis/rbac.authorization.k8s.io/v1/roles');
    expect(objectPath({ resource: nodes, namespace: '', name: 'n' }, 'status')).toBe('/api/v1/nodes/n/status');
  });

  it('writes queries and selectors', () => {
    expect(queryString({ limit: 5, continue: undefined, command: ['sh', '-c', 'a&b'] })).toBe(
      '?limit=5&command=sh&command=-c&command=a%26b'
    );
    expect(queryString({})).toBe('');
    expect(nameSelector('a,b=c\\d')).toBe('metadata.name=a\\,b\\=c\\\\d');
  });
});

describe('parseWarnings', () => {
  it('reads one or several texts', () => {
    expect(parseWarnings(['299 - "unknown field \\"spec.x\\"", 299 - "two"', '299 agent "three, four"'])).toEqual([
      'unknown field "spec.x"',
      'two',
      'three, four',
    ]);
    expect(parseWarnings(undefined)).toEqual([]);
  });
});
