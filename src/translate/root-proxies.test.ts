import { expect, it } from 'vitest';
import { createRootProxies } from './root-proxies.ts';

const proxy = (name: string, fqdn?: string) => ({
  ref: { group: 'projectcontour.io', kind: 'HTTPProxy', namespace: 'shop', name },
  text: JSON.stringify({ spec: fqdn === undefined ? { routes: [] } : { virtualhost: { fqdn } } }),
});

function findingsOf(...added: readonly { readonly object: ReturnType<typeof proxy>; readonly made: boolean }[]) {
  const proxies = createRootProxies();
  for (const { object, made } of added) proxies.add(object.ref, object.text, made);
  return proxies.findings().map(({ severity, subject, message }) => `${severity} ${subject}: ${message}`);
}

it('names every host that several HTTPProxies have, where a rule made one of them', () => {
  const found = findingsOf(
    { object: proxy('web', 'shop.example.org'), made: true },
    { object: proxy('api', 'Shop.example.org'), made: true },
    { object: proxy('other', 'other.example.org'), made: true },
    { object: proxy('part'), made: true }
  );
  expect(found).toEqual([
    'blocker HTTPProxy shop/api, HTTPProxy shop/web: shop.example.org is the host of 2 HTTPProxies, and in that case Contour serves none of them',
  ]);
});

it('leaves what was so on the source alone, and other kinds', () => {
  const route = { ...proxy('web', 'shop.example.org'), ref: { ...proxy('web').ref, kind: 'TCPProxy' } };
  expect(
    findingsOf(
      { object: proxy('web', 'shop.example.org'), made: false },
      { object: proxy('api', 'shop.example.org'), made: false },
      { object: route, made: true }
    )
  ).toEqual([]);
});
