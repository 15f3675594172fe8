import type { Platform } from '../../../core/spec/spec.ts';
import { list, text, tree, trees } from '../../draft.ts';
import { isEverywhere } from '../cidr.ts';
import { subjectOf, type CheckedObject } from '../pair.ts';
import {
  noAnswers,
  noServers,
  restriction,
  type Answer,
  type Front,
  type GatewayDigest,
  type Reach,
  type World,
} from './front.ts';
import { balancerReach } from './service.ts';
import type { Tree } from '../../../core/json/tree.ts';

/** The door of a Gateway, and its listeners, through which routes answer. */
export function gatewayDigest(object: CheckedObject, origin: string, platform: Platform): GatewayDigest {
  const spec = tree(object.root, 'spec');
  // Istio hands on those of the Gateway itself where its infrastructure has none.
  const annotations = tree(spec, 'infrastructure', 'annotations') ?? tree(object.root, 'metadata', 'annotations');
  const parameters = tree(spec, 'infrastructure', 'parametersRef');
  const className = text(spec, 'gatewayClassName');
  const own = parameters === undefined ? '' : `${object.ref.namespace}/${text(parameters, 'name')}`;
  const balancer = balancerReach(undefined, annotations, platform);
  const written = text(annotations, 'service.beta.kubernetes.io/azure-allowed-ip-ranges').split(',');
  const noted = text(annotations, 'service.beta.kubernetes.io/load-balancer-source-ranges').split(',');
  const listeners = trees(spec, 'listeners').map((one) => ({
    name: text(one, 'name'),
    protocol: text(one, 'protocol'),
    hostname: text(one, 'hostname'),
  }));
  const verifies = trees(spec, 'listeners').some((one) => tree(one, 'tls', 'frontendValidation') !== undefined);
  const front: Front = {
    origin,
    subject: subjectOf(object),
    reach: (world) => reachOf(world, { className, own, balancer, platform }),
    ranges: (world) =>
      restriction([...written, ...noted, ...(settingsOf(world, className, own)?.ranges ?? [])], isEverywhere),
    guards: verifies ? ['client certificates'] : [],
    answers: noAnswers,
    servers: noServers,
  };
  return { front, listeners };
}

interface Asked {
  readonly className: string;
  /** `namespace/name` of the parameters of its own; '' = none. */
  readonly own: string;
  /** What its Service would be by the annotations handed on to it. */
  readonly balancer: Reach;
  readonly platform: Platform;
}

function settingsOf(world: World, className: string, own: string) {
  return world.gatewaySettings.get(own === '' ? (world.gatewayClasses.get(className)?.parameters ?? '') : own);
}

function reachOf(world: World, { className, own, balancer, platform }: Asked): Reach {
  const controller = world.gatewayClasses.get(className)?.controller;
  const unseen = { token: `gateway class ${className} ${own}`, ...(controller === undefined ? {} : { controller }) };
  if (platform === 'vks') return { level: 'network', ...unseen };
  if (controller === undefined ? className.startsWith('aws-') : controller.startsWith('gateway.k8s.aws/')) {
    const asked = own === '' ? (world.gatewayClasses.get(className)?.parameters ?? '') : own;
    const settings = settingsOf(world, className, own);
    if (asked !== '' && settings === undefined) return { level: 'unknown', ...unseen };
    return { level: settings?.scheme === 'internet-facing' ? 'public' : 'internal', token: '' };
  }
  if (platform === 'aks') {
    const isKnown =
      /^(?:istio\.io\/|alb\.networking\.azure\.io\/)/.test(controller ?? '') ||
      /^(?:approuting-istio|istio|azure-alb-external)$/.test(className);
    return isKnown ? balancer : { level: 'unknown', ...unseen };
  }
  if (balancer.level === 'internal') return balancer;
  return platform === 'eks' && (controller ?? className).startsWith('istio')
    ? balancer
    : { level: 'unknown', ...unseen };
}

/** A route answers through the listeners of its Gateways; one that only redirects to TLS answers nothing in plain text. */
export function routeFront(object: CheckedObject, origin: string): Front {
  const spec = tree(object.root, 'spec');
  const namespace = object.ref.namespace;
  const parents = trees(spec, 'parentRefs')
    .filter((one) => (text(one, 'kind') || 'Gateway') === 'Gateway')
    .map((one) => ({
      key: `${text(one, 'namespace') || namespace}/${text(one, 'name')}`,
      section: text(one, 'sectionName'),
    }));
  const hostnames = list(spec, 'hostnames').map(String);
  const rules = trees(spec, 'rules');
  const redirects = rules.length > 0 && rules.every(isRedirect);
  const paths = rules.flatMap((rule) => pathsOf(rule));
  const gatewaysOf = (world: World): readonly GatewayDigest[] =>
    parents.flatMap(({ key }) => world.gateways.get(key) ?? []);
  return {
    origin,
    subject: subjectOf(object),
    reach: (world) =>
      widest(
        gatewaysOf(world).map(({ front }) => front.reach(world)),
        parents.map(({ key }) => key).join(' ')
      ),
    ranges: (world) => {
      const all = gatewaysOf(world).map(({ front }) => front.ranges(world));
      return all.length > 0 && all.every((one) => one !== undefined) ? all.flatMap((one) => one ?? []) : undefined;
    },
    guards: [],
    answers: (world) =>
      parents.flatMap(({ key, section }): readonly Answer[] => {
        const digest = world.gateways.get(key);
        const accepted = (digest?.listeners ?? []).filter(({ name }) => section === '' || name === section);
        return accepted.flatMap(({ protocol, hostname }) => {
          const plain = protocol === 'HTTP' && !redirects;
          const hosts = hostnames.length === 0 ? [hostname] : hostnames.filter((host) => isAccepted(host, hostname));
          return redirects ? [] : hosts.flatMap((host) => paths.map((path) => ({ host, path, plain })));
        });
      }),
    servers: () => (redirects ? [] : parents.map(({ key }) => `gateway ${key}`)),
  };
}

function isRedirect(rule: Tree): boolean {
  return trees(rule, 'filters').some((one) => text(tree(one, 'requestRedirect'), 'scheme') === 'https');
}

function isAccepted(host: string, listener: string): boolean {
  if (listener === '' || listener === host) return true;
  return listener.startsWith('*.') && host.endsWith(listener.slice(1));
}

function pathsOf(rule: Tree): readonly string[] {
  const matches = trees(rule, 'matches');
  return matches.length === 0 ? ['/'] : matches.map((one) => JSON.stringify(one));
}

function widest(all: readonly Reach[], token: string): Reach {
  const order = ['public', 'unknown', 'network', 'internal', 'none'] as const;
  for (const level of order) {
    const found = all.find((one) => one.level === level);
    if (found !== undefined) return found;
  }
  // A Gateway nobody sees: the same one on both sides is no change.
  return { level: 'unknown', token: `gateway ${token}` };
}
