import type { IngressFact } from '../../core/profile/routing-facts.ts';

/** Ingresses that were answered by one load balancer and share hosts, so that they need one again. */
export interface HostGroup {
  /** A group name of the AWS controller; the same for every member. */
  readonly name: string;
  /** In the order in which their rules must be tried: wider paths later. */
  readonly members: readonly IngressFact[];
  /** Members whose paths cannot be put into one order. */
  readonly isTangled: boolean;
}

const nameMax = 63;

/**
 * The group of one Ingress among those of the same load balancer: everything that shares a host with it, over several
 * steps. Undefined when nothing does. NGINX, Contour and AGIC answer a host from all its Ingresses; an ALB is made for
 * each Ingress, and DNS can lead to one of them only.
 */
export function hostGroupOf(
  own: Pick<IngressFact, 'namespace' | 'name'>,
  shared: readonly IngressFact[],
  suffix: string
): HostGroup | undefined {
  const byHost = new Map<string, IngressFact[]>();
  for (const one of shared) {
    for (const host of hostsOf(one)) byHost.set(host, [...(byHost.get(host) ?? []), one]);
  }
  const first = shared.find(({ namespace, name }) => namespace === own.namespace && name === own.name);
  if (first === undefined) return undefined;
  const members = new Set([first]);
  const seen = new Set<string>();
  for (const member of members) {
    for (const host of hostsOf(member)) {
      if (seen.has(host)) continue;
      seen.add(host);
      for (const other of byHost.get(host) ?? []) members.add(other);
    }
  }
  if (members.size < 2) return undefined;
  const ordered = [...members].sort(
    (left, right) => widestOf(right) - widestOf(left) || (keyOf(left) < keyOf(right) ? -1 : 1)
  );
  return { name: groupName([...seen].sort()[0] ?? '', suffix), members: ordered, isTangled: isTangled(ordered) };
}

function hostsOf({ routes }: IngressFact): ReadonlySet<string> {
  return new Set(routes.map(({ host }) => host).filter((host) => host !== ''));
}

function keyOf({ namespace, name }: IngressFact): string {
  return `${namespace}/${name}`;
}

/** Length of the shortest path: the Ingress with the widest one is tried last. */
function widestOf({ routes }: IngressFact): number {
  return Math.min(...routes.map(({ path }) => path.replace(/[/*]+$/, '').length));
}

/** True where a wider path still comes before one it covers, in whatever order the Ingresses stand. */
function isTangled(members: readonly IngressFact[]): boolean {
  return members.some((member, index) =>
    member.routes.some((route) =>
      members
        .slice(index + 1)
        .some((later) => later.routes.some((other) => other.host === route.host && coversMore(route, other)))
    )
  );
}

function coversMore(wide: { path: string; type: string }, narrow: { path: string; type: string }): boolean {
  if (wide.type === 'Exact') return false;
  const start = wide.path.replace(/[/*]+$/, '');
  const inner = narrow.path.replace(/[/*]+$/, '');
  return inner !== start && inner.startsWith(`${start}/`);
}

/** Lower-case letters, digits, - and . (pkg/ingress/group_loader.go). */
function groupName(host: string, suffix: string): string {
  const whole = `${host.replace(/^\*\./, 'wildcard.').replace(/[^a-z0-9.-]/g, '-')}${suffix}`;
  if (whole.length <= nameMax) return whole;
  return `${whole.slice(0, nameMax - 9).replace(/[.-]+$/, '')}-${hashOf(whole)}`;
}

/** FNV-1a, 32 bits: distinguishes names, protects nothing. */
function hashOf(value: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < value.length; index += 1) {
    hash = Math.imul(hash ^ value.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, '0');
}
