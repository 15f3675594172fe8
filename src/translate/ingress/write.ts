import { text, tree, trees, type Draft } from '../draft.ts';
import { annotate } from './annotate.ts';
import { contourProtocols } from './backends.ts';
import { writeCertificates } from './certificates.ts';
import type { IngressController } from './classes.ts';
import { checkExposure, wantedExposure, whoseExposure } from './exposure.ts';
import { reportUnsupported } from './loss-words.ts';
import type { IngressModel } from './model.ts';
import { defaultTimeoutSeconds } from './read-ingress.ts';
import type { HostGroup } from './groups.ts';
import { groupOf, writeAlb } from './write-alb.ts';
import type { IngressWriting } from './writing.ts';
import type { IngressFact } from '../../core/profile/routing-facts.ts';

/** Says a model in the words of a controller; what it has no word for becomes a loss. */
export function writeIngress(draft: Draft, model: IngressModel, writing: IngressWriting): void {
  const group = writing.to === 'alb' ? groupOf(model, writing) : undefined;
  if (group !== undefined) shareTls(model, writing.own, group);
  writeCertificates(draft, model, { ...writing, group });
  reportTransportSecurity(draft, writing);
  switch (writing.to) {
    case 'alb':
      return writeAlb(draft, model, { ...writing, group });
    case 'nginx':
      return writeNginx(draft, model, writing);
    case 'contour':
      return writeContour(draft, model, writing);
    case 'avi':
      return writeAvi(draft, model);
    case 'agic':
      return writeAgic(draft, model, writing);
    case 'agc':
      return writeAgc(draft, model, writing);
  }
}

/** A host that one Ingress serves over TLS is served so for all of its Ingresses by NGINX, Contour and AGIC. */
function shareTls(model: IngressModel, own: IngressFact, group: HostGroup): void {
  const hosts = new Set(own.routes.map(({ host }) => host));
  const shared = group.members.some(({ tls }) => tls.some((one) => one.hosts.some((host) => hosts.has(host))));
  if (shared && model.passthrough !== true) model.terminatesTls = true;
}

function hasTls(draft: Draft): boolean {
  return trees(draft.root['spec'], 'tls').length > 0;
}

/** ingress-nginx adds the header to every answer over TLS unless its ConfigMap says otherwise; the others never do. */
function reportTransportSecurity(draft: Draft, { from, to }: IngressWriting): void {
  if ((from === 'nginx') === (to === 'nginx') || !hasTls(draft)) return;
  draft.manual(
    '/spec/tls',
    from === 'nginx'
      ? 'NGINX adds Strict-Transport-Security to responses over TLS; the target does not'
      : 'NGINX on the target adds Strict-Transport-Security to responses over TLS, and browsers remember it for a year',
    from === 'nginx'
      ? 'have the application send the header if it is needed'
      : 'nothing, unless a host must stay reachable over plain HTTP'
  );
}

/** The timeout, where the source has one or waits longer than the target does by itself. */
function timeoutOf({ timeoutSeconds }: IngressModel, { from, to }: IngressWriting): number | undefined {
  if (timeoutSeconds !== undefined) return timeoutSeconds;
  const [before, after] = [defaultTimeoutSeconds[from], defaultTimeoutSeconds[to]];
  return before !== undefined && after !== undefined && before > after ? before : undefined;
}

/** A day: long enough for what never ended, and a number every controller takes. */
const longestSeconds = 86_400;

