import { commaList } from '../load-balancer/model.ts';
import { text, type Tree } from '../draft.ts';
import type { IngressController } from './classes.ts';
import { millisecondsOf } from './duration.ts';

/** What an Ingress asks of its controller beyond hosts and paths, in nobody's words. */
export interface IngressModel {
  exposure?: 'internal' | 'public';
  exposureIsDefault?: boolean;
  sslRedirect?: boolean;
  backendProtocol?: 'HTTP' | 'HTTPS' | 'GRPC';
  timeoutSeconds?: number;
  /** The matched prefix is replaced by this one before the backend sees the path. */
  rewritePrefix?: string;
  sourceRanges: string[];
  /** Certificate named outside of `spec.tls`. */
  certificate?: string;
  healthPath?: string;
  cookieAffinity?: boolean;
  group?: string;
  subnets: string[];
  passthrough?: boolean;
  readonly unmapped: { readonly key: string; readonly what: string }[];
  readonly read: Set<string>;
}

interface Reader {
  readonly key: RegExp;
  read(model: IngressModel, value: string, key: string): void;
}

const alb = (name: string) => new RegExp(`^alb\\.ingress\\.kubernetes\\.io/${name}$`);
const appgw = (name: string) => new RegExp(`^appgw\\.ingress\\.kubernetes\\.io/${name}$`);
const nginx = (name: string) => new RegExp(`^nginx\\.ingress\\.kubernetes\\.io/${name}$`);
const contour = (name: string) => new RegExp(`^projectcontour\\.io/${name}$`);
const lost = (key: RegExp, what: string): Reader => ({
  key,
  read: (model, _value, name) => model.unmapped.push({ key: name, what }),
});
const ignored = (key: RegExp): Reader => ({ key, read: () => undefined });
const isTrue = (value: string): boolean => value === 'true';

function protocol(value: string): 'HTTP' | 'HTTPS' | 'GRPC' {
  const upper = value.toUpperCase();
  if (upper.startsWith('GRPC') || upper === 'H2' || upper === 'H2C' || upper === 'HTTP2') return 'GRPC';
  return upper === 'HTTPS' || upper === 'TLS' ? 'HTTPS' : 'HTTP';
}

const albReaders: readonly Reader[] = [
  {
    key: alb('scheme'),
    read: (model, value) => (model.exposure = value === 'internet-facing' ? 'public' : 'internal'),
  },
  { key: alb('certificate-arn'), read: (model, value) => (model.certificate = value) },
  { key: alb('ssl-redirect'), read: (model) => (model.sslRedirect = true) },
  {
    key: alb('(?:backend-protocol|backend-protocol-version)'),
    read: (model, value) => {
      if (value !== 'HTTP1') model.backendProtocol = protocol(value);
    },
  },
  { key: alb('healthcheck-path'), read: (model, value) => (model.healthPath = value) },
  { key: alb('inbound-cidrs'), read: (model, value) => model.sourceRanges.push(...commaList(value)) },
  { key: alb('group\\.name'), read: (model, value) => (model.group = value) },
  { key: alb('subnets'), read: (model, value) => model.subnets.push(...commaList(value)) },
  { key: alb('load-balancer-attributes'), read: readAttributes },
  { key: alb('target-group-attributes'), read: readTargets },
  ignored(alb('(?:target-type|listen-ports|ip-address-type|load-balancer-name|group\\.order|target-node-labels)')),
  lost(alb('wafv2-acl-arn'), 'the web ACL of WAF'),
  lost(alb('(?:waf-acl-id|web-acl-id|shield-advanced-protection)'), 'the protection by WAF or Shield'),
  lost(
    alb('security-groups|alb\\.ingress\\.kubernetes\\.io/manage-backend-security-group-rules'),
    'security groups of the load balancer'
  ),
  lost(alb('auth-.*'), 'the login by Cognito or OIDC at the load balancer'),
  lost(alb('(?:actions|conditions|transforms)\\..*'), 'an action or condition of the ALB'),
  lost(alb('ssl-policy'), 'the TLS policy'),
  lost(alb('mutual-authentication'), 'client certificates'),
  lost(
    alb(
      'healthcheck-.*|alb\\.ingress\\.kubernetes\\.io/success-codes|alb\\.ingress\\.kubernetes\\.io/.*threshold-count'
    ),
    'a detail of the health check'
  ),
  lost(alb('tags'), 'tags of the load balancer'),
  lost(alb('.*'), 'a setting of the ALB'),
];

