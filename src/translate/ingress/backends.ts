import type { Draft } from '../draft.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { BackendProtocol, IngressModel } from './model.ts';
import { readIngress } from './read-ingress.ts';
import { controllerOf, type IngressController } from './classes.ts';
import type { BackendFact, IngressFact } from '../../core/profile/routing-facts.ts';

/** What Contour is configured with by `projectcontour.io/upstream-protocol.<name>` on a Service. */
const fromContour: Readonly<Record<string, BackendProtocol>> = { tls: 'HTTPS', h2: 'H2', h2c: 'H2C' };

/** The same the other way round. */
export const contourProtocols: Readonly<Partial<Record<BackendProtocol, string>>> = {
  HTTPS: 'tls',
  H2: 'h2',
  GRPCS: 'h2',
  H2C: 'h2c',
  GRPC: 'h2c',
};

/**
 * Reads what Services of the source say about the backends of an Ingress: Contour takes the protocol from there, and only
 * NGINX reaches a Service that is a name outside of the cluster by default.
 */
export function readBackends(
  draft: Draft,
  model: IngressModel,
  { own, before, translation: { source } }: { own: IngressFact; before: IngressController; translation: Translation }
): void {
  const known = source.routing?.backends ?? {};
  const routes = own.routes.flatMap((route) => {
    const backend = known[`${own.namespace}/${route.service}`];
    return [{ route, backend, protocol: protocolOf(backend, route.port, { before, model }) } as const];
  });
  const outside = [...new Set(routes.filter((one) => one.backend?.isExternalName).map(({ route }) => route.service))];
  if (outside.length > 0)
    draft.loss(
      '/spec/rules',
      `the ExternalName ${outside.length === 1 ? 'Service' : 'Services'} ${outside.join(', ')} behind it: the controller of the target may refuse to forward outside the cluster`,
      { remedy: 'test it on the target, or forward from a pod' }
    );
  if (before === 'alb') readHealthPath(model, routes);
  if (before !== 'contour' && !(before === 'alb' && routes.some(({ backend }) => backend?.alb !== undefined))) return;
  const protocols = [...new Set(routes.map(({ protocol }) => protocol))];
  const [first] = protocols;
  if (protocols.length === 1 && first !== undefined && (first !== 'HTTP' || before === 'alb'))
    model.backendProtocol = first;
  if (protocols.length > 1)
    draft.loss(
      '/metadata/annotations',
      `the protocols of its backends (${protocols.join(', ')}): the target supports one per Ingress`,
      { remedy: 'create one Ingress per protocol' }
    );
}

/** What is spoken to a backend: Contour is configured by the Service, an ALB by it before the Ingress. */
function protocolOf(
  backend: BackendFact | undefined,
  port: string,
  { before, model }: { readonly before: IngressController; readonly model: IngressModel }
): BackendProtocol {
  if (before !== 'alb') return fromContour[backend?.protocols[port] ?? ''] ?? 'HTTP';
  const own = backend?.alb === undefined ? undefined : readIngress(backend.alb, 'alb', false).backendProtocol;
  return own ?? model.backendProtocol ?? 'HTTP';
}

/** One path for all backends is a word of an Ingress elsewhere; different ones stay with their Services, and are lost. */
function readHealthPath(model: IngressModel, routes: readonly { readonly backend: BackendFact | undefined }[]): void {
  const path = 'alb.ingress.kubernetes.io/healthcheck-path';
  const [first, ...others] = [...new Set(routes.map(({ backend }) => backend?.alb?.[path] ?? model.healthPath ?? ''))];
  if (first !== undefined && first !== '' && others.length === 0) model.healthPath = first;
}

/** Ports of a Service by what an Ingress of the source has its controller speak to them. */
export function spokenTo(
  service: { readonly namespace: string; readonly name: string },
  { from, source }: Translation
): readonly { readonly port: string; readonly protocol: BackendProtocol }[] {
  const fallback = source.ingressClasses.find((one) => one.isDefault)?.name ?? '';
  return (source.routing?.ingresses ?? []).flatMap((one) => {
    const routes = one.routes.filter((route) => route.service === service.name && one.namespace === service.namespace);
    const controller = controllerOf(one.className || fallback, from, source.ingressClasses);
    if (routes.length === 0 || controller === undefined) return [];
    const ofService = source.routing?.backends[`${service.namespace}/${service.name}`]?.alb ?? {};
    const words = controller === 'alb' ? { ...one.annotations, ...ofService } : one.annotations;
    const { backendProtocol } = readIngress(words, controller, false);
    return backendProtocol === undefined ? [] : routes.map(({ port }) => ({ port, protocol: backendProtocol }));
  });
}
