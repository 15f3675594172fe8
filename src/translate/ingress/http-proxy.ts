import { isTree, list, numeric, text, tree, trees } from '../draft.ts';
import { convertConditions, type QueryDialect, type ReportLoss } from './conditions.ts';
import { gatewayDuration, millisecondsOf } from './duration.ts';
import type { Tree } from '../../core/json/tree.ts';

/** What a route of an HTTPProxy says that a rule does not; `opens`: it kept requests out. */
export interface RouteLoss {
  readonly path: string;
  readonly what: string;
  readonly opens?: 'opens';
}

/** A rule of an HTTPRoute made of a route of an HTTPProxy, and what did not fit. */
export interface ConvertedRoute {
  /** Absent: its conditions contradict each other, so no request ever took it. */
  readonly rule?: Tree;
  readonly losses: readonly RouteLoss[];
  /** The route is served over plain HTTP too. */
  readonly permitInsecure: boolean;
}

type Lose = ReportLoss;

/** Converts one route of an HTTPProxy (projectcontour.io/v1) to a rule of an HTTPRoute (Gateway API v1). */
export function convertRoute(route: Tree, at: string, dialect: QueryDialect): ConvertedRoute {
  const losses: RouteLoss[] = [];
  const lose: Lose = (path, what, opens) =>
    losses.push({ path: `${at}${path}`, what, ...(opens === undefined ? {} : { opens }) });
  const permitInsecure = route['permitInsecure'] === true;
  const filters: Tree[] = [];
  const match = convertConditions(route, dialect, lose);
  if (match === 'never') {
    lose('/conditions', 'a route with contradictory conditions: no request matched it');
    return { losses, permitInsecure };
  }
  const backends = convertServices(route, filters, lose);
  const rule: Tree = {};
  if (match !== undefined) rule['matches'] = [match];
  convertHeaders(route, filters, lose);
  convertRewrite(route, { filters, match }, lose);
  convertRedirect(route, filters, match);
  if (filters.length > 0) rule['filters'] = filters;
  if (backends.length > 0) rule['backendRefs'] = backends;
  convertTimeouts(route, rule, lose);
  convertRetry(route, rule, lose);
  reportUnsupported(route, lose);
  return { rule, losses, permitInsecure };
}

/** Weights are shares among Services that answer; of a mirror the weight is the percentage that is copied to it. */
function convertServices(route: Tree, filters: Tree[], lose: Lose): readonly Tree[] {
  const backends: Tree[] = [];
  const services = trees(route, 'services');
  const weighted = services.some((one) => one['mirror'] !== true && one['weight'] !== undefined);
  for (const service of services) {
    const ref: Tree = { name: text(service, 'name'), port: numeric(service, 'port') ?? 0 };
    if (service['mirror'] === true) {
      const percent = numeric(service, 'weight') ?? 0;
      const part = percent > 0 && percent < 100 ? { percent } : {};
      filters.push({ type: 'RequestMirror', requestMirror: { backendRef: ref, ...part } });
    } else backends.push(weighted ? { ...ref, weight: numeric(service, 'weight') ?? 0 } : ref);
    reportService(service, lose);
  }
  return backends;
}

function reportService(service: Tree, lose: Lose): void {
  const name = text(service, 'name');
  const protocol = text(service, 'protocol');
  if (protocol === 'tls') lose('/services', `TLS to Service ${name}; Gateway API expresses it with a BackendTLSPolicy`);
  if (protocol === 'h2' || protocol === 'h2c')
    lose('/services', `HTTP/2 to Service ${name}; set appProtocol: kubernetes.io/h2c on its port`);
  if (service['validation'] !== undefined) lose('/services', `validation of the certificate of Service ${name}`);
  for (const key of ['requestHeadersPolicy', 'responseHeadersPolicy', 'cookieRewritePolicies', 'slowStartPolicy']) {
    if (service[key] !== undefined) lose('/services', `${key} of Service ${name}`);
  }
}

