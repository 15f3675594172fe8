import { ensureTree, list, text, tree, trees, type Draft } from '../draft.ts';
import type { Translation } from '../translation.ts';
import type { IngressController } from './classes.ts';
import type { IngressModel } from './model.ts';

/** Says a model in the words of a controller; what it has no word for becomes a loss. */
export function writeIngress(
  draft: Draft,
  model: IngressModel,
  controller: IngressController,
  translation: Translation
): void {
  writeCertificate(draft, model, controller, translation);
  switch (controller) {
    case 'alb':
      return writeAlb(draft, model, translation);
    case 'nginx':
      return writeNginx(draft, model, translation);
    case 'contour':
      return writeContour(draft, model);
    case 'avi':
      return writeAvi(draft, model);
    case 'agic':
      return writeAgic(draft, model, translation);
    case 'agc':
      if (wantedExposure(model, translation) === 'internal')
        draft.unmapped(
          '/metadata/annotations',
          `${whoseExposure(model)}; Application Gateway for Containers is public only`,
          'map the class to another controller in translation.ingress.classes'
        );
      tellRest(draft, model, [
        'sslRedirect',
        'backendProtocol',
        'timeoutSeconds',
        'rewritePrefix',
        'sourceRanges',
        'cookieAffinity',
        'healthPath',
      ]);
      return;
  }
}

function annotate(draft: Draft, reason: string, values: Readonly<Record<string, string>>): void {
  draft.step(reason, (root) => Object.assign(ensureTree(ensureTree(root, 'metadata'), 'annotations'), values));
}

const words: Readonly<Record<string, string>> = {
  sslRedirect: 'the redirect from HTTP to HTTPS',
  backendProtocol: 'the protocol of the backend',
  timeoutSeconds: 'the timeout of requests',
  rewritePrefix: 'the rewrite of the path',
  sourceRanges: 'who may connect',
  cookieAffinity: 'affinity by cookie',
  healthPath: 'the path of the health check',
  passthrough: 'TLS passed through to the pods',
};

/** Fields the controller has no word for. */
function tellRest(draft: Draft, model: IngressModel, fields: readonly (keyof IngressModel)[]): void {
  for (const field of fields) {
    const value = model[field];
    if (value === undefined || value === false || (Array.isArray(value) && value.length === 0)) continue;
    draft.loss(
      '/metadata/annotations',
      words[field] ?? field,
      'say it in the target’s controller, or move to Gateway API'
    );
  }
}

function hostsOf(draft: Draft): readonly string[] {
  return [...new Set(trees(draft.root['spec'], 'rules').map((rule) => text(rule, 'host')))].filter(
    (host) => host !== ''
  );
}

/** ALBs take certificates of ACM, all others Secrets of `spec.tls`. */
function writeCertificate(
  draft: Draft,
  model: IngressModel,
  controller: IngressController,
  { tables }: Translation
): void {
  const spec = ensureTree(draft.root, 'spec');
  const namespace = text(draft.root['metadata'], 'namespace');
  const secrets = trees(spec, 'tls')
    .map((one) => text(one, 'secretName'))
    .filter((name) => name !== '');
  if (controller === 'alb') {
    const names = [
      ...secrets.map((name) => `${namespace}/${name}`),
      ...(model.certificate === undefined ? [] : [model.certificate]),
      ...hostsOf(draft),
    ];
    const arns = names.flatMap((name) =>
      Object.hasOwn(tables.certificates, name) ? [tables.certificates[name] ?? ''] : []
    );
    if (arns.length > 0)
      annotate(draft, 'translation.certificates', {
        'alb.ingress.kubernetes.io/certificate-arn': [...new Set(arns)].join(','),
      });
    else if (secrets.length > 0 || model.certificate !== undefined) {
      draft.unmapped(
        '/spec/tls',
        'an ALB does not read TLS Secrets; it looks for a certificate of ACM by host name',
        `issue one in ACM for ${hostsOf(draft).join(', ') || 'its hosts'}, or write namespace/secret: arn:aws:acm:… to translation.certificates`
      );
    }
    return;
  }
  if (model.certificate === undefined) return;
  const word = Object.hasOwn(tables.certificates, model.certificate)
    ? (tables.certificates[model.certificate] ?? '')
    : '';
  if (word === '') {
    draft.unmapped(
      '/spec/tls',
      'its certificate is kept by the source’s cloud',
      'issue one as a Secret (cert-manager), and write its name to translation.certificates'
    );
    return;
  }
  const secretName = word.slice(word.indexOf('/') + 1);
  if (secrets.includes(secretName)) return;
  draft.step('translation.certificates', () => {
    const hosts = hostsOf(draft);
    spec['tls'] = [...list(spec, 'tls'), { ...(hosts.length > 0 ? { hosts } : {}), secretName }];
  });
}

