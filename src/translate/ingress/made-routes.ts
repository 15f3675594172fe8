import { copyTree, list, text, tree, trees, type Draft, type Manifest } from '../draft.ts';
import { versionServed, type Translation } from '../../core/profile/cluster-profile.ts';
import { fitToAlb } from './alb-route.ts';
import type { ChosenGatewayClass } from './classes.ts';
import type { ReportLoss } from './conditions.ts';
import { convertRoute, type ConvertedRoute } from './http-proxy.ts';
import { dropEmptyFilters, dropUnknownFields } from './route-fields.ts';
import { partName, routeLimits, splitRules } from './route-parts.ts';
import { addTargetGroups } from './target-groups.ts';
import type { Tree } from '../../core/json/tree.ts';

export const group = 'gateway.networking.k8s.io';

/** What all objects made of one HTTPProxy have in common. */
export interface Made {
  readonly name: string;
  readonly namespace: string;
  readonly fqdn: string;
  readonly hasTls: boolean;
  readonly annotations: Readonly<Record<string, string>>;
  readonly chosen: ChosenGatewayClass;
  readonly gateway: string | undefined;
  /** Other namespaces whose routes attach to the Gateway that is made. */
  readonly attached?: readonly string[];
}

/** Converts the routes of an HTTPProxy and reports what did not fit. */
export function convertRoutes(draft: Draft, routes: readonly Tree[], { chosen }: Made): readonly ConvertedRoute[] {
  const dialect = chosen.isAlb ? 'wildcards' : 'expressions';
  const converted = routes.map((route, at) => convertRoute(route, `/spec/routes/${at}`, dialect));
  const report = lossReporter(draft);
  for (const { path, what, opens } of converted.flatMap(({ losses }) => losses)) report(path, what, opens);
  const within = rulesOf(converted).flatMap((rule) => trees(rule, 'matches').flatMap((match) => wordPrefix(match)));
  if (within.length > 0)
    draft.manual(
      '/spec/routes',
      'prefixes match whole path segments on the target: /api no longer matches /apis',
      'add a route for paths that start with the prefix, if clients request them'
    );
  return converted.map((one, index) => withinBackends(draft, one, index));
}

/** Shares of more services than a rule takes cannot be said: the rule is not made, since it would be refused. */
function withinBackends(draft: Draft, converted: ConvertedRoute, index: number): ConvertedRoute {
  const count = list(converted.rule, 'backendRefs').length;
  if (count <= routeLimits.backends) return converted;
  draft.unmapped(
    `/spec/routes/${index}`,
    `a route to ${count} services; a Gateway API rule accepts at most ${routeLimits.backends}, so it is not created`,
    { remedy: 'put some of the services behind one Service, or split the route by its conditions', severity: 'blocker' }
  );
  const { rule: _, ...rest } = converted;
  return rest;
}

/** A prefix that may end within a word. */
function wordPrefix(match: Tree): readonly string[] {
  const path = tree(match, 'path');
  const value = text(path, 'value');
  return text(path, 'type') === 'PathPrefix' && !value.endsWith('/') ? [value] : [];
}

/** Rules of the routes that any request can take. */
export function rulesOf(converted: readonly ConvertedRoute[]): readonly Tree[] {
  return converted.flatMap(({ rule }) => (rule === undefined ? [] : [rule]));
}

/** Reports losses of a route by a draft. */
export function lossReporter(draft: Draft): ReportLoss {
  return (path, what, opens) => {
    if (opens === undefined) draft.loss(path, what);
    else draft.opens(path, what, 'deny these requests in another way on the target, and waive this finding');
  };
}

const toHttps = [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }];

/** Each route over plain HTTP: as it is where that is permitted, else a redirect of the same match. */
export function redirectsOf(converted: readonly ConvertedRoute[]): readonly Tree[] {
  return converted.flatMap(({ rule, permitInsecure }): readonly Tree[] => {
    if (rule === undefined) return [];
    if (permitInsecure) return [rule];
    return [rule['matches'] === undefined ? { filters: toHttps } : { matches: rule['matches'], filters: toHttps }];
  });
}

