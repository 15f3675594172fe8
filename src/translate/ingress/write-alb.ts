import { trees, type Draft } from '../draft.ts';
import { annotate } from './annotate.ts';
import { controllerOf } from './classes.ts';
import { checkExposure } from './exposure.ts';
import { hostGroupOf, type HostGroup } from './groups.ts';
import { reportUnsupported } from './loss-words.ts';
import { isCanary } from './canary.ts';
import { narrowed } from './class-ranges.ts';
import type { IngressModel } from './model.ts';
import { readIngress } from './read-ingress.ts';
import type { IngressWriting } from './writing.ts';
import type { Tree } from '../../core/json/tree.ts';
import type { IngressFact } from '../../core/profile/routing-facts.ts';

const prefix = 'alb.ingress.kubernetes.io/';

/** Says a model in annotations of the AWS Load Balancer Controller. */
export function writeAlb(
  draft: Draft,
  model: IngressModel,
  writing: IngressWriting & { readonly group: HostGroup | undefined }
): void {
  const { className, translation, group } = writing;
  const { tables, target } = translation;
  const exposure = model.exposure ?? tables.loadBalancers.defaultExposure;
  annotate(
    draft,
    model.exposure === undefined
      ? 'translation.loadBalancers.defaultExposure: the source does not specify it'
      : `${exposure} on the source, and an ALB is internal by default`,
    { [`${prefix}scheme`]: exposure === 'public' ? 'internet-facing' : 'internal' }
  );
  const scheme = target.routing?.classAnnotations[className]?.[`${prefix}scheme`];
  if (scheme !== undefined)
    checkExposure(draft, model, { className, actual: scheme === 'internal' ? 'internal' : 'public', translation });
  annotate(draft, 'pods are targeted by their addresses', { [`${prefix}target-type`]: 'ip' });
  if (group !== undefined) writeGroup(draft, group, writing);
  writeListeners(draft, model, group);
  writeProtocol(draft, model);
  writeTimeout(draft, model, group);
  if (model.cookieAffinity === true)
    annotate(draft, 'affinity by cookie', {
      [`${prefix}target-group-attributes`]: 'stickiness.enabled=true,stickiness.type=lb_cookie',
    });
  if (model.healthPath !== undefined)
    annotate(draft, 'the path of the health check', { [`${prefix}healthcheck-path`]: model.healthPath });
  writeSources(draft, { model, group }, writing);
  if (tables.loadBalancers.subnets.length > 0 && exposure === 'internal')
    annotate(draft, 'translation.loadBalancers.subnets', {
      [`${prefix}subnets`]: tables.loadBalancers.subnets.join(','),
    });
  reportUnsupported(draft, model, ['rewritePrefix', 'passthrough']);
}

/** Who shares hosts with this Ingress on its load balancer of the source. */
export function groupOf(model: IngressModel, { own, from, translation }: IngressWriting): HostGroup | undefined {
  const { source } = translation;
  const facts = source.routing?.ingresses ?? [];
  const fallback = source.ingressClasses.find((one) => one.isDefault)?.name ?? '';
  const className = own.className || fallback;
  if (controllerOf(className, translation.from, source.ingressClasses) !== from) return undefined;
  const ofClass = source.routing?.classAnnotations[className];
  const shared = facts
    .filter(
      (one) =>
        (one.className || fallback) === className &&
        !isCanary(one.annotations) &&
        isInternalGateway(one) === isInternalGateway(own)
    )
    .map((one) => (ofClass === undefined ? one : { ...one, annotations: { ...one.annotations, ...ofClass } }));
  return hostGroupOf(own, shared, model.exposure === 'internal' ? '-internal' : '');
}

/** An Application Gateway has an address for private and one for public Ingresses. */
function isInternalGateway({ annotations }: IngressFact): boolean {
  return annotations['appgw.ingress.kubernetes.io/use-private-ip'] === 'true';
}

function writeGroup(draft: Draft, group: HostGroup, { className, own, translation }: IngressWriting): void {
  const { target } = translation;
  const reason = `its hosts are served by ${group.members.length} Ingresses, and each gets its own ALB unless they are grouped`;
  const ofClass = target.routing?.classAnnotations[className]?.[`${prefix}group.name`];
  const isAutoMode = target.ingressClasses.some(
    ({ name, controller }) => name === className && controller.startsWith('eks.amazonaws.com/')
  );
  if (ofClass === undefined && isAutoMode) {
    draft.unmapped('/spec/ingressClassName', `${reason}; EKS Auto Mode supports groups only in IngressClassParams`, {
      remedy:
        'create a class whose IngressClassParams set spec.group.name, and map the class in translation.ingress.classes',
    });
    return;
  }
  const place = group.members.findIndex(({ namespace, name }) => namespace === own.namespace && name === own.name);
  annotate(draft, reason, {
    ...(ofClass === undefined ? { [`${prefix}group.name`]: group.name } : {}),
    [`${prefix}group.order`]: String(Math.min(1000, place + 1)),
  });
  if (group.isTangled)
    draft.loss(
      '/spec/rules',
      'on the source the longest path wins, whichever Ingress it is in; an ALB evaluates one Ingress after the other',
      { remedy: 'put the paths of the host into one Ingress' }
    );
}