function writeAlb(draft: Draft, model: IngressModel, translation: Translation): void {
  const { tables } = translation;
  const prefix = 'alb.ingress.kubernetes.io/';
  const exposure = model.exposure ?? tables.loadBalancers.defaultExposure;
  annotate(
    draft,
    model.exposure === undefined
      ? 'translation.loadBalancers.defaultExposure: the source does not say'
      : `${exposure} on the source, and an ALB is internal unless told`,
    {
      [`${prefix}scheme`]: exposure === 'public' ? 'internet-facing' : 'internal',
    }
  );
  annotate(draft, 'pods are reached by their addresses', { [`${prefix}target-type`]: 'ip' });
  if (trees(draft.root['spec'], 'tls').length > 0 || model.sslRedirect === true) {
    annotate(draft, 'an ALB listens on port 80 only unless told', {
      [`${prefix}listen-ports`]: '[{"HTTP":80},{"HTTPS":443}]',
    });
  }
  if (model.sslRedirect === true) annotate(draft, 'the redirect to HTTPS', { [`${prefix}ssl-redirect`]: '443' });
  if (model.backendProtocol === 'HTTPS')
    annotate(draft, 'the protocol of the backend', { [`${prefix}backend-protocol`]: 'HTTPS' });
  if (model.backendProtocol === 'GRPC')
    annotate(draft, 'the protocol of the backend', { [`${prefix}backend-protocol-version`]: 'GRPC' });
  if (model.timeoutSeconds !== undefined)
    annotate(draft, 'the timeout, as idle timeout of the ALB', {
      [`${prefix}load-balancer-attributes`]: `idle_timeout.timeout_seconds=${Math.min(4000, Math.max(1, model.timeoutSeconds))}`,
    });
  if (model.cookieAffinity === true)
    annotate(draft, 'affinity by cookie', {
      [`${prefix}target-group-attributes`]: 'stickiness.enabled=true,stickiness.type=lb_cookie',
    });
  if (model.healthPath !== undefined)
    annotate(draft, 'the path of the health check', { [`${prefix}healthcheck-path`]: model.healthPath });
  if (model.sourceRanges.length > 0)
    annotate(draft, 'who may connect', { [`${prefix}inbound-cidrs`]: model.sourceRanges.join(',') });
  if (tables.loadBalancers.subnets.length > 0 && exposure === 'internal')
    annotate(draft, 'translation.loadBalancers.subnets', {
      [`${prefix}subnets`]: tables.loadBalancers.subnets.join(','),
    });
  tellRest(draft, model, ['rewritePrefix', 'passthrough']);
}

function writeNginx(draft: Draft, model: IngressModel, translation: Translation): void {
  const prefix = 'nginx.ingress.kubernetes.io/';
  if (model.sslRedirect !== undefined)
    annotate(draft, 'the redirect to HTTPS', { [`${prefix}ssl-redirect`]: String(model.sslRedirect) });
  else if (trees(draft.root['spec'], 'tls').length > 0)
    annotate(draft, 'NGINX redirects hosts with TLS to HTTPS unless told; the source does not', {
      [`${prefix}ssl-redirect`]: 'false',
    });
  if (model.backendProtocol !== undefined && model.backendProtocol !== 'HTTP')
    annotate(draft, 'the protocol of the backend', { [`${prefix}backend-protocol`]: model.backendProtocol });
  if (model.timeoutSeconds !== undefined)
    annotate(draft, 'the timeout', { [`${prefix}proxy-read-timeout`]: String(model.timeoutSeconds) });
  if (model.sourceRanges.length > 0)
    annotate(draft, 'who may connect', { [`${prefix}whitelist-source-range`]: model.sourceRanges.join(',') });
  if (model.cookieAffinity === true) annotate(draft, 'affinity by cookie', { [`${prefix}affinity`]: 'cookie' });
  if (wantedExposure(model, translation) === 'internal')
    draft.unmapped(
      '/metadata/annotations',
      `${whoseExposure(model)}; the managed NGINX of AKS is public unless it is made otherwise`,
      'make an NginxIngressController with an internal load balancer, and map the class in translation.ingress.classes'
    );
  tellRest(draft, model, ['rewritePrefix', 'passthrough', 'healthPath']);
}