function convertHeaders(route: Tree, filters: Tree[], lose: Lose): void {
  for (const [policy, type, field] of [
    ['requestHeadersPolicy', 'RequestHeaderModifier', 'requestHeaderModifier'],
    ['responseHeadersPolicy', 'ResponseHeaderModifier', 'responseHeaderModifier'],
  ] as const) {
    const given = tree(route, policy);
    if (given === undefined) continue;
    const set = trees(given, 'set').filter((one) => !isDynamic(one));
    if (trees(given, 'set').some(isDynamic)) lose(`/${policy}`, 'header values with variables of Envoy (%…%)');
    const modifier: Tree = {};
    if (set.length > 0) modifier['set'] = set.map((one) => ({ name: text(one, 'name'), value: text(one, 'value') }));
    if (list(given, 'remove').length > 0) modifier['remove'] = list(given, 'remove');
    if (Object.keys(modifier).length > 0) filters.push({ type, [field]: modifier });
  }
}

function isDynamic(header: Tree): boolean {
  return /%[A-Z_]+/.test(text(header, 'value'));
}

function convertRewrite(
  route: Tree,
  { filters, match }: { readonly filters: Tree[]; readonly match: Tree | undefined },
  lose: Lose
): void {
  const replaces = trees(tree(route, 'pathRewritePolicy'), 'replacePrefix');
  if (replaces.length === 0) return;
  const path = tree(match, 'path');
  const prefix = text(path, 'type') === 'PathPrefix' ? text(path, 'value') : '';
  const own =
    replaces.find((one) => text(one, 'prefix') === prefix) ??
    (replaces.length === 1 && text(replaces[0], 'prefix') === '' ? replaces[0] : undefined);
  if (own === undefined || prefix === '') {
    lose('/pathRewritePolicy', 'the rewrite of a prefix that the route does not match on');
    return;
  }
  filters.push({
    type: 'URLRewrite',
    urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: text(own, 'replacement') } },
  });
}

/** A prefix is put in the place of what matched; with an exact path that is all of it. */
function convertRedirect(route: Tree, filters: Tree[], match: Tree | undefined): void {
  const given = tree(route, 'requestRedirectPolicy');
  if (given === undefined) return;
  const redirect: Tree = {};
  for (const key of ['scheme', 'hostname', 'port', 'statusCode'])
    if (given[key] !== undefined) redirect[key] = given[key];
  if (given['path'] !== undefined) redirect['path'] = { type: 'ReplaceFullPath', replaceFullPath: text(given, 'path') };
  const byPrefix = text(tree(match, 'path'), 'type') !== 'Exact';
  if (given['prefix'] !== undefined)
    redirect['path'] = byPrefix
      ? { type: 'ReplacePrefixMatch', replacePrefixMatch: text(given, 'prefix') }
      : { type: 'ReplaceFullPath', replaceFullPath: text(given, 'prefix') };
  filters.push({ type: 'RequestRedirect', requestRedirect: redirect });
}

function convertTimeouts(route: Tree, rule: Tree, lose: Lose): void {
  const policy = tree(route, 'timeoutPolicy');
  const response = text(policy, 'response');
  const request = gatewayDuration(response);
  if (request !== undefined) rule['timeouts'] = { request };
  else if (response !== '') lose('/timeoutPolicy', `the response timeout ${response}`);
  for (const key of ['idle', 'idleConnection'])
    if (policy?.[key] !== undefined)
      lose('/timeoutPolicy', `the ${key} timeout; Gateway API supports only request timeouts`);
}

