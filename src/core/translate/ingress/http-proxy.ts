import { isTree, list, numeric, text, tree, trees, type Tree } from '../draft.ts';
import { gatewayDuration, millisecondsOf } from './duration.ts';

/** A rule of an HTTPRoute made of a route of an HTTPProxy, and what did not fit. */
export interface ConvertedRoute {
  readonly rule: Tree;
  readonly losses: readonly { readonly path: string; readonly what: string }[];
  /** The route is served over plain HTTP too. */
  readonly permitInsecure: boolean;
}

type Lose = (path: string, what: string) => void;

/** Converts one route of an HTTPProxy (projectcontour.io/v1) to a rule of an HTTPRoute (Gateway API v1). */
export function convertRoute(route: Tree, at: string): ConvertedRoute {
  const losses: { path: string; what: string }[] = [];
  const lose: Lose = (path, what) => losses.push({ path: `${at}${path}`, what });
  const filters: Tree[] = [];
  const match = convertConditions(route, lose);
  const backends = convertServices(route, filters, lose);
  const rule: Tree = {};
  if (match !== undefined) rule['matches'] = [match];
  convertHeaders(route, filters, lose);
  convertRewrite(route, filters, match, lose);
  convertRedirect(route, filters);
  if (filters.length > 0) rule['filters'] = filters;
  if (backends.length > 0) rule['backendRefs'] = backends;
  convertTimeouts(route, rule, lose);
  convertRetry(route, rule, lose);
  tellRest(route, lose);
  return { rule, losses, permitInsecure: route['permitInsecure'] === true };
}

function convertConditions(route: Tree, lose: Lose): Tree | undefined {
  const match: Tree = {};
  const headers: Tree[] = [];
  const parameters: Tree[] = [];
  for (const condition of trees(route, 'conditions')) {
    if (condition['exact'] !== undefined) match['path'] = { type: 'Exact', value: text(condition, 'exact') };
    else if (condition['regex'] !== undefined)
      match['path'] = { type: 'RegularExpression', value: text(condition, 'regex') };
    else if (condition['prefix'] !== undefined)
      match['path'] = { type: 'PathPrefix', value: text(condition, 'prefix') };
    const header = tree(condition, 'header');
    if (header !== undefined) headers.push(...convertMatch(header, lose, 'header'));
    const parameter = tree(condition, 'queryParameter');
    if (parameter !== undefined) parameters.push(...convertMatch(parameter, lose, 'query parameter'));
  }
  if (headers.length > 0) match['headers'] = headers;
  if (parameters.length > 0) match['queryParams'] = parameters;
  return Object.keys(match).length === 0 ? undefined : match;
}

/** Conditions that Gateway API cannot say as they are become expressions; negations have no form. */
function convertMatch(condition: Tree, lose: Lose, what: string): readonly Tree[] {
  const name = text(condition, 'name');
  const of = (type: string, value: string): readonly Tree[] => [{ name, type, value }];
  if (condition['exact'] !== undefined) return of('Exact', text(condition, 'exact'));
  if (condition['regex'] !== undefined) return of('RegularExpression', text(condition, 'regex'));
  if (condition['contains'] !== undefined)
    return of('RegularExpression', `.*${escapeRegex(text(condition, 'contains'))}.*`);
  if (condition['prefix'] !== undefined) return of('RegularExpression', `${escapeRegex(text(condition, 'prefix'))}.*`);
  if (condition['suffix'] !== undefined) return of('RegularExpression', `.*${escapeRegex(text(condition, 'suffix'))}`);
  if (condition['present'] === true) return of('RegularExpression', '.*');
  lose('/conditions', `the negated condition on ${what} ${name}; requests it kept out are let in`);
  return [];
}

function escapeRegex(value: string): string {
  return value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function convertServices(route: Tree, filters: Tree[], lose: Lose): readonly Tree[] {
  const backends: Tree[] = [];
  const weighted = trees(route, 'services').some((service) => service['weight'] !== undefined);
  for (const service of trees(route, 'services')) {
    const ref: Tree = { name: text(service, 'name'), port: numeric(service, 'port') ?? 0 };
    if (service['mirror'] === true) filters.push({ type: 'RequestMirror', requestMirror: { backendRef: ref } });
    else backends.push(weighted ? { ...ref, weight: numeric(service, 'weight') ?? 0 } : ref);
    if (text(service, 'protocol') === 'tls')
      lose('/services', `TLS to Service ${text(service, 'name')}; Gateway API says it by a BackendTLSPolicy`);
    if (text(service, 'protocol') === 'h2' || text(service, 'protocol') === 'h2c')
      lose('/services', `HTTP/2 to Service ${text(service, 'name')}; set appProtocol: kubernetes.io/h2c on its port`);
    if (service['validation'] !== undefined)
      lose('/services', `validation of the certificate of Service ${text(service, 'name')}`);
    for (const key of ['requestHeadersPolicy', 'responseHeadersPolicy', 'cookieRewritePolicies', 'slowStartPolicy']) {
      if (service[key] !== undefined) lose('/services', `${key} of Service ${text(service, 'name')}`);
    }
  }
  return backends;
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

function convertRewrite(route: Tree, filters: Tree[], match: Tree | undefined, lose: Lose): void {
  const replaces = trees(tree(route, 'pathRewritePolicy'), 'replacePrefix');
  if (replaces.length === 0) return;
  const path = tree(match, 'path');
  const prefix = text(path, 'type') === 'PathPrefix' ? text(path, 'value') : '';
  const own =
    replaces.find((one) => text(one, 'prefix') === prefix) ??
    (replaces.length === 1 && text(replaces[0], 'prefix') === '' ? replaces[0] : undefined);
  if (own === undefined || prefix === '') {
    lose('/pathRewritePolicy', 'the rewrite of a prefix the route does not match by');
    return;
  }
  filters.push({
    type: 'URLRewrite',
    urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: text(own, 'replacement') } },
  });
}

