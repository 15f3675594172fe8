import { commaList } from '../load-balancer/model.ts';
import { isTree } from '../draft.ts';
import { parseJson } from './json.ts';
import type { BackendProtocol, IngressModel } from './model.ts';
import { annotationsWith, ignored, isEverywhere, isTrue, lost, opening, plainSeconds, type Reader } from './readers.ts';

const alb = annotationsWith('alb.ingress.kubernetes.io');

/** Annotations of the AWS Load Balancer Controller (docs/guide/ingress/annotations.md). */
export const albReaders: readonly Reader[] = [
  {
    key: alb('scheme'),
    read: (model, value) => (model.exposure = value === 'internet-facing' ? 'public' : 'internal'),
  },
  { key: alb('certificate-arn'), read: (model, value) => model.certificates.push(...commaList(value)) },
  { key: alb('listen-ports'), read: readPorts },
  { key: alb('ssl-redirect'), read: readRedirect },
  { key: alb('backend-protocol|backend-protocol-version'), read: readProtocol },
  { key: alb('healthcheck-path'), read: (model, value) => (model.healthPath = value) },
  {
    key: alb('inbound-cidrs'),
    read: (model, value) => model.sourceRanges.push(...commaList(value).filter((range) => !isEverywhere(range))),
  },
  { key: alb('group\\.name'), read: (model, value) => (model.group = value) },
  { key: alb('subnets'), read: (model, value) => model.subnets.push(...commaList(value)) },
  { key: alb('load-balancer-attributes'), read: readAttributes },
  { key: alb('target-group-attributes'), read: readTargets },
  { key: alb('ip-address-type'), read: readAddressType },
  // Actions and conditions are read with the paths that lead to them; the order of a group with its hosts.
  ignored(
    alb(
      'target-type|load-balancer-name|group\\.order|target-node-labels|actions\\..*|conditions\\..*|use-regex-path-match'
    )
  ),
  lost(alb('wafv2-acl-arn|wafv2-acl-name'), 'the web ACL of WAF'),
  lost(alb('waf-acl-id|web-acl-id|shield-advanced-protection'), 'the protection by WAF or Shield'),
  { key: alb('security-groups'), read: readSecurityGroups },
  opening(alb('security-group-prefix-lists'), 'who may connect, by prefix lists'),
  lost(alb('manage-backend-security-group-rules'), 'security groups of the load balancer'),
  opening(alb('auth-type'), 'the login by Cognito or OIDC at the load balancer', (value) => value === 'none'),
  lost(alb('auth-.*'), 'details of the login at the load balancer'),
  opening(alb('jwt-validation'), 'the check of tokens (JWT) at the load balancer'),
  opening(alb('mutual-authentication'), 'client certificates', (value) => !/"(?:verify|passthrough)"/.test(value)),
  lost(alb('transforms\\..*'), 'the rewrite of path or host by the ALB'),
  lost(alb('ssl-policy'), 'the TLS policy'),
  lost(alb('listener-attributes\\..*'), 'attributes of a listener, such as headers it adds'),
  lost(alb('healthcheck-.*|success-codes|.*threshold-count'), 'a detail of the health check'),
  lost(alb('tags'), 'tags of the load balancer'),
  lost(alb('enable-frontend-nlb|frontend-nlb-.*'), 'the network load balancer in front of the ALB'),
  lost(alb('.*'), 'a setting of the ALB'),
];

/** `[{"HTTP":80},{"HTTPS":443}]`: without HTTP there is no plain HTTP; other ports exist on no other controller. */
function readPorts(model: IngressModel, value: string, key: string): void {
  const parsed = parseJson(value);
  if (!Array.isArray(parsed)) {
    model.unmapped.push({ key, what: 'the load balancer’s ports, which could not be parsed' });
    return;
  }
  const ports = parsed
    .filter(isTree)
    .flatMap((one) => Object.entries(one).map(([protocol, port]) => ({ protocol, port: String(port) })));
  const isTls = ports.some(({ protocol }) => protocol === 'HTTPS');
  if (isTls) model.terminatesTls = true;
  if (isTls && ports.every(({ protocol }) => protocol === 'HTTPS')) model.httpsOnly = true;
  for (const { protocol, port } of ports)
    if (port !== (protocol === 'HTTPS' ? '443' : '80'))
      model.unmapped.push({ key, what: `the listener ${protocol} ${port}: other controllers listen on 80 and 443` });
}

function readRedirect(model: IngressModel, value: string, key: string): void {
  model.sslRedirect = true;
  model.terminatesTls = true;
  if (value !== '443') model.unmapped.push({ key, what: `the redirect to port ${value}: it goes to 443 elsewhere` });
}

const overTls: Readonly<Record<string, BackendProtocol>> = { HTTP1: 'HTTPS', HTTP2: 'H2', GRPC: 'GRPCS' };
const inClear: Readonly<Record<string, BackendProtocol>> = { HTTP1: 'HTTP', HTTP2: 'H2C', GRPC: 'GRPC' };

/** Two annotations that go together, in any order: TLS or not, and the version. */
function readProtocol(model: IngressModel, value: string, key: string): void {
  const before = model.backendProtocol ?? 'HTTP';
  const isVersion = key.endsWith('-version');
  const isTls = isVersion
    ? before === 'HTTPS' || before === 'H2' || before === 'GRPCS'
    : value.toUpperCase() === 'HTTPS';
  const version = isVersion
    ? value.toUpperCase()
    : (Object.keys(inClear).find((one) => inClear[one] === before || overTls[one] === before) ?? 'HTTP1');
  const known = (isTls ? overTls : inClear)[version];
  if (known === undefined) model.unmapped.push({ key, what: 'the protocol of the backend, which is unknown' });
  else model.backendProtocol = known;
}

function readAddressType(model: IngressModel, value: string, key: string): void {
  if (value !== 'ipv4') model.unmapped.push({ key, what: `addresses of type ${value}` });
}

/** They decide instead of inbound-cidrs; what they let in is not in the cluster. */
function readSecurityGroups(model: IngressModel, _value: string, key: string): void {
  model.unmapped.push({
    key,
    what: 'security groups of the load balancer, which control who may connect',
    opens: true,
  });
}

function readAttributes(model: IngressModel, value: string, key: string): void {
  for (const pair of commaList(value)) {
    const [name = '', word = ''] = pair.split('=');
    const seconds = plainSeconds(word);
    if (name === 'idle_timeout.timeout_seconds' && seconds !== undefined) model.timeoutSeconds = seconds;
    else model.unmapped.push({ key, what: `load balancer attribute ${name}` });
  }
}

function readTargets(model: IngressModel, value: string, key: string): void {
  for (const pair of commaList(value)) {
    const [name = '', word = ''] = pair.split('=');
    if (name === 'stickiness.enabled') model.cookieAffinity = isTrue(word);
    else if (name !== 'stickiness.type' || word !== 'lb_cookie')
      model.unmapped.push({ key, what: `target group attribute ${name}` });
  }
}
