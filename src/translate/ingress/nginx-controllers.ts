import { list, text, tree, trees } from '../draft.ts';
import type { Tree } from '../../core/json/tree.ts';

const internalAnnotation = 'service.beta.kubernetes.io/azure-load-balancer-internal';

/** Each NginxIngressController has a class and a load balancer of its own, which its annotations make internal. */
export function nginxExposures(
  controllers: readonly unknown[],
  services: readonly unknown[]
): Readonly<Record<string, 'internal' | 'public'>> {
  const internalServices = new Set(
    services
      .filter((one) => text(tree(one, 'metadata', 'annotations'), internalAnnotation) === 'true')
      .map((one) => nameOf(one))
  );
  return Object.fromEntries(
    controllers.map((one) => {
      const spec = tree(one, 'spec');
      const made = trees(tree(one, 'status'), 'managedResourceRefs').filter((ref) => text(ref, 'kind') === 'Service');
      const isInternal =
        text(tree(spec, 'loadBalancerAnnotations'), internalAnnotation) === 'true' ||
        made.some((ref) => internalServices.has(`${text(ref, 'namespace')}/${text(ref, 'name')}`));
      return [text(spec, 'ingressClassName'), isInternal ? 'internal' : 'public'] as const;
    })
  );
}

/**
 * Who may connect to the load balancer of a class of NGINX: its annotations are handed on to the Service of the controller
 * (`loadBalancerAnnotations` of NginxIngressController).
 */
export function nginxRangesOf(spec: Tree | undefined): readonly string[] {
  const annotations = tree(spec, 'loadBalancerAnnotations');
  const noted = [
    'service.beta.kubernetes.io/azure-allowed-ip-ranges',
    'service.beta.kubernetes.io/load-balancer-source-ranges',
  ].flatMap((key) => text(annotations, key).split(','));
  const ranges = [...noted, ...list(spec, 'loadBalancerSourceRanges').map(String)].map((one) => one.trim());
  return ranges.filter((one) => one !== '');
}

/** The ranges by class; classes that everybody may connect to are missing. */
export function nginxRanges(controllers: readonly unknown[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    controllers.flatMap((one) => {
      const spec = tree(one, 'spec');
      const ranges = nginxRangesOf(spec);
      return ranges.length === 0 ? [] : [[text(spec, 'ingressClassName'), ranges] as const];
    })
  );
}

/** A controller that serves no plain HTTP, or redirects all of it, does so for every Ingress of its class. */
export function nginxAnnotations(
  controllers: readonly unknown[]
): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries(
    controllers.flatMap((one) => {
      const spec = tree(one, 'spec');
      const redirects = tree(spec, 'defaultSSLCertificate')?.['forceSSLRedirect'] === true;
      if (spec?.['httpDisabled'] !== true && !redirects) return [];
      const said = { 'nginx.ingress.kubernetes.io/force-ssl-redirect': 'true' };
      return [[text(spec, 'ingressClassName'), said] as const];
    })
  );
}

/** `namespace/name` of an object. */
export function nameOf(object: unknown): string {
  const metadata = tree(object, 'metadata');
  return `${text(metadata, 'namespace')}/${text(metadata, 'name')}`;
}