function writeNginx(draft: Draft, model: IngressModel, writing: IngressWriting): void {
  const prefix = 'nginx.ingress.kubernetes.io/';
  const isTls = hasTls(draft);
  const redirect = isTls ? 'ssl-redirect' : 'force-ssl-redirect';
  if (model.httpsOnly === true)
    annotate(draft, 'the source does not serve plain HTTP, and NGINX always listens to it', {
      [`${prefix}${redirect}`]: 'true',
    });
  else if (model.sslRedirect === true) annotate(draft, 'the redirect to HTTPS', { [`${prefix}${redirect}`]: 'true' });
  else if (isTls)
    annotate(draft, 'NGINX redirects hosts with TLS to HTTPS by default; the source does not', {
      [`${prefix}ssl-redirect`]: 'false',
    });
  writeNginxProtocol(draft, model);
  const timeout = timeoutOf(model, writing);
  if (timeout !== undefined)
    annotate(draft, 'the timeout', { [`${prefix}proxy-read-timeout`]: String(Math.min(longestSeconds, timeout)) });
  annotate(draft, 'NGINX rejects request bodies of more than 1 MiB by default; the source does not', {
    [`${prefix}proxy-body-size`]: '0',
  });
  if (model.sourceRanges.length > 0)
    annotate(draft, 'who may connect', { [`${prefix}whitelist-source-range`]: model.sourceRanges.join(',') });
  if (model.cookieAffinity === true) annotate(draft, 'affinity by cookie', { [`${prefix}affinity`]: 'cookie' });
  const { className, translation } = writing;
  checkExposure(draft, model, {
    className,
    actual: translation.target.routing?.exposures[className] ?? 'public',
    translation,
  });
  reportUnsupported(draft, model, ['rewritePrefix', 'passthrough', 'healthPath']);
}

/** NGINX speaks HTTP/1.1 to pods, or gRPC; HTTP/2 alone it does not know. */
function writeNginxProtocol(draft: Draft, { backendProtocol }: IngressModel): void {
  if (backendProtocol === undefined || backendProtocol === 'HTTP') return;
  const isHttp2 = backendProtocol === 'H2' || backendProtocol === 'H2C';
  if (isHttp2)
    draft.loss('/metadata/annotations', 'HTTP/2 to the backend: NGINX speaks HTTP/1.1 to pods, or gRPC', {
      remedy: 'set nginx.ingress.kubernetes.io/backend-protocol to GRPC or GRPCS with a transform if it is gRPC',
    });
  if (backendProtocol === 'H2C') return;
  annotate(draft, 'the protocol of the backend', {
    'nginx.ingress.kubernetes.io/backend-protocol': backendProtocol === 'H2' ? 'HTTPS' : backendProtocol,
  });
}

function writeContour(draft: Draft, model: IngressModel, writing: IngressWriting): void {
  if (model.httpsOnly === true)
    annotate(draft, 'the source does not serve plain HTTP', { 'kubernetes.io/ingress.allow-http': 'false' });
  else if (model.sslRedirect === true)
    annotate(draft, 'the redirect to HTTPS', { 'ingress.kubernetes.io/force-ssl-redirect': 'true' });
  const timeout = timeoutOf(model, writing);
  if (timeout !== undefined)
    annotate(
      draft,
      model.timeoutSeconds === undefined ? 'Contour times out sooner than the source by default' : 'the timeout',
      {
        'projectcontour.io/response-timeout': timeout === Infinity ? 'infinity' : `${timeout}s`,
      }
    );
  if (model.exposure !== undefined && model.exposureIsDefault !== true) reportExposure(draft, model.exposure);
  const protocol = contourProtocols[model.backendProtocol ?? 'HTTP'];
  // The rule for Services says it there, where the Ingresses of the source could be read.
  if (protocol !== undefined && writing.translation.source.routing === undefined)
    draft.manual(
      '/metadata/annotations',
      `the backend speaks ${model.backendProtocol}; Contour reads that from its Service`,
      `annotate the Service with projectcontour.io/upstream-protocol.${protocol} and the port`
    );
  reportUnsupported(draft, model, ['rewritePrefix', 'sourceRanges', 'cookieAffinity', 'healthPath', 'passthrough']);
}

function writeAvi(draft: Draft, model: IngressModel): void {
  if (model.passthrough === true)
    annotate(draft, 'TLS is passed through', { 'passthrough.ako.vmware.com/enabled': 'true' });
  if (model.exposure !== undefined && model.exposureIsDefault !== true) reportExposure(draft, model.exposure);
  // Avi redirects to HTTPS by itself where there is TLS.
  const isLost = !hasTls(draft) && (model.sslRedirect === true || model.httpsOnly === true);
  if (isLost)
    draft.opens(
      '/spec/tls',
      'the redirect from HTTP to HTTPS: Avi does not support it without TLS',
      'give it a TLS Secret'
    );
  reportUnsupported(draft, model, ['backendProtocol', 'timeoutSeconds', 'rewritePrefix']);
  reportUnsupported(draft, model, ['sourceRanges', 'cookieAffinity', 'healthPath']);
}