function readAttributes(model: IngressModel, value: string, key: string): void {
  for (const pair of commaList(value)) {
    const [name = '', word = ''] = pair.split('=');
    if (name === 'idle_timeout.timeout_seconds') model.timeoutSeconds = Number(word);
    else model.unmapped.push({ key, what: `load balancer attribute ${name}` });
  }
}

function readTargets(model: IngressModel, value: string, key: string): void {
  for (const pair of commaList(value)) {
    const [name = '', word = ''] = pair.split('=');
    if (name === 'stickiness.enabled') model.cookieAffinity = isTrue(word);
    else if (name !== 'stickiness.type' && name !== 'stickiness.lb_cookie.duration_seconds')
      model.unmapped.push({ key, what: `target group attribute ${name}` });
  }
}

const agicReaders: readonly Reader[] = [
  { key: appgw('ssl-redirect'), read: (model, value) => (model.sslRedirect = isTrue(value)) },
  { key: appgw('backend-protocol'), read: (model, value) => (model.backendProtocol = protocol(value)) },
  { key: appgw('backend-path-prefix'), read: (model, value) => (model.rewritePrefix = value) },
  { key: appgw('request-timeout'), read: (model, value) => (model.timeoutSeconds = Number(value)) },
  { key: appgw('use-private-ip'), read: (model, value) => (model.exposure = isTrue(value) ? 'internal' : 'public') },
  { key: appgw('cookie-based-affinity'), read: (model, value) => (model.cookieAffinity = isTrue(value)) },
  { key: appgw('health-probe-path'), read: (model, value) => (model.healthPath = value) },
  { key: appgw('appgw-ssl-certificate'), read: (model, value) => (model.certificate = value) },
  lost(appgw('waf-policy-for-path'), 'the WAF policy'),
  lost(appgw('rewrite-rule-set.*'), 'rewrite rules of the Application Gateway'),
  lost(
    appgw(
      '(?:connection-draining.*|health-probe-.*|backend-hostname|override-frontend-port|rule-priority|hostname-extension|appgw-trusted-root-certificate|appgw-ssl-profile)'
    ),
    'a setting of the Application Gateway'
  ),
  lost(appgw('.*'), 'a setting of the Application Gateway'),
];

const nginxReaders: readonly Reader[] = [
  { key: nginx('(?:force-)?ssl-redirect'), read: (model, value) => (model.sslRedirect = isTrue(value)) },
  { key: nginx('backend-protocol'), read: (model, value) => (model.backendProtocol = protocol(value)) },
  { key: nginx('proxy-read-timeout'), read: (model, value) => (model.timeoutSeconds = Number(value)) },
  {
    key: nginx('(?:whitelist|allowlist)-source-range'),
    read: (model, value) => model.sourceRanges.push(...commaList(value)),
  },
  { key: nginx('affinity'), read: (model, value) => (model.cookieAffinity = value === 'cookie') },
  lost(nginx('rewrite-target'), 'the rewrite of the path; NGINX replaces all of it, other controllers a prefix'),
  { key: nginx('ssl-passthrough'), read: (model, value) => (model.passthrough = isTrue(value)) },
  { key: /^kubernetes\.azure\.com\/tls-cert-keyvault-uri$/, read: (model, value) => (model.certificate = value) },
  ignored(nginx('(?:proxy-connect-timeout|proxy-send-timeout|session-cookie-.*|affinity-mode)')),
  lost(nginx('(?:configuration|server)-snippet'), 'a snippet of NGINX configuration'),
  lost(nginx('auth-.*'), 'authentication by NGINX'),
  lost(nginx('proxy-body-size'), 'the largest size of a request'),
  lost(nginx('limit-.*'), 'rate limits of NGINX'),
  lost(nginx('canary.*'), 'canary routing of NGINX'),
  lost(nginx('(?:enable-)?cors.*'), 'CORS answers of NGINX'),
  lost(nginx('use-regex'), 'paths as regular expressions'),
  lost(nginx('.*'), 'a setting of NGINX'),
];