/** Contour reads -1 as no retries, 0 as one; a try's own timeout is `backendRequest` (GEP-1742), which may not exceed the whole. */
function convertRetry(route: Tree, rule: Tree, lose: Lose): void {
  const policy = tree(route, 'retryPolicy');
  const count = numeric(policy, 'count') ?? 0;
  if (policy === undefined || count < 0) return;
  const codes = list(policy, 'retriableStatusCodes');
  rule['retry'] = { attempts: count || 1, ...(codes.length > 0 ? { codes } : {}) };
  if (list(policy, 'retryOn').some((one) => one !== 'retriable-status-codes'))
    lose('/retryPolicy', 'which failures are retried (retryOn); Gateway API supports only status codes');
  const perTry = text(policy, 'perTryTimeout');
  if (perTry === '') return;
  const timeouts = tree(rule, 'timeouts');
  const whole = millisecondsOf(text(timeouts, 'request')) ?? 0;
  const own = millisecondsOf(perTry) ?? 0;
  if (own > 0 && (whole === 0 || own <= whole))
    rule['timeouts'] = { ...timeouts, backendRequest: gatewayDuration(perTry) };
}

const unsupportedFields: Readonly<Record<string, string>> = {
  rateLimitPolicy: 'rate limits',
  loadBalancerPolicy: 'the load balancing strategy (strategy, cookies, hashes)',
  healthCheckPolicy: 'health checks by the proxy',
  cookieRewritePolicies: 'cookie rewrites',
  directResponsePolicy: 'a fixed response',
  internalRedirectPolicy: 'redirects followed by the proxy',
};

/** Policies that keep requests out; one that is only switched off for the route keeps none out. */
const guards: Readonly<Record<string, string>> = {
  ipAllowPolicy: 'who may connect, by address',
  ipDenyPolicy: 'who may not connect, by address',
  jwtVerificationPolicy: 'verification of tokens',
};

function reportUnsupported(route: Tree, lose: Lose): void {
  for (const [key, what] of Object.entries(unsupportedFields))
    if (isTree(route[key]) || Array.isArray(route[key])) lose(`/${key}`, what);
  for (const [key, what] of Object.entries(guards)) {
    const policy = route[key];
    const guarding = Array.isArray(policy) ? policy.length > 0 : isTree(policy) && policy['disabled'] !== true;
    if (guarding) lose(`/${key}`, what, 'opens');
  }
  // The server that authorizes is named by the host, which reports it.
  if (isTree(route['authPolicy'])) lose('/authPolicy', 'authorization by an extension service, as set on the route');
}

/** What a virtual host says that no listener can. */
export function hostLosses(host: Tree): readonly Pick<RouteLoss, 'what' | 'opens'>[] {
  const found: Pick<RouteLoss, 'what' | 'opens'>[] = [];
  const tls = tree(host, 'tls');
  const clients = tree(tls, 'clientValidation');
  const asksOnly = clients?.['skipClientCertValidation'] === true && text(clients, 'caSecret') === '';
  if (clients !== undefined)
    found.push({
      what: 'client certificates (BackendTLSPolicy and frontend validation differ by controller)',
      ...(asksOnly || clients['optionalClientCertificate'] === true ? {} : { opens: 'opens' as const }),
    });
  if (text(tls, 'minimumProtocolVersion') !== '' || text(tls, 'maximumProtocolVersion') !== '')
    found.push({ what: 'the minimum or maximum TLS version' });
  if (tls?.['enableFallbackCertificate'] === true) found.push({ what: 'the fallback certificate' });
  if (host['corsPolicy'] !== undefined) found.push({ what: 'CORS responses of the host' });
  if (host['rateLimitPolicy'] !== undefined) found.push({ what: 'rate limits of the host' });
  const keepers = {
    authorization: 'authorization by an extension service',
    jwtProviders: 'verification of tokens',
    ipAllowPolicy: 'who may connect, by address',
    ipDenyPolicy: 'who may not connect, by address',
  };
  for (const [key, what] of Object.entries(keepers))
    if (isTree(host[key]) || list(host, key).length > 0) found.push({ what, opens: 'opens' });
  return found;
}
