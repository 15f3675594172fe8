import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { GatewayObject, IngressObject, Kube, RouteObject } from '../../core/kube-objects.ts';

/** Who else serves what the application serves. */
export const hostChecks: readonly Check[] = [
  {
    id: 'traffic/hosts',
    group: 'traffic',
    describe: 'host names that something on the target serves already',
    codes: ['HOST_TAKEN'],
    needs: ['target/ingresses', 'target/gateways', 'target/httproutes'],
    isPlanned: true,
    run: hosts,
  },
];

const kinds = [
  ['Ingress', 'ingresses'],
  ['Gateway', 'gateways'],
  ['HTTPRoute', 'httproutes'],
] as const;
type Kind = (typeof kinds)[number][0];

interface HostUse {
  /** A listener and the routes behind it serve a host together: only things of one layer collide. */
  readonly layer: 'listener' | 'route';
  readonly host: string;
  /** Paths of a route, ports of a listener. */
  readonly parts: ReadonlySet<string>;
  readonly subject: string;
  readonly namespace: string;
  /** `Kind namespace/name` as it will be on the target. */
  readonly identity: string;
}

function usesOf(
  kind: Kind,
  object: Kube,
  { namespace, identity }: { readonly namespace: string; readonly identity: string }
): readonly HostUse[] {
  const subject = `${kind} ${namespace}/${object.metadata.name}`;
  const layer = kind === 'Gateway' ? 'listener' : 'route';
  return [...partsByHost(kind, object)].map(([host, parts]) => ({ layer, host, parts, subject, namespace, identity }));
}

/** Host names an object asks to serve, with what of them; without a host it serves every one, which is no collision by itself. */
function partsByHost(kind: Kind, object: Kube): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const add = (host: string | undefined, parts: readonly string[]): void => {
    if (host === undefined || host === '') return;
    const known = found.get(host.toLowerCase()) ?? new Set();
    for (const part of parts.length === 0 ? ['/'] : parts) known.add(part);
    found.set(host.toLowerCase(), known);
  };
  if (kind === 'Ingress') {
    for (const { host, http } of (object as IngressObject).spec?.rules ?? [])
      add(
        host,
        (http?.paths ?? []).map(({ path }) => pathOf(path))
      );
  } else if (kind === 'Gateway') {
    for (const { hostname, port = 0 } of (object as GatewayObject).spec?.listeners ?? []) add(hostname, [`${port}`]);
  } else {
    const { hostnames = [], rules = [] } = (object as RouteObject).spec ?? {};
    const paths = rules.flatMap(({ matches = [{}] }) => matches.map(({ path }) => pathOf(path?.value)));
    for (const host of hostnames) add(host, paths);
  }
  return found;
}

/** `/api/` and `/api` are the same place; none is everything. */
function pathOf(path: string | undefined): string {
  return path === undefined || path === '' ? '/' : path === '/' ? path : path.replace(/\/$/, '');
}

function hosts(facts: AssessFacts): RawFinding[] {
  const coming = kinds.flatMap(([kind]) =>
    scopeObjects(facts, kind).flatMap(({ ref, targetNamespace, desired: object }) =>
      usesOf(kind, object, { namespace: ref.namespace, identity: `${kind} ${targetNamespace}/${ref.name}` })
    )
  );
  const mine = new Set(coming.map(({ identity }) => identity));
  const there = kinds.flatMap(([kind, list]) =>
    listOf(facts.target, list).flatMap((object) => {
      const namespace = object.metadata.namespace ?? '';
      return usesOf(kind, object, { namespace, identity: `${kind} ${namespace}/${object.metadata.name}` });
    })
  );
  const owners = Map.groupBy(
    there.filter(({ identity }) => !mine.has(identity)),
    ({ layer, host }) => `${layer} ${host}`
  );
  const evidence = `Ingresses, Gateways and HTTPRoutes of ${facts.target.name}`;
  return coming.flatMap(({ layer, host, parts, subject, namespace }): RawFinding[] => {
    const others = owners.get(`${layer} ${host}`) ?? [];
    const [first] = others;
    if (first === undefined) return [];
    const common = { code: 'HOST_TAKEN', subject, namespace, side: 'target', evidence } as const;
    const owner = others.find((one) => [...parts].some((part) => one.parts.has(part)));
    if (owner !== undefined) return [{ ...common, message: `${host} is served by ${owner.subject}` }];
    // Applications share a host by paths: whether these two may is for whoever owns the host.
    const message = `${host} is served by ${first.subject} as well, by other paths or ports`;
    return [{ ...common, severity: 'warning', message }];
  });
}