function writeListeners(draft: Draft, model: IngressModel, group: HostGroup | undefined): void {
  if (model.httpsOnly === true) {
    annotate(draft, 'the source does not serve plain HTTP', { [`${prefix}listen-ports`]: '[{"HTTPS":443}]' });
    return;
  }
  const isTls = trees(draft.root['spec'], 'tls').length > 0 || model.terminatesTls === true;
  if (isTls || model.sslRedirect === true)
    annotate(draft, 'an ALB listens only on port 80 by default', {
      [`${prefix}listen-ports`]: '[{"HTTP":80},{"HTTPS":443}]',
    });
  if (model.sslRedirect === true) annotate(draft, 'the redirect to HTTPS', { [`${prefix}ssl-redirect`]: '443' });
  else if (group?.members.some((one) => memberModel(one)?.sslRedirect === true) === true)
    draft.loss(
      '/metadata/annotations',
      'plain HTTP: another Ingress for its hosts redirects to HTTPS, and an ALB redirects all or nothing',
      { remedy: 'serve it on a separate host if plain HTTP is required' }
    );
}

function writeProtocol(draft: Draft, { backendProtocol, terminatesTls, httpsOnly }: IngressModel): void {
  if (backendProtocol === undefined || backendProtocol === 'HTTP') return;
  const isTls = backendProtocol === 'HTTPS' || backendProtocol === 'H2' || backendProtocol === 'GRPCS';
  const version = backendProtocol.startsWith('GRPC') ? 'GRPC' : backendProtocol.startsWith('H2') ? 'HTTP2' : undefined;
  annotate(draft, 'the protocol of the backend', {
    ...(isTls ? { [`${prefix}backend-protocol`]: 'HTTPS' } : {}),
    ...(version === undefined ? {} : { [`${prefix}backend-protocol-version`]: version }),
  });
  if (version === 'GRPC' && terminatesTls !== true && httpsOnly !== true)
    draft.loss('/metadata/annotations', 'gRPC without TLS: an ALB supports gRPC only on an HTTPS listener', {
      remedy: 'enable TLS for it',
    });
}

/** One load balancer has one idle timeout: different ones in a group would stop the controller for all of it. */
function writeTimeout(draft: Draft, model: IngressModel, group: HostGroup | undefined): void {
  if (model.timeoutSeconds === undefined) return;
  const all = (group?.members ?? []).flatMap((one) => memberModel(one)?.timeoutSeconds ?? []);
  const longest = Math.max(model.timeoutSeconds, ...all);
  annotate(draft, 'the timeout, as the idle timeout of the ALB', {
    [`${prefix}load-balancer-attributes`]: `idle_timeout.timeout_seconds=${Math.min(4000, Math.max(1, longest))}`,
  });
}

/** The same list for all that share a load balancer, or none of them is let in by another’s. */
function writeSources(
  draft: Draft,
  { model: { sourceRanges }, group }: { readonly model: IngressModel; readonly group: HostGroup | undefined },
  { own, translation: { source } }: IngressWriting
): void {
  const ofClass = source.routing?.classRanges?.[own.className];
  const list = (ranges: readonly string[] = []): string => [...ranges].sort().join(',');
  const others = (group?.members ?? []).filter((one) => one.namespace !== own.namespace || one.name !== own.name);
  const rangesOf = (one: IngressFact) => narrowed(memberModel(one)?.sourceRanges ?? [], ofClass);
  const differs = others.some((one) => list(rangesOf(one)) !== list(sourceRanges));
  if (differs)
    draft.opens(
      '/metadata/annotations',
      'who may connect: the Ingresses for its hosts have different lists, and an ALB has one list for all',
      'give the Ingresses of a host the same list, or use different hosts'
    );
  else if (sourceRanges.length > 0)
    annotate(draft, 'who may connect', { [`${prefix}inbound-cidrs`]: sourceRanges.join(',') });
}

/** What another member says, by whichever controller's annotations it has. */
function memberModel(fact: IngressFact): IngressModel | undefined {
  const keys = Object.keys(fact.annotations);
  const controller = keys.some((key) => key.startsWith('nginx.'))
    ? 'nginx'
    : keys.some((key) => key.startsWith('appgw.'))
      ? 'agic'
      : 'contour';
  return keys.length === 0 ? undefined : readIngress(fact.annotations as Tree, controller, fact.tls.length > 0);
}
