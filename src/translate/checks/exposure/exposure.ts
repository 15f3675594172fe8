import { objectKey } from '../../../core/resource.ts';
import { areWithin } from '../cidr.ts';
import type { Breach, CheckedObject, CheckedPair, CheckFacts, Side } from '../pair.ts';
import { createWorld, type Answer, type Front, type Level, type Reach, type World } from './front.ts';
import { gatewayDigest, routeFront } from './gateway.ts';
import { ingressFront } from './ingress.ts';
import { podFront } from './pods.ts';
import { proxyFront } from './proxy.ts';
import { serviceFront } from './service.ts';
import { addProfile, addSettings } from './settings.ts';

const remedy =
  'restrict it with a transform or a translation table of the Migration, or accept it by name in spec.waivers';

/** Compares the doors of an application before and after. It reads objects only, and knows no rule. */
export interface ExposureCheck {
  add(pair: CheckedPair): void;
  breaches(): readonly Breach[];
}

interface Doors {
  readonly world: World;
  readonly fronts: Front[];
}

/**
 * Doors may only get narrower: where they lead to, from which addresses, with which TLS and login. What nobody knows of
 * the source counts as internal, and of the target as public; the same door under the same class is no change. A host
 * stays with the number of servers it had, and no two objects come to answer for the same path of one server.
 */
export function createExposureCheck(facts: CheckFacts): ExposureCheck {
  const sides: Readonly<Record<Side, Doors>> = {
    before: { world: createWorld(), fronts: [] },
    after: { world: createWorld(), fronts: [] },
  };
  addProfile(sides.before.world, facts.source);
  addProfile(sides.after.world, facts.target);
  const platforms = { before: facts.from, after: facts.to };
  const probe = (side: Side, object: CheckedObject, origin: string): void => {
    const { world, fronts } = sides[side];
    const platform = platforms[side];
    addSettings(world, object);
    const { ref } = object;
    switch (`${ref.group}/${ref.kind}`) {
      case '/Service': {
        const front = serviceFront(object, origin, platform);
        if (front !== undefined) fronts.push(front);
        return;
      }
      case 'networking.k8s.io/Ingress':
        fronts.push(ingressFront(object, origin, { platform, classes: world }));
        return;
      case 'projectcontour.io/HTTPProxy':
        fronts.push(proxyFront(object, origin, platform));
        return;
      case 'gateway.networking.k8s.io/Gateway': {
        const digest = gatewayDigest(object, origin, platform);
        world.gateways.set(`${ref.namespace}/${ref.name}`, digest);
        fronts.push(digest.front);
        return;
      }
      case 'gateway.networking.k8s.io/HTTPRoute':
      case 'gateway.networking.k8s.io/GRPCRoute':
        fronts.push(routeFront(object, origin));
        return;
      default: {
        const front = podFront(object, origin);
        if (front !== undefined) fronts.push(front);
      }
    }
  };
  return {
    add({ before, after }) {
      const origin = objectKey(before.ref);
      probe('before', before, origin);
      for (const object of after) probe('after', object, origin);
    },
    breaches: () => [...doorBreaches(sides, facts), ...hostBreaches(sides), ...pathBreaches(sides)],
  };
}

/** Every door after against the one of the same captured object before. */
function doorBreaches({ before, after }: Readonly<Record<Side, Doors>>, facts: CheckFacts): readonly Breach[] {
  const known = new Map(before.fronts.map((front) => [front.origin, front]));
  const byOrigin = Map.groupBy(after.fronts, ({ origin }) => origin);
  return [...byOrigin].flatMap(([origin, fronts]): Breach[] => {
    const old = known.get(origin);
    const [first] = fronts;
    if (first === undefined) return [];
    const was: Reach = old?.reach(before.world) ?? { level: 'none', token: '' };
    const reached = fronts.flatMap((front) => {
      const is = front.reach(after.world);
      return isWider(was, is, facts)
        ? [breach(front.subject, `${words(was)} on the source, ${words(is, true)} on the target`)]
        : [];
    });
    if (old === undefined) return reached;
    const guards = new Set(fronts.flatMap((front) => front.guards));
    const gone = old.guards.filter((guard) => !guards.has(guard));
    const lost =
      gone.length === 0 ? [] : [breach(first.subject, `without ${gone.join(', ')}, which it has on the source`)];
    return [
      ...reached,
      ...rangeBreach(
        old.ranges(before.world),
        fronts.map((front) => front.ranges(after.world)),
        first
      ),
      ...lost,
    ];
  });
}

function rangeBreach(
  was: readonly string[] | undefined,
  now: readonly (readonly string[] | undefined)[],
  { subject }: Front
): readonly Breach[] {
  if (was === undefined || now.some((one) => one !== undefined && areWithin(one, was))) return [];
  const others = now.find((one) => one !== undefined);
  const what = others === undefined ? 'everybody' : others.slice(0, 5).join(', ');
  return [breach(subject, `only ${was.slice(0, 5).join(', ')} may connect on the source, ${what} on the target`)];
}

