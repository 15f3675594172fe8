import { isTree, list, text, tree, trees } from '../draft.ts';
import type { ReportLoss } from './conditions.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Filters the controller of the ALB builds; with any other it builds nothing of the whole Gateway. */
const built: ReadonlySet<string> = new Set(['RequestRedirect', 'URLRewrite', 'ExtensionRef']);

const filterWords: Readonly<Record<string, readonly [what: string, opens?: 'opens']>> = {
  RequestHeaderModifier: ['request header changes, which an ALB does not support'],
  ResponseHeaderModifier: ['response header changes, which an ALB does not support'],
  RequestMirror: ['request mirroring, which an ALB does not support'],
  CORS: ['CORS responses, which an ALB does not support'],
  ExternalAuth: ['external authorization, which an ALB does not support', 'opens'],
};

/** Values a rule of an ALB may ask for, over all its conditions. */
const valuesMax = 5;

/**
 * Takes filters out of a route that the AWS Load Balancer Controller refuses, and reports them and whatever else an ALB
 * has no form for (docs/guide/gateway/l7gateway.md). Changes the route.
 */
export function fitToAlb(route: Tree, report: ReportLoss): void {
  const isGrpc = route['kind'] === 'GRPCRoute';
  const hosts = list(tree(route, 'spec'), 'hostnames').length;
  trees(tree(route, 'spec'), 'rules').forEach((rule, index) => {
    const at = `/spec/rules/${index}`;
    dropFilters(rule, isGrpc, (what, opens) => report(at, what, opens));
    for (const backend of trees(rule, 'backendRefs'))
      if (list(backend, 'filters').length > 0) {
        delete backend['filters'];
        report(at, 'filters on a single backend, which an ALB does not support');
      }
    if (rule['timeouts'] !== undefined) report(at, 'an ALB has no timeout per route');
    if (rule['retry'] !== undefined) report(at, 'an ALB does not retry');
    if (rule['sessionPersistence'] !== undefined) report(at, 'an ALB has no session persistence per route');
    reportMatches(rule, { isGrpc, hosts }, (what, opens) => report(at, what, opens));
  });
}

function dropFilters(rule: Tree, isGrpc: boolean, report: (what: string, opens?: 'opens') => void): void {
  const filters = trees(rule, 'filters');
  const kept = filters.filter((filter) => {
    const type = text(filter, 'type');
    if (type === 'ExtensionRef' && text(tree(filter, 'extensionRef'), 'group') !== 'gateway.k8s.aws') {
      report(
        `the filter ${text(tree(filter, 'extensionRef'), 'kind')} of another controller, which may deny requests`,
        'opens'
      );
      return false;
    }
    if (loops(filter)) {
      report('a redirect of a prefix to the same host and scheme, which an ALB rejects as a loop');
      return false;
    }
    if (built.has(type) && (!isGrpc || type === 'ExtensionRef')) return true;
    const [what, opens] = filterWords[type] ?? [`the filter ${type}, which an ALB does not support`];
    report(what, opens);
    return false;
  });
  if (kept.length === filters.length) return;
  if (kept.length === 0) delete rule['filters'];
  else rule['filters'] = kept;
}

function loops(filter: Tree): boolean {
  const redirect = tree(filter, 'requestRedirect');
  if (text(tree(redirect, 'path'), 'type') !== 'ReplacePrefixMatch') return false;
  return ['scheme', 'hostname', 'port'].every((key) => redirect?.[key] === undefined);
}

interface Asked {
  readonly isGrpc: boolean;
  readonly hosts: number;
}

function reportMatches(rule: Tree, { isGrpc, hosts }: Asked, report: (what: string, opens?: 'opens') => void): void {
  for (const match of trees(rule, 'matches')) {
    const path = tree(match, 'path');
    const isPrefix = path !== undefined && (text(path, 'type') || 'PathPrefix') === 'PathPrefix';
    const paths = path === undefined && !isGrpc ? 1 : isPrefix && text(path, 'value') !== '/' ? 2 : 1;
    const headers = trees(match, 'headers');
    const parameters = trees(match, 'queryParams');
    const methods = text(match, 'method') === '' ? 0 : 1;
    const values = Math.min(1, hosts) + paths + headers.length + parameters.length + methods;
    if (values > valuesMax)
      report(`a match on ${values} values; an ALB rule accepts at most ${valuesMax} and is rejected with more`);
    if (parameters.some((one) => text(one, 'type') === 'RegularExpression'))
      report('an expression on a query parameter, which an ALB takes literally: no request matches it');
    const { method } = match;
    const compared = isGrpc ? [...headers, ...(isTree(method) ? [method] : [])] : [];
    if (compared.some((one) => text(one, 'type') === 'RegularExpression'))
      report('an expression on a header, which an ALB takes literally for GRPCRoutes: no request matches it');
    if (headers.some((one) => text(one, 'type') !== 'RegularExpression' && /[*?,\\]/.test(text(one, 'value'))))
      report('a header value with * ? or a comma, which an ALB reads as wildcards or as several values');
  }
}