/** What is served over plain HTTP: routes that permit it, and a redirect for every other, match by match. */
export function plainRules(converted: readonly ConvertedRoute[]): readonly Tree[] {
  if (!converted.some(({ rule, permitInsecure }) => permitInsecure && rule !== undefined))
    return [{ filters: toHttps }];
  const rules = redirectsOf(converted);
  return rulesOf(converted).some(matchesAll) ? rules : [...rules, { filters: toHttps }];
}

function matchesAll(rule: Tree): boolean {
  return trees(rule, 'matches').every((match) => {
    const path = tree(match, 'path');
    return Object.keys(match).length === 1 && text(path, 'type') === 'PathPrefix' && text(path, 'value') === '/';
  });
}

export interface RoutesToAdd {
  /** Names the Gateway as well, where it is made with the routes. */
  readonly made: Made;
  readonly name: string;
  readonly rules: readonly Tree[];
  readonly reason: string;
  readonly listener: 'http' | 'https';
}

/** Adds the rules as HTTPRoutes that the target takes: in parts of allowed size, with fields and filters it knows. */
export function addRoutes(draft: Draft, routes: RoutesToAdd, translation: Translation): void {
  const { made, rules, reason, listener } = routes;
  const parent = parentOf(made, listener);
  const version = versionServed(translation.target, { group, kind: 'HTTPRoute', otherwise: 'v1' });
  const apiVersion = `${group}/${version ?? 'v1'}`;
  const parts = splitRules(rules.map((rule) => copyTree(rule) as Tree));
  const manifests = parts.map((part, index) =>
    httpRoute({ ...made, name: partName(routes.name, index, made.namespace) }, { parent, rules: part, apiVersion })
  );
  const report = lossReporter(draft);
  for (const route of manifests) {
    dropFields(draft, route, translation);
    if (made.chosen.isAlb) fitToAlb(route, (_path, what, opens) => report('/spec/routes', what, opens));
    draft.add(reason, route);
  }
  if (made.chosen.isAlb) addTargetGroups(draft, manifests, translation);
}

/** Takes out and reports fields that the API server of the target would drop in silence. */
export function dropFields(draft: Draft, object: Tree, { target }: Translation): void {
  const fields = target.fields?.[`${group}/${text(object, 'kind')}`];
  for (const path of dropUnknownFields(object, fields)) {
    const why =
      fields === undefined
        ? 'the field is in the experimental channel, and the target’s definition could not be read'
        : 'the definition on the target does not have the field';
    const remedy = 'install a version or channel of Gateway API on the target that has it';
    if (guarding.test(path)) draft.opens('/spec', `${path}: ${why}; it may deny requests`, remedy);
    else draft.loss('/spec', `${path}: ${why}`, { remedy });
  }
  dropEmptyFilters(object);
}

/** Fields by which clients are asked who they are, or kept out. */
const guarding = /externalAuth|frontend|clientCertificate|allowedRoutes|infrastructure/i;

function httpRoute(
  made: Made,
  { parent, rules, apiVersion }: { readonly parent: Tree; readonly rules: readonly Tree[]; readonly apiVersion: string }
): Manifest {
  return {
    apiVersion,
    kind: 'HTTPRoute',
    metadata: { name: made.name, namespace: made.namespace, ...annotationsIn(made) },
    spec: { parentRefs: [parent], hostnames: [made.fqdn], rules },
  };
}

/** The reference to the Gateway: that of the file, or the one made with the HTTPProxy. */
export function parentOf({ gateway, name, namespace }: Made, listener: string): Tree {
  if (gateway === undefined) return { name, sectionName: listener };
  const [first = '', second] = gateway.split('/');
  return second === undefined || first === namespace
    ? { name: second ?? first, sectionName: listener }
    : { name: second, namespace: first, sectionName: listener };
}

/** Annotations that follow the host. */
export function annotationsIn({ annotations }: Pick<Made, 'annotations'>): { readonly annotations?: Tree } {
  return Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } };
}
