import { describe, expect, it } from 'vitest';
import { inclusionsOf, inheriting, type ProxyObject } from './inclusion.ts';

const proxy = (name: string, spec: object, namespace = 'a'): ProxyObject => ({ metadata: { name, namespace }, spec });
const root = (includes: object[]): ProxyObject =>
  proxy('root', { virtualhost: { fqdn: 'x.example', tls: { secretName: 's' } }, includes });

describe('inclusionsOf', () => {
  it('follows inclusions through namespaces and levels, with their conditions', () => {
    const found = inclusionsOf([
      root([{ name: 'one', namespace: 'b', conditions: [{ prefix: '/one' }] }, { name: 'absent' }]),
      proxy('one', { includes: [{ name: 'two', conditions: [{ prefix: '/two' }] }] }, 'b'),
      proxy('two', { routes: [] }, 'b'),
      proxy('orphan', { routes: [] }),
    ]);
    const way = { namespace: 'a', name: 'root', fqdn: 'x.example', hasTls: true };
    expect(found).toEqual({
      'b/one': [{ ...way, conditions: [{ prefix: '/one' }] }],
      'b/two': [{ ...way, conditions: [{ prefix: '/one' }, { prefix: '/two' }] }],
    });
  });

  it('ends for circles, and for more ways than anybody writes', () => {
    const circle = inclusionsOf([root([{ name: 'one' }]), proxy('one', { includes: [{ name: 'one' }] })]);
    expect(circle['a/one']?.length).toBeLessThan(20);
    const both = [{ name: 'one' }, { name: 'two' }];
    const wide = inclusionsOf([root(both), proxy('one', { includes: both }), proxy('two', { includes: both })]);
    const ways = Object.values(wide).reduce((sum, one) => sum + one.length, 0);
    expect(ways).toBeLessThanOrEqual(2_000);
  });
});

describe('inheriting', () => {
  it.each([
    [[{ prefix: '/a' }], [{ prefix: '/b' }], [{ prefix: '/a/b' }]],
    [[{ prefix: '/a/' }], [{ prefix: '/' }], [{ prefix: '/a/' }]],
    [[{ prefix: '/a' }], [{ exact: '/b' }], [{ exact: '/a/b' }]],
    [[{ prefix: '/a' }], [], [{ prefix: '/a' }]],
    [
      [{ header: { name: 'h', present: true } }],
      [{ prefix: '/b' }],
      [{ prefix: '/b' }, { header: { name: 'h', present: true } }],
    ],
  ])('%j and %j are %j', (inherited, own, expected) => {
    expect(inheriting({ conditions: own }, inherited)['conditions']).toEqual(expected);
  });
});