const order: Readonly<Record<Level, number>> = { none: 0, internal: 1, network: 1, unknown: 2, public: 2 };

function isWider(was: Reach, is: Reach, { defaultExposure }: CheckFacts): boolean {
  if (was.level === 'public' || order[is.level] <= 0) return false;
  if (isSame(was, is)) return false;
  // What the network of the source is, the file says, or the address it names: words of a person.
  if (was.level === 'network' && is.isChosen === true) return false;
  const wasRank =
    was.level === 'network' && defaultExposure === 'public' ? 2 : was.level === 'unknown' ? 1 : order[was.level];
  return order[is.level] > wasRank;
}

function isSame(was: Reach, is: Reach): boolean {
  if (was.controller !== undefined && is.controller !== undefined)
    return was.controller === is.controller && was.token !== '';
  return was.token !== '' && was.token === is.token;
}

function words({ level, token }: Reach, isAfter = false): string {
  switch (level) {
    case 'none':
      return 'only inside the cluster';
    case 'internal':
    case 'network':
      return 'in a private network';
    case 'public':
      return 'public';
    default:
      return `through ${token}, which may or may not be public${isAfter ? '' : ' (assumed to be internal)'}`;
  }
}

/** Hosts over all doors of a side: who serves them, and whether they answer without TLS. */
function hostsOf({ world, fronts }: Doors) {
  const hosts = new Map<string, { servers: Map<string, string>; plain?: { subject: string }; isTls: boolean }>();
  for (const front of fronts) {
    const servers = front.isCanary === true ? [] : front.servers(world);
    for (const { host, plain } of front.answers(world)) {
      // Without a host everything answers: such doors are distinguished by their object.
      const key = host === '' ? ` ${front.origin}` : host;
      const known = hosts.get(key) ?? { servers: new Map<string, string>(), isTls: true };
      if (plain === true) known.plain ??= { subject: front.subject };
      if (plain !== false) known.isTls = false;
      const fresh = host === '' ? [] : servers.filter((server) => !known.servers.has(server));
      for (const server of fresh) known.servers.set(server, front.subject);
      hosts.set(key, known);
    }
  }
  return hosts;
}

function hostBreaches({ before, after }: Readonly<Record<Side, Doors>>): readonly Breach[] {
  const was = hostsOf(before);
  return [...hostsOf(after)].flatMap(([host, is]): Breach[] => {
    const old = was.get(host);
    if (old === undefined) return [];
    const name = host.startsWith(' ') ? 'it' : host;
    const plain =
      old.isTls && is.plain !== undefined
        ? [breach(is.plain.subject, `${name} accepts only TLS on the source, and plain HTTP on the target`)]
        : [];
    const subjects = [...is.servers.values()].sort();
    const [first = '', ...others] = subjects;
    if (old.servers.size !== 1 || others.length === 0) return plain;
    const split = others.map((subject) =>
      breach(
        subject,
        `${host} has ${subjects.length} load balancers on the target, and one on the source; ${first} is behind a different one, and DNS can point to only one of them`
      )
    );
    return [...plain, ...split];
  });
}

/** Objects that claim the same path of the same server, and did not on the source. */
function pathBreaches({ before, after }: Readonly<Record<Side, Doors>>): readonly Breach[] {
  const was = claimsOf(before);
  return [...claimsOf(after)].flatMap(([, { answer, claimants }]): Breach[] => {
    const [first, ...others] = claimants;
    if (first === undefined) return [];
    return others
      .filter((one) => !wereTogether(was, [first, one]))
      .map((one) =>
        breach(
          one.subject,
          `on the target, unlike on the source, it serves ${answer.host || 'every host'} at the same path as ${first.subject}: requests for one go to the other`
        )
      );
  });
}

interface Claims {
  readonly answer: Answer;
  readonly claimants: readonly Front[];
}

function claimsOf({ world, fronts }: Doors): Map<string, Claims> {
  const claims = new Map<string, { answer: Answer; claimants: Front[] }>();
  for (const front of fronts) {
    if (front.isCanary === true) continue;
    for (const server of front.servers(world))
      for (const answer of front.answers(world)) {
        const key = `${server}\n${answer.host}\n${answer.path}`;
        const known = claims.get(key) ?? { answer, claimants: [] };
        if (!known.claimants.some(({ origin }) => origin === front.origin)) known.claimants.push(front);
        claims.set(key, known);
      }
  }
  return claims;
}

function wereTogether(was: ReadonlyMap<string, Claims>, [one, other]: readonly [Front, Front]): boolean {
  for (const { claimants } of was.values()) {
    const origins = claimants.map(({ origin }) => origin);
    if (origins.includes(one.origin) && origins.includes(other.origin)) return true;
  }
  return false;
}

function breach(subject: string, message: string): Breach {
  return { code: 'EXPOSURE_WIDENED', subject, message, remedy };
}