function writeContour(draft: Draft, model: IngressModel): void {
  if (model.sslRedirect === true)
    annotate(draft, 'the redirect to HTTPS', { 'ingress.kubernetes.io/force-ssl-redirect': 'true' });
  if (model.timeoutSeconds !== undefined)
    annotate(draft, 'the timeout', { 'projectcontour.io/response-timeout': `${model.timeoutSeconds}s` });
  if (model.exposure !== undefined && model.exposureIsDefault !== true) tellExposure(draft, model.exposure);
  if (model.backendProtocol === 'HTTPS' || model.backendProtocol === 'GRPC') {
    draft.manual(
      '/metadata/annotations',
      `the backend speaks ${model.backendProtocol}; Contour reads that from its Service`,
      'annotate the Service with projectcontour.io/upstream-protocol.tls or .h2c and the port'
    );
  }
  tellRest(draft, model, ['rewritePrefix', 'sourceRanges', 'cookieAffinity', 'healthPath', 'passthrough']);
}

function writeAvi(draft: Draft, model: IngressModel): void {
  if (model.passthrough === true)
    annotate(draft, 'TLS is passed through', { 'passthrough.ako.vmware.com/enabled': 'true' });
  if (model.exposure !== undefined && model.exposureIsDefault !== true) tellExposure(draft, model.exposure);
  tellRest(draft, model, [
    'sslRedirect',
    'backendProtocol',
    'timeoutSeconds',
    'rewritePrefix',
    'sourceRanges',
    'cookieAffinity',
    'healthPath',
  ]);
}

function writeAgic(draft: Draft, model: IngressModel, translation: Translation): void {
  const prefix = 'appgw.ingress.kubernetes.io/';
  if (model.sslRedirect !== undefined)
    annotate(draft, 'the redirect to HTTPS', { [`${prefix}ssl-redirect`]: String(model.sslRedirect) });
  if (model.backendProtocol === 'HTTPS')
    annotate(draft, 'the protocol of the backend', { [`${prefix}backend-protocol`]: 'https' });
  if (model.timeoutSeconds !== undefined)
    annotate(draft, 'the timeout', { [`${prefix}request-timeout`]: String(model.timeoutSeconds) });
  if (model.rewritePrefix !== undefined)
    annotate(draft, 'the rewrite of the path', { [`${prefix}backend-path-prefix`]: model.rewritePrefix });
  if (wantedExposure(model, translation) === 'internal')
    annotate(draft, whoseExposure(model), { [`${prefix}use-private-ip`]: 'true' });
  if (model.cookieAffinity === true)
    annotate(draft, 'affinity by cookie', { [`${prefix}cookie-based-affinity`]: 'true' });
  if (model.healthPath !== undefined)
    annotate(draft, 'the path of the health check', { [`${prefix}health-probe-path`]: model.healthPath });
  tellRest(draft, model, ['sourceRanges', 'passthrough']);
}

/** Contour and Avi do not say it on the Ingress: their network does. */
function wantedExposure({ exposure }: IngressModel, { tables }: Translation): 'internal' | 'public' {
  return exposure ?? tables.loadBalancers.defaultExposure;
}

function whoseExposure({ exposure }: IngressModel): string {
  return exposure === undefined
    ? 'translation.loadBalancers.defaultExposure says internal, and the source does not say'
    : 'the Ingress was internal';
}

function tellExposure(draft: Draft, exposure: string): void {
  draft.manual(
    '/metadata/annotations',
    `the Ingress was ${exposure}; on VKS the load balancer of the ingress controller decides`,
    'check the network of the ingress controller'
  );
}

/** Whether an Ingress has a redirect of the old ALB form: a path to a backend that is an action. */
export function isActionBackend(backend: unknown): boolean {
  return text(tree(backend, 'service', 'port'), 'name') === 'use-annotation';
}
