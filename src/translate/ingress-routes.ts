import { describeRef, type ObjectRef } from '../core/resource.ts';
import type { Finding } from '../core/run/events.ts';
import { sharedWords } from './ingress/alb-group.ts';
import { controllerOf, type IngressController } from './ingress/classes.ts';
import { ingressFact } from './ingress/facts.ts';
import { isCanary } from './ingress/canary.ts';
import type { ClusterProfile, KnownPlatform, Translation } from '../core/profile/cluster-profile.ts';
import type { IngressFact, RouteFact } from '../core/profile/routing-facts.ts';

/** Collects the routes of all Ingresses of a plan: what no rule sees, which sees one object. */
export interface IngressRoutes {
  /** Looks at an Ingress as it is desired on the target, and as it was on the source. */
  add(ref: ObjectRef, text: string, source: { readonly ref: ObjectRef; readonly text: string }): void;
  /**
   * Addresses that two Ingresses answer on one load balancer of the target, and hosts that an internal and a public one
   * come to share there; how many load balancers are made. Without a translation, nothing changes and nothing is said.
   */
  findings(translation: Translation | undefined): readonly Finding[];
}

interface Planned {
  readonly ref: ObjectRef;
  readonly target: IngressFact;
  readonly source: IngressFact;
}

interface Placed {
  readonly name: string;
  readonly namespace: string;
  readonly routes: readonly RouteFact[];
  /** The load balancer that serves it. */
  readonly balancer: string;
  /** The one of the source; '' for an Ingress that is on the target already. */
  readonly before: string;
  readonly exposure: 'internal' | 'public' | '';
}

export function createIngressRoutes(): IngressRoutes {
  const planned: Planned[] = [];
  return {
    add(ref, desired, source) {
      if (ref.group !== 'networking.k8s.io' || ref.kind !== 'Ingress') return;
      const fact = ingressFact(JSON.parse(source.text));
      const target = ingressFact(JSON.parse(desired));
      // Of a controller that knows canaries they answer with another Ingress, not against it.
      if (isCanary(target.annotations)) return;
      planned.push({
        ref,
        target,
        source: { ...fact, namespace: source.ref.namespace, name: source.ref.name },
      });
    },
    findings(translation) {
      if (translation === undefined || planned.length === 0) return [];
      const own = planned.map((one) => place(one, translation));
      const mine = new Set(planned.map(({ ref }) => `${ref.namespace}/${ref.name}`));
      const there = (translation.target.routing?.ingresses ?? [])
        .filter((one) => !mine.has(`${one.namespace}/${one.name}`) && !isCanary(one.annotations))
        .map((one) => placeThere(one, translation));
      return [...collisions(own, there), ...mixed(own), ...countOf(own, translation)];
    },
  };
}

function place({ ref, target, source }: Planned, translation: Translation): Placed {
  const { from, to } = translation;
  return {
    name: describeRef(ref),
    namespace: ref.namespace,
    routes: target.routes,
    balancer: balancerOf({ ...target, namespace: ref.namespace, name: ref.name }, to, translation.target),
    before: balancerOf(source, from, translation.source),
    exposure: exposureOf(source, from, translation.source),
  };
}

function placeThere(fact: IngressFact, { to, target }: Translation): Placed {
  const ref = { group: 'networking.k8s.io', kind: 'Ingress', namespace: fact.namespace, name: fact.name };
  return {
    name: describeRef(ref),
    namespace: fact.namespace,
    routes: fact.routes,
    balancer: balancerOf(fact, to, target),
    before: '',
    exposure: '',
  };
}

const albPrefix = 'alb.ingress.kubernetes.io/';

function classOf({ className }: IngressFact, profile: ClusterProfile): string {
  return className || (profile.ingressClasses.find((one) => one.isDefault)?.name ?? '');
}

function controller(
  fact: IngressFact,
  platform: KnownPlatform,
  profile: ClusterProfile
): IngressController | undefined {
  return controllerOf(classOf(fact, profile), platform, profile.ingressClasses);
}

/** What is served by one address: an ALB for each Ingress or group, all Ingresses of a class elsewhere. */
function balancerOf(fact: IngressFact, platform: KnownPlatform, profile: ClusterProfile): string {
  const className = classOf(fact, profile);
  const kind = controller(fact, platform, profile);
  if (kind === 'agic') return `${className} ${exposureOf(fact, platform, profile)}`;
  if (kind !== 'alb') return className;
  const group =
    profile.routing?.classAnnotations[className]?.[`${albPrefix}group.name`] ??
    fact.annotations[`${albPrefix}group.name`];
  return group === undefined ? `ALB of ${fact.namespace}/${fact.name}` : `ALB of the group ${group}`;
}

