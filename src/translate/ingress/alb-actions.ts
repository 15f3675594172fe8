import { isTree, list, numeric, text, tree, trees } from '../draft.ts';
import { parseJson } from './json.ts';
import type { Tree } from '../../core/json/tree.ts';

const prefix = 'alb.ingress.kubernetes.io/';

/** What a backend of an ALB comes down to for a controller that knows only Services. */
export type AlbBackend =
  /** A Service; `lost` says what of the action is not carried. */
  | { readonly kind: 'service'; readonly backend: Tree; readonly lost?: string }
  /** The redirect from HTTP to HTTPS, which is a setting elsewhere. */
  | { readonly kind: 'https-redirect' }
  /** Nothing another controller could do; `refuses`: requests were turned away here. */
  | { readonly kind: 'none'; readonly what: string; readonly refuses: boolean };

/**
 * Reads a backend with the action its name stands for (annotations.md, Traffic Routing): forwards go to the Service
 * with the greatest weight, all other actions to none.
 */
export function readAlbBackend(backend: unknown, annotations: Tree | undefined): AlbBackend {
  const service = tree(backend, 'service');
  const name = text(service, 'name');
  if (text(tree(service, 'port'), 'name') !== 'use-annotation') {
    if (service === undefined) return { kind: 'none', what: 'a resource that is not a Service', refuses: false };
    return { kind: 'service', backend: backend as Tree };
  }
  const action = parseJson(text(annotations, `${prefix}actions.${name}`));
  if (!isTree(action)) {
    if (/ssl-redirect/.test(name)) return { kind: 'https-redirect' };
    return { kind: 'none', what: `the ALB action ${name}, which does not exist`, refuses: false };
  }
  switch (wordOf(action, 'type').toLowerCase()) {
    case 'forward':
      return readForward(name, action);
    case 'redirect':
      return readRedirect(name, tree(action, 'redirectConfig') ?? tree(action, 'RedirectConfig'));
    case 'fixed-response': {
      const answer = tree(action, 'fixedResponseConfig') ?? tree(action, 'FixedResponseConfig');
      const status = wordOf(answer, 'statusCode');
      return {
        kind: 'none',
        what: `the ALB action ${name}, a fixed response ${status}`.trimEnd(),
        refuses: !/^[123]/.test(status),
      };
    }
    default:
      return { kind: 'none', what: `the ALB action ${name}, which is not a Service`, refuses: false };
  }
}

interface Target {
  readonly service: string;
  readonly port: Tree;
  readonly weight: number;
}

function readForward(name: string, action: Tree): AlbBackend {
  const config = tree(action, 'forwardConfig') ?? tree(action, 'ForwardConfig');
  const groups = trees(config, 'targetGroups').concat(trees(config, 'TargetGroups'));
  const targets = groups.flatMap(targetOf).sort((left, right) => right.weight - left.weight);
  const [first] = targets;
  if (first === undefined)
    return { kind: 'none', what: `the ALB action ${name}, which forwards outside the cluster`, refuses: false };
  const backend = { service: { name: first.service, port: first.port } };
  if (groups.length === 1) return { kind: 'service', backend };
  const split = targets.map(({ service, weight }) => `${service} ${weight}`).join(', ');
  const outside = groups.length - targets.length;
  const remaining =
    outside > 0 ? `, and ${outside} target ${outside === 1 ? 'group' : 'groups'} outside the cluster` : '';
  return {
    kind: 'service',
    backend,
    lost: `the weights of the ALB action ${name} (${split}${remaining}): all requests go to ${first.service}`,
  };
}

function targetOf(group: Tree): readonly Target[] {
  const service = wordOf(group, 'serviceName');
  const port = wordOf(group, 'servicePort');
  if (service === '' || port === '') return [];
  const number = numeric({ port }, 'port');
  return [
    {
      service,
      port: number === undefined ? { name: port } : { number },
      weight: numeric({ weight: wordOf(group, 'weight') }, 'weight') ?? 1,
    },
  ];
}

/** Fields that are not given keep what the request has; to HTTPS and nothing else is the redirect every controller knows. */
function readRedirect(name: string, config: Tree | undefined): AlbBackend {
  const field = (key: string, same: string): boolean => {
    const value = wordOf(config, key);
    return value === '' || value === same;
  };
  const protocol = wordOf(config, 'protocol');
  const port = wordOf(config, 'port') || '443';
  const isSame = field('host', '#{host}') && field('path', '/#{path}') && field('query', '#{query}');
  if (protocol === 'HTTPS' && port === '443' && isSame) return { kind: 'https-redirect' };
  return { kind: 'none', what: `the ALB action ${name}, a redirect`, refuses: false };
}

/** A text or number, whose key may begin with a capital letter too, as the API of AWS has it. */
function wordOf(parent: Tree | undefined, key: string): string {
  const value = parent?.[key] ?? parent?.[key.charAt(0).toUpperCase() + key.slice(1)];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

export interface AlbConditions {
  /** Fields that narrow what the path answers: without them it would answer more. */
  readonly narrowing: readonly string[];
  /** Fields that add hosts or paths to those of the rule. */
  readonly adding: readonly string[];
}

const names: Readonly<Record<string, string>> = {
  'host-header': 'further hosts',
  'path-pattern': 'further paths',
  'http-header': 'a header of the request',
  'http-request-method': 'the method of the request',
  'query-string': 'the query of the request',
  'source-ip': 'addresses of clients',
};

/**
 * Conditions of the rules that lead to a Service or action. Hosts and paths are added to those of the rule and narrow
 * where the rule has none; all others narrow (buildRuleConditions of the controller).
 */
export function readAlbConditions(
  service: string,
  annotations: Tree | undefined,
  rule: { readonly host: string; readonly path: string }
): AlbConditions {
  const written = text(annotations, `${prefix}conditions.${service}`);
  if (written === '') return { narrowing: [], adding: [] };
  const parsed = parseJson(written);
  if (!Array.isArray(parsed)) return { narrowing: ['a condition that could not be read'], adding: [] };
  const fields = list({ parsed }, 'parsed').map((one) => text(one, 'field'));
  const adds = (field: string): boolean =>
    (field === 'host-header' && rule.host !== '') || (field === 'path-pattern' && rule.path !== '');
  const say = (field: string): string => names[field] ?? `a condition ${field}`.trimEnd();
  return {
    narrowing: fields.filter((field) => !adds(field)).map(say),
    adding: fields.filter(adds).map(say),
  };
}