const contourReaders: readonly Reader[] = [
  { key: /^ingress\.kubernetes\.io\/force-ssl-redirect$/, read: (model, value) => (model.sslRedirect = isTrue(value)) },
  {
    key: contour('response-timeout'),
    read: (model, value) => {
      const seconds = secondsOf(value);
      if (seconds !== undefined) model.timeoutSeconds = seconds;
    },
  },
  lost(contour('(?:num-retries|per-try-timeout|retry-on)'), 'retries by Contour'),
  lost(contour('websocket-routes'), 'the list of websocket routes; controllers of clouds pass them all'),
  lost(contour('tls-(?:minimum|maximum)-protocol-version'), 'the least TLS version'),
  lost(contour('.*'), 'a setting of Contour'),
];

const aviReaders: readonly Reader[] = [
  { key: /^passthrough\.ako\.vmware\.com\/enabled$/, read: (model, value) => (model.passthrough = isTrue(value)) },
  ignored(
    /^(?:ako\.vmware\.com\/(?:enable-tls|host-fqdn-vs-uuid-map|vs-uuid|controller-cluster-uuid)|skipnodeport\.ako\.vmware\.com\/enabled)$/
  ),
  lost(/^aviinfrasetting\.ako\.vmware\.com\/name$/, 'the AviInfraSetting: network, service engine group, exposure'),
  lost(/^(?:[a-z]+\.)?ako\.vmware\.com\//, 'a setting of Avi'),
];

const readers: Readonly<Record<IngressController, readonly Reader[]>> = {
  alb: albReaders,
  agic: agicReaders,
  agc: [
    { key: /^alb\.networking\.azure\.io\/(?:alb-id|alb-frontend|alb-name|alb-namespace)$/, read: () => undefined },
    lost(/^alb\.networking\.azure\.io\//, 'a setting of Application Gateway for Containers'),
  ],
  nginx: nginxReaders,
  contour: contourReaders,
  avi: aviReaders,
};

/** With TLS these redirect to HTTPS unless they are told not to; the others only when told. */
const redirectsByItself: ReadonlySet<IngressController> = new Set(['nginx', 'avi']);

/** Reads what an Ingress says to its controller; `hasTls`: its `spec.tls` names hosts or Secrets. */
export function readIngress(
  annotations: Tree | undefined,
  controller: IngressController,
  hasTls: boolean
): IngressModel {
  const model: IngressModel = { sourceRanges: [], subnets: [], unmapped: [], read: new Set() };
  for (const key of Object.keys(annotations ?? {}).sort()) {
    const reader = readers[controller].find((candidate) => candidate.key.test(key));
    if (reader === undefined) continue;
    reader.read(model, text(annotations, key), key);
    model.read.add(key);
  }
  if (model.exposure === undefined && controller !== 'contour' && controller !== 'avi') {
    model.exposureIsDefault = true;
    model.exposure = controller === 'alb' ? 'internal' : 'public';
  }
  const isTls = hasTls || model.certificate !== undefined;
  if (isTls && redirectsByItself.has(controller) && model.passthrough !== true) model.sslRedirect ??= true;
  return model;
}

/** Controllers of clouds count whole seconds. */
function secondsOf(value: string): number | undefined {
  const whole = millisecondsOf(value);
  return whole === undefined ? undefined : Math.max(1, Math.ceil(whole / 1000));
}
