import { text, tree, trees } from '../draft.ts';
import type { Tree } from '../../core/json/tree.ts';
import type { Inclusion, Inclusions } from '../../core/profile/routing-facts.ts';

export interface ProxyObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

/** Deeper than people write, and a bound for circles, which Contour refuses. */
const depthMax = 16;
/** Ways in all: beyond, the rest are named as losses, as where nothing could be read. */
const inclusionsMax = 2_000;

/** Who is included by whom, through all levels; a pure look at all HTTPProxies of a cluster. */
export function inclusionsOf(proxies: readonly ProxyObject[]): Inclusions {
  const byKey = new Map(proxies.map((one) => [`${one.metadata.namespace ?? ''}/${one.metadata.name}`, one]));
  const found = new Map<string, Inclusion[]>();
  let count = 0;
  const follow = (from: ProxyObject, way: Inclusion, depth: number): void => {
    for (const include of trees(from.spec, 'includes')) {
      const key = `${text(include, 'namespace') || (from.metadata.namespace ?? '')}/${text(include, 'name')}`;
      const next = byKey.get(key);
      // One with a host of its own cannot be included.
      if (next === undefined || tree(next.spec, 'virtualhost') !== undefined || depth > depthMax) continue;
      if (++count > inclusionsMax) return;
      const inclusion = { ...way, conditions: [...way.conditions, ...trees(include, 'conditions')] };
      found.set(key, [...(found.get(key) ?? []), inclusion]);
      follow(next, inclusion, depth + 1);
    }
  };
  for (const proxy of proxies) {
    const host = tree(proxy.spec, 'virtualhost');
    if (host === undefined) continue;
    const { name, namespace = '' } = proxy.metadata;
    const hasTls = tree(host, 'tls') !== undefined;
    follow(proxy, { namespace, name, fqdn: text(host, 'fqdn'), hasTls, conditions: [] }, 1);
  }
  return Object.fromEntries([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** A route with the conditions it inherits: prefixes are joined as Contour joins them, all others must hold too. */
export function inheriting(route: Tree, inherited: readonly Tree[]): Tree {
  if (inherited.length === 0) return route;
  const all = [...inherited, ...trees(route, 'conditions')];
  const prefixes = all.map((one) => text(one, 'prefix')).join('');
  const last = all.findLast((one) => one['exact'] !== undefined || one['regex'] !== undefined);
  const key = last === undefined ? 'prefix' : last['exact'] === undefined ? 'regex' : 'exact';
  const own = key === 'prefix' ? '' : text(last, key);
  const path = `${prefixes}${own}`.replace(/\/{2,}/g, '/') || '/';
  const others = all.filter((one) => one['header'] !== undefined || one['queryParameter'] !== undefined);
  return { ...route, conditions: [{ [key]: path }, ...others] };
}