function convertRedirect(route: Tree, filters: Tree[]): void {
  const given = tree(route, 'requestRedirectPolicy');
  if (given === undefined) return;
  const redirect: Tree = {};
  for (const key of ['scheme', 'hostname', 'port', 'statusCode'])
    if (given[key] !== undefined) redirect[key] = given[key];
  if (given['path'] !== undefined) redirect['path'] = { type: 'ReplaceFullPath', replaceFullPath: text(given, 'path') };
  if (given['prefix'] !== undefined)
    redirect['path'] = { type: 'ReplacePrefixMatch', replacePrefixMatch: text(given, 'prefix') };
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
      lose('/timeoutPolicy', `the ${key} timeout; Gateway API has only request timeouts`);
}

/** Contour reads -1 as no retries, 0 as one; a try's own timeout is `backendRequest` (GEP-1742), which may not exceed the whole. */
function convertRetry(route: Tree, rule: Tree, lose: Lose): void {
  const policy = tree(route, 'retryPolicy');
  const count = numeric(policy, 'count') ?? 0;
  if (policy === undefined || count < 0) return;
  const codes = list(policy, 'retriableStatusCodes');
  rule['retry'] = { attempts: count || 1, ...(codes.length > 0 ? { codes } : {}) };
  if (list(policy, 'retryOn').some((one) => one !== 'retriable-status-codes'))
    lose('/retryPolicy', 'which failures are tried again (retryOn); Gateway API has status codes only');
  const perTry = text(policy, 'perTryTimeout');
  if (perTry === '') return;
  const timeouts = tree(rule, 'timeouts');
  const whole = millisecondsOf(text(timeouts, 'request')) ?? 0;
  const own = millisecondsOf(perTry) ?? 0;
  if (own > 0 && (whole === 0 || own <= whole))
    rule['timeouts'] = { ...timeouts, backendRequest: gatewayDuration(perTry) };
}

const restWords: Readonly<Record<string, string>> = {
  rateLimitPolicy: 'rate limits',
  loadBalancerPolicy: 'the way backends are chosen (strategy, cookies, hashes)',
  healthCheckPolicy: 'health checks by the proxy',
  authPolicy: 'authorization by an extension',
  cookieRewritePolicies: 'rewrites of cookies',
  directResponsePolicy: 'a fixed answer',
  internalRedirectPolicy: 'redirects followed by the proxy',
  ipAllowPolicy: 'who may connect, by address',
  ipDenyPolicy: 'who may not connect, by address',
  jwtVerificationPolicy: 'verification of tokens',
};

function tellRest(route: Tree, lose: Lose): void {
  for (const [key, what] of Object.entries(restWords))
    if (isTree(route[key]) || Array.isArray(route[key])) lose(`/${key}`, what);
}

/** What a virtual host says that no listener can. */
export function hostLosses(host: Tree): readonly string[] {
  const found: string[] = [];
  const tls = tree(host, 'tls');
  if (tree(tls, 'clientValidation') !== undefined)
    found.push('client certificates (BackendTLSPolicy and frontend validation differ by controller)');
  if (text(tls, 'minimumProtocolVersion') !== '' || text(tls, 'maximumProtocolVersion') !== '')
    found.push('the least or greatest TLS version');
  if (tls?.['enableFallbackCertificate'] === true) found.push('the fallback certificate');
  const words = {
    authorization: 'authorization by an extension',
    corsPolicy: 'CORS answers of the host',
    rateLimitPolicy: 'rate limits of the host',
    jwtProviders: 'verification of tokens',
    ipAllowPolicy: 'who may connect, by address',
    ipDenyPolicy: 'who may not connect, by address',
  };
  for (const [key, what] of Object.entries(words)) if (host[key] !== undefined) found.push(what);
  return found;
}
