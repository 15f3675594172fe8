import { commaList } from '../load-balancer/model.ts';
import { text } from '../draft.ts';
import type { BackendProtocol, IngressModel } from './model.ts';
import { annotationsWith, isEverywhere, isTrue, lost, opening, plainSeconds, ignored, type Reader } from './readers.ts';
import type { Tree } from '../../core/json/tree.ts';

const prefix = 'nginx.ingress.kubernetes.io/';
const nginx = annotationsWith('nginx.ingress.kubernetes.io');

const protocols: Readonly<Record<string, BackendProtocol>> = {
  HTTP: 'HTTP',
  HTTPS: 'HTTPS',
  AUTO_HTTP: 'HTTP',
  GRPC: 'GRPC',
  GRPCS: 'GRPCS',
};

/** A snippet may hold rules about who gets in; none of it travels. */
const guards =
  /\b(?:deny|allow|auth_basic|auth_request|auth_jwt|satisfy|limit_except|ssl_verify_client)\b|return\s+40[13]/;

/** Annotations of ingress-nginx, as application routing of AKS runs it (annotations.md). */
export const nginxReaders: readonly Reader[] = [
  ignored(nginx('(?:force-)?ssl-redirect')),
  { key: nginx('backend-protocol'), read: readProtocol },
  {
    key: nginx('proxy-read-timeout'),
    read: (model, value) => {
      const seconds = plainSeconds(value);
      if (seconds !== undefined) model.timeoutSeconds = seconds;
    },
  },
  {
    key: nginx('(?:whitelist|allowlist)-source-range'),
    read: (model, value) => {
      const ranges = commaList(value);
      if (!ranges.some(isEverywhere)) model.sourceRanges.push(...ranges);
    },
  },
  opening(nginx('denylist-source-range'), 'who may not connect'),
  { key: nginx('affinity'), read: (model, value) => (model.cookieAffinity = value === 'cookie') },
  lost(nginx('rewrite-target'), 'the rewrite of the path; NGINX replaces the whole path, other controllers a prefix'),
  { key: nginx('ssl-passthrough'), read: (model, value) => (model.passthrough = isTrue(value)) },
  { key: /^kubernetes\.azure\.com\/tls-cert-keyvault-uri$/, read: (model, value) => model.certificates.push(value) },
  ignored(/^kubernetes\.azure\.com\/tls-cert-.*$/),
  { key: nginx('server-alias'), read: (model, value) => model.aliases.push(...commaList(value)) },
  lost(nginx('session-cookie-.*|affinity-mode|affinity-canary-behavior'), 'details of the affinity cookie'),
  lost(nginx('proxy-connect-timeout|proxy-send-timeout'), 'connect and send timeouts'),
  { key: nginx('configuration-snippet|server-snippet|stream-snippet'), read: readSnippet },
  opening(nginx('auth-type|auth-secret|auth-secret-type'), 'basic authentication'),
  opening(nginx('auth-url|auth-signin|auth-method|auth-snippet'), 'external authentication'),
  opening(nginx('auth-tls-secret|auth-tls-match-cn'), 'client certificates'),
  { key: nginx('auth-tls-verify-client'), read: readVerify },
  lost(nginx('enable-global-auth|satisfy'), 'how NGINX combines authentication methods'),
  lost(nginx('auth-.*'), 'details of NGINX authentication'),
  lost(nginx('proxy-ssl-.*'), 'verification of the pods’ certificates, and the client certificate sent to them'),
  {
    // 0: no bound at all, as with all other controllers.
    key: nginx('proxy-body-size'),
    read: (model, value, key) => {
      if (value !== '0') model.unmapped.push({ key, what: 'the maximum request size' });
    },
  },
  lost(nginx('limit-.*|global-rate-limit.*'), 'rate limits of NGINX'),
  // A canary is excluded whole, or becomes weights: nothing of it is a setting of its own.
  ignored(nginx('canary(?:-.*)?')),
  lost(nginx('(?:enable-)?cors.*'), 'CORS responses by NGINX'),
  ignored(nginx('use-regex')),
  lost(nginx('permanent-redirect.*|temporal-redirect.*|from-to-www-redirect|app-root'), 'a redirect by NGINX'),
  lost(
    nginx('enable-modsecurity|enable-owasp-core-rules|modsecurity-.*'),
    'the NGINX web application firewall (ModSecurity)'
  ),
  lost(nginx('upstream-vhost|custom-headers|x-forwarded-prefix|connection-proxy-header'), 'headers that NGINX sets'),
  lost(nginx('default-backend|custom-http-errors'), 'error pages by NGINX'),
  lost(nginx('mirror-.*'), 'request mirroring'),
  lost(nginx('.*'), 'a setting of NGINX'),
];

function readProtocol(model: IngressModel, value: string, key: string): void {
  const known = protocols[value.trim().toUpperCase()];
  if (known === undefined) model.unmapped.push({ key, what: `the protocol ${value.slice(0, 20)} of the backend` });
  else model.backendProtocol = known;
}

function readSnippet(model: IngressModel, value: string, key: string): void {
  const opens = guards.test(value);
  const what = opens ? 'an NGINX configuration snippet that controls access' : 'an NGINX configuration snippet';
  model.unmapped.push({ key, what, ...(opens ? { opens } : {}) });
}

/** `off` beside a secret: nobody is asked for a certificate. */
function readVerify(model: IngressModel, value: string): void {
  if (value !== 'off') return;
  const kept = model.unmapped.filter(({ key }) => !key.startsWith(`${prefix}auth-tls-`));
  model.unmapped.splice(0, model.unmapped.length, ...kept);
}

/** force-ssl-redirect redirects whether there is TLS or not; ssl-redirect is on unless switched off, and only with TLS. */
export function readNginxRedirect(model: IngressModel, annotations: Tree | undefined, isTls: boolean): void {
  const isForced = isTrue(text(annotations, `${prefix}force-ssl-redirect`));
  const isOff = text(annotations, `${prefix}ssl-redirect`) === 'false';
  if (isForced || (isTls && !isOff)) model.sslRedirect = true;
  else if (isTls) model.sslRedirect = false;
  if (isForced && !isTls) model.certificateByHost = true;
}