function writeAgic(draft: Draft, model: IngressModel, writing: IngressWriting): void {
  const prefix = 'appgw.ingress.kubernetes.io/';
  const isTls = hasTls(draft);
  if (model.sslRedirect === true) annotate(draft, 'the redirect to HTTPS', { [`${prefix}ssl-redirect`]: 'true' });
  else if (isTls && model.httpsOnly !== true)
    draft.loss('/spec/tls', 'plain HTTP alongside HTTPS: with TLS, AGIC serves HTTP only to redirect', {
      remedy: 'redirect with ssl-redirect',
    });
  if (model.httpsOnly === true && !isTls)
    draft.opens('/spec/tls', 'HTTPS only: without a certificate AGIC serves plain HTTP', 'give it a TLS Secret');
  writeAgicProtocol(draft, model);
  const timeout = timeoutOf(model, writing);
  if (timeout !== undefined)
    annotate(draft, 'the timeout', { [`${prefix}request-timeout`]: String(Math.min(longestSeconds, timeout)) });
  if (model.rewritePrefix !== undefined)
    annotate(draft, 'the rewrite of the path', { [`${prefix}backend-path-prefix`]: model.rewritePrefix });
  if (wantedExposure(model, writing.translation) === 'internal')
    annotate(draft, whoseExposure(model), { [`${prefix}use-private-ip`]: 'true' });
  if (model.cookieAffinity === true)
    annotate(draft, 'affinity by cookie', { [`${prefix}cookie-based-affinity`]: 'true' });
  if (model.healthPath !== undefined)
    annotate(draft, 'the path of the health check', { [`${prefix}health-probe-path`]: model.healthPath });
  reportUnsupported(draft, model, ['sourceRanges', 'passthrough']);
}

/** An Application Gateway speaks HTTP/1.1 to pods, with TLS or without. */
function writeAgicProtocol(draft: Draft, { backendProtocol }: IngressModel): void {
  if (backendProtocol === undefined || backendProtocol === 'HTTP') return;
  if (backendProtocol !== 'HTTPS')
    draft.loss(
      '/metadata/annotations',
      `${backendProtocol.startsWith('GRPC') ? 'gRPC' : 'HTTP/2'} to the backend: an Application Gateway speaks HTTP/1.1 to pods`,
      { remedy: 'map the class to another controller in translation.ingress.classes' }
    );
  if (backendProtocol === 'HTTPS' || backendProtocol === 'H2' || backendProtocol === 'GRPCS')
    annotate(draft, 'the protocol of the backend', { 'appgw.ingress.kubernetes.io/backend-protocol': 'https' });
}

function writeAgc(draft: Draft, model: IngressModel, { className, translation }: IngressWriting): void {
  checkExposure(draft, model, { className, actual: 'public', translation });
  reportUnsupported(draft, model, ['backendProtocol', 'timeoutSeconds', 'rewritePrefix']);
  reportUnsupported(draft, model, ['sourceRanges', 'cookieAffinity', 'healthPath']);
  if (model.sslRedirect === true || model.httpsOnly === true)
    draft.opens(
      '/metadata/annotations',
      'the redirect from HTTP to HTTPS: Application Gateway for Containers serves both on an Ingress',
      'redirect with a Gateway API route'
    );
}

function reportExposure(draft: Draft, exposure: string): void {
  draft.manual(
    '/metadata/annotations',
    `the Ingress was ${exposure}; on VKS the load balancer of the ingress controller decides`,
    'check the network of the ingress controller'
  );
}

/** An annotation of Contour that the source did not read begins to count there. */
export function reportStray(draft: Draft, from: IngressController): void {
  if (from === 'contour') return;
  const annotations = tree(draft.root, 'metadata', 'annotations');
  for (const key of ['kubernetes.io/ingress.allow-http', 'ingress.kubernetes.io/force-ssl-redirect']) {
    if (text(annotations, key) !== '')
      draft.manual(
        `/metadata/annotations/${key.replaceAll('/', '~1')}`,
        `${key} had no effect on the controller of the source, but Contour reads it`,
        'remove it with a transform unless it is intended'
      );
  }
}