function exposureOf(fact: IngressFact, platform: KnownPlatform, profile: ClusterProfile): Placed['exposure'] {
  const className = classOf(fact, profile);
  switch (controller(fact, platform, profile)) {
    case 'alb': {
      const written = { ...fact.annotations, ...profile.routing?.classAnnotations[className] };
      const words = { ...sharedWords(fact, written, profile), ...written };
      return words[`${albPrefix}scheme`] === 'internet-facing' ? 'public' : 'internal';
    }
    case 'agic':
      return fact.annotations['appgw.ingress.kubernetes.io/use-private-ip'] === 'true' ? 'internal' : 'public';
    case 'nginx':
      return profile.routing?.exposures[className] ?? '';
    default:
      return '';
  }
}

interface Claim {
  readonly placed: Placed;
  readonly backend: string;
}

/** Two answers for one host, path and type: which one counts is for the controller to choose, or for the order of creation. */
function collisions(own: readonly Placed[], there: readonly Placed[]): readonly Finding[] {
  const byRoute = new Map<string, Claim[]>();
  const shown = new Map<string, string>();
  for (const placed of [...own, ...there]) {
    for (const { host, path, type, service, port } of placed.routes) {
      const kind = type === 'Exact' ? 'Exact' : 'Prefix';
      const at = path === '' ? '/' : kind === 'Exact' ? path : path.replace(/(?<=.)\/+$/, '');
      const key = JSON.stringify([placed.balancer, host, at, kind]);
      shown.set(key, `${host || 'every host'}${at}`);
      const claims = byRoute.get(key) ?? [];
      claims.push({ placed, backend: `${placed.namespace}/${service}:${port}` });
      byRoute.set(key, claims);
    }
  }
  return [...byRoute]
    .filter(([, claims]) => isCollision(claims))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, claims]) => {
      const names = [...new Set(claims.map(({ placed }) => placed.name))].sort();
      const isThere = claims.some(({ placed }) => placed.before === '');
      const wasShared = new Set(claims.map(({ placed }) => placed.before)).size === 1;
      return {
        code: 'TRANSLATION_COLLISION',
        severity: wasShared ? 'warning' : 'blocker',
        subject: names.join(', '),
        message: `${shown.get(key) ?? ''} is served by ${names.length} Ingresses on one load balancer of the target${isThere ? ', one of which already exists' : ''}, and one of them gets all requests`,
        remedy: wasShared
          ? 'the source has the same conflict: define the path in one Ingress only'
          : 'give them different hosts or paths, or exclude all but one',
      } as const;
    });
}

function isCollision(claims: readonly Claim[]): boolean {
  const isOurs = claims.some(({ placed }) => placed.before !== '');
  const names = new Set(claims.map(({ placed }) => placed.name));
  return isOurs && names.size > 1 && new Set(claims.map(({ backend }) => backend)).size > 1;
}

/** An internal and a public Ingress that answer one host from one load balancer: one of both is not what it was. */
function mixed(own: readonly Placed[]): readonly Finding[] {
  const byBalancer = new Map<string, Placed[]>();
  for (const one of own) byBalancer.set(one.balancer, [...(byBalancer.get(one.balancer) ?? []), one]);
  const findings: Finding[] = [];
  for (const placed of [...byBalancer.values()]) {
    const inside = placed.filter(({ exposure }) => exposure === 'internal');
    const outside = placed.filter(({ exposure }) => exposure === 'public');
    for (const one of inside) {
      const other = outside.find((candidate) => shareHost(one, candidate));
      if (other === undefined) continue;
      findings.push({
        code: 'TRANSLATION_COLLISION',
        severity: 'blocker',
        subject: [one.name, other.name].sort().join(', '),
        message:
          'an internal and a public Ingress serve the same host, and would share one load balancer on the target',
        remedy: 'map one of them to a class with its own load balancer, with a transform of spec.ingressClassName',
      });
    }
  }
  return findings;
}

function shareHost(one: Placed, other: Placed): boolean {
  return one.routes.some(({ host }) => other.routes.some((route) => overlap(host, route.host)));
}

/** No host is every host; `*.example.com` is all names one label below. */
function overlap(one: string, other: string): boolean {
  if (one === other || one === '' || other === '') return true;
  const covers = (wide: string, narrow: string): boolean =>
    wide.startsWith('*.') && narrow.replace(/^[^.]+/, '*') === wide;
  return covers(one, other) || covers(other, one);
}

/** On EKS each group and each Ingress without one has a load balancer, which costs and has an address of its own. */
function countOf(own: readonly Placed[], { to }: Translation): readonly Finding[] {
  const balancers = new Set(own.map(({ balancer }) => balancer).filter((name) => name.startsWith('ALB of ')));
  if (to !== 'eks' || balancers.size < 2) return [];
  const count = own.filter(({ balancer }) => balancer.startsWith('ALB of ')).length;
  return [
    {
      code: 'TRANSLATION_MANUAL',
      severity: 'info',
      subject: 'Ingress',
      message: `${count} Ingresses become ${balancers.size} application load balancers, each with its own address`,
      remedy: 'set alb.ingress.kubernetes.io/group.name with a transform if fewer are wanted',
    },
  ];
}
