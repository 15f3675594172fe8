import type { Draft } from '../draft.ts';
import {
  serves,
  type ClassProfile,
  type ClusterProfile,
  type Translation,
} from '../../core/profile/cluster-profile.ts';
import type { ChosenIngressClass, IngressController } from './classes.ts';
import type { IngressModel } from './model.ts';

const defaultNginxClass = 'webapprouting.kubernetes.azure.com';

/**
 * What the load balancer behind a class of the source is, where the Ingress itself does not say. Application routing has
 * a controller with a load balancer for each class, the default one too; where nothing of it could be read, the answer
 * is internal, and it is reported: to take an internal application for a public one opens it.
 */
export function readClassExposure(
  draft: Draft,
  model: IngressModel,
  { name, controller, source }: { name: string; controller: IngressController; source: ClusterProfile }
): void {
  if (controller !== 'nginx') return;
  const known = source.routing?.exposures[name];
  if (known !== undefined) {
    model.exposure = known;
    model.exposureIsDefault = false;
    return;
  }
  // Before there were NginxIngressControllers, application routing had one controller, which was public.
  if (name === defaultNginxClass && !serves(source, 'approuting.kubernetes.azure.com', 'NginxIngressController'))
    return;
  model.exposure = 'internal';
  model.exposureIsUnknown = true;
  draft.unmapped(
    '/spec/ingressClassName',
    `whether the load balancer of class ${name} is internal or public could not be read; it is assumed to be internal`,
    { remedy: 'allow this user to list nginxingresscontrollers, or set the exposure with a transform if it is public' }
  );
}

/** Contour and Avi do not say it on the Ingress: their network does. */
export function wantedExposure({ exposure }: IngressModel, { tables }: Translation): 'internal' | 'public' {
  return exposure ?? tables.loadBalancers.defaultExposure;
}

/** Whose word it is, for reasons and findings. */
export function whoseExposure({ exposure, exposureIsUnknown }: IngressModel): string {
  if (exposure === undefined)
    return 'translation.loadBalancers.defaultExposure is internal, and the source does not specify the exposure';
  return exposureIsUnknown === true ? 'the Ingress is assumed to be internal' : 'the Ingress was internal';
}

/**
 * The class of the target with the exposure of the source, where its controllers differ in that: application routing
 * makes one for each NginxIngressController. A class of the table stays.
 */
export function classByExposure(
  chosen: ChosenIngressClass & { readonly kind: 'mapped' },
  model: IngressModel,
  translation: Translation
): ChosenIngressClass & { readonly kind: 'mapped' } {
  const exposures = translation.target.routing?.exposures ?? {};
  const wanted = wantedExposure(model, translation);
  if (chosen.reason === 'translation.ingress.classes' || exposures[chosen.name] === wanted) return chosen;
  const served = new Set(translation.target.ingressClasses.map((one: ClassProfile) => one.name));
  const better = Object.keys(exposures)
    .sort()
    .find((name) => exposures[name] === wanted && served.has(name));
  if (better === undefined) return chosen;
  return { ...chosen, name: better, reason: `the class of the target whose load balancer is ${wanted}`, isThere: true };
}

/** Reports an exposure the class of the target cannot give; an internal application on a public one stops the run. */
export function checkExposure(
  draft: Draft,
  model: IngressModel,
  { className, actual, translation }: { className: string; actual: 'internal' | 'public'; translation: Translation }
): void {
  const wanted = wantedExposure(model, translation);
  if (wanted === actual) return;
  if (wanted === 'public') {
    draft.unmapped(
      '/spec/ingressClassName',
      `the Ingress was public; the load balancer of class ${className} is internal`,
      { remedy: 'map its class to a public one in translation.ingress.classes' }
    );
    return;
  }
  const message = `${whoseExposure(model)}; the load balancer of class ${className} is public`;
  const remedy =
    'create a class with an internal load balancer on the target (on AKS a NginxIngressController, on EKS IngressClassParams), and map the class in translation.ingress.classes';
  if (model.exposure === undefined) draft.unmapped('/spec/ingressClassName', message, { remedy });
  else draft.opens('/spec/ingressClassName', message, remedy);
}
