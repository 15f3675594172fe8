import { text, tree } from '../draft.ts';
import { platforms } from '../../core/profile/cluster-profile.ts';
import { readLoadBalancer } from './read.ts';
import type { Tree } from '../../core/json/tree.ts';

export interface ServiceObject {
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: unknown;
}

/**
 * Addresses that several Services of a cluster are pinned to, with the Services as `namespace/name` in order: what no
 * rule sees, which sees one object. A pure look at all Services.
 */
export function sharedAddressesOf(
  services: readonly ServiceObject[],
  platform: string
): Readonly<Record<string, readonly string[]>> {
  const known = platforms.find((one) => one === platform);
  if (known === undefined) return {};
  const holders = new Map<string, Set<string>>();
  for (const service of services) {
    const root = service as unknown as Tree;
    if (text(tree(root, 'spec'), 'type') !== 'LoadBalancer') continue;
    for (const address of readLoadBalancer(root, known).addresses) {
      const names = holders.get(address) ?? new Set();
      names.add(`${service.metadata.namespace ?? ''}/${service.metadata.name}`);
      holders.set(address, names);
    }
  }
  const shared = [...holders].filter(([, names]) => names.size > 1);
  return Object.fromEntries(
    shared.sort(([one], [other]) => (one < other ? -1 : 1)).map(([address, names]) => [address, [...names].sort()])
  );
}
