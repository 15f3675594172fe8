import { describe, expect, it } from 'vitest';
import { missingFinding } from './judge.ts';
import { namespaceTexts } from './namespace-texts.ts';
import { serviceHosts } from './service-hosts.ts';

describe('names of Services in texts', () => {
  const known = new Set(['db/pg', 'db/pg-headless']);
  it.each<[string, readonly string[]]>([
    ['postgres://u:p@pg.db:5432/x', ['db/pg']],
    ['pg.db', ['db/pg']],
    ['http://pg.db.svc:80', ['db/pg']],
    ['PG.DB.svc.cluster.local.', ['db/pg']],
    ['pg-0.pg-headless.db', ['db/pg-headless']],
    ['x.other.svc', ['other/x']],
    ['http://svc.other.svc:80', ['other/svc']],
    ['x.svc.svc.cluster.local', ['svc/x']],
    ['pg.db.example.com', []],
    ['www.pg.db', []],
    ['my-pg.db', []],
    ['pg.database', []],
    ['no.where', []],
  ])('%s', (text, expected) => {
    const found = serviceHosts(text, (service) => known.has(service));
    expect(found.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(expected);
  });
});

describe('what is named and not there', () => {
  const db = { group: '', kind: 'Service', namespace: 'ext', name: 'db' };
  const by = (name: string) => ({ group: '', kind: 'ConfigMap', namespace: 'shop', name });
  const resource = {
    ...{ group: '', version: 'v1', kind: 'Service', plural: 'services', namespaced: true },
    ...{ verbs: ['get'], subresources: [] },
  };
  const what = { ref: db, resource };
  it.each([
    [1, 'ConfigMap shop/a uses it as a host in /data/url; '],
    [2, 'ConfigMap shop/a, ConfigMap shop/b use it as a host, the first in /data/url; '],
  ])('is said of %d objects, and of whose place is reported', (count, message) => {
    const named = {
      what: { ...what, how: 'uses it as a host in /data/url' },
      by: ['a', 'b'].slice(0, count).map(by),
      count,
    };
    expect(missingFinding(named, false)?.message).toContain(message);
    expect(missingFinding(named, true)).toBeUndefined();
  });
});

describe('names of a mapped namespace in texts', () => {
  const names = { services: new Set(['shop/db']), objects: new Set(['shop/web']) };
  const find = (value: object, isSecret = false) =>
    namespaceTexts(value as never, {
      namespaces: ['shop'],
      names,
      isSecret,
      mapped: new Set(['/spec/namespace']),
      placesMax: 50,
    }).map(({ path, form }) => `${form} ${path}`);
  it.each<[string, object, readonly string[]]>([
    ['a short host', { data: { a: 'db.shop:5432', b: 'api.shop:80' } }, ['service /data/a']],
    [
      'accounts',
      { data: { a: 'x system:serviceaccount:shop:web y', b: 'system:serviceaccounts:shop-2' } },
      ['account /data/a'],
    ],
    ['an identity', { data: { a: 'spiffe://cluster.local/ns/shop/sa/web' } }, ['identity /data/a']],
    [
      'an object',
      { data: { a: 'shop/web', b: 'shop/other', c: 'shop/web:1.2', d: 'http://shop/web' } },
      ['object /data/a'],
    ],
    ['an image', { spec: { containers: [{ image: 'shop/web' }] } }, []],
    [
      'a setting by its key',
      { spec: { watchNamespaces: ['x', 'shop'], team: 'shop' } },
      ['setting /spec/watchNamespaces/1'],
    ],
    ['a place that is mapped', { spec: { namespace: 'shop' } }, []],
    [
      'a variable',
      {
        env: [
          { name: 'POD_NAMESPACE', value: 'shop' },
          { name: 'TEAM', value: 'shop' },
        ],
      },
      ['setting /env/0/value'],
    ],
    [
      'arguments',
      { args: ['--namespace=shop', '--namespace', 'shop', '--team=shop'] },
      ['setting /args/0', 'setting /args/2'],
    ],
    ['a file', { data: { f: 'team: shop\nnamespace: shop\n' } }, ['setting /data/f']],
    [
      'a selector',
      { spec: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', values: ['shop'] }] } },
      ['setting /spec/matchExpressions/0/values/0'],
    ],
    ['a longer name', { data: { a: 'namespace: shop-2', b: 'db.shop-2.svc' } }, []],
    ['its own metadata', { metadata: { namespace: 'shop', name: 'shop' } }, []],
  ])('%s', (_name, value, expected) => expect(find(value)).toEqual(expected));
  it('looks into the data of a Secret', () => {
    expect(find({ data: { a: btoa('postgres://db.shop.svc'), b: 'no base64' } }, true)).toEqual(['service /data/a']);
  });
});
