import { list, text, tree } from '../../draft.ts';
import type { ClusterProfile } from '../../translation.ts';
import type { CheckedObject } from '../pair.ts';
import type { World } from './front.ts';

/** What a cluster has already: classes and their controllers. The default class stands under ''. */
export function addProfile(world: World, profile: ClusterProfile | undefined): void {
  for (const { name, controller, isDefault } of profile?.ingressClasses ?? []) {
    world.ingressClasses.set(name, controller);
    if (isDefault) world.ingressClasses.set('', name);
  }
  for (const { name, controller } of profile?.gatewayClasses ?? [])
    world.gatewayClasses.set(name, { controller, parameters: '' });
}

/** Objects that decide about the doors of others: classes, and what their parameters force. */
export function addSettings(world: World, { ref, root }: CheckedObject): void {
  const spec = tree(root, 'spec');
  switch (`${ref.group}/${ref.kind}`) {
    case 'networking.k8s.io/IngressClass': {
      world.ingressClasses.set(ref.name, text(spec, 'controller'));
      const parameters = text(tree(spec, 'parameters'), 'name');
      if (parameters !== '') world.classParameters.set(ref.name, parameters);
      return;
    }
    case 'elbv2.k8s.aws/IngressClassParams':
    case 'eks.amazonaws.com/IngressClassParams':
      world.albParameters.set(ref.name, {
        scheme: text(spec, 'scheme'),
        ranges: list(spec, 'inboundCIDRs').map(String),
        group: text(tree(spec, 'group'), 'name'),
      });
      return;
    case 'approuting.kubernetes.azure.com/NginxIngressController': {
      const word = text(
        tree(spec, 'loadBalancerAnnotations'),
        'service.beta.kubernetes.io/azure-load-balancer-internal'
      );
      world.nginxControllers.set(text(spec, 'ingressClassName'), word === 'true');
      return;
    }
    case 'gateway.networking.k8s.io/GatewayClass': {
      const parameters = tree(spec, 'parametersRef');
      const name = parameters === undefined ? '' : `${text(parameters, 'namespace')}/${text(parameters, 'name')}`;
      world.gatewayClasses.set(ref.name, { controller: text(spec, 'controllerName'), parameters: name });
      return;
    }
    case 'gateway.k8s.aws/LoadBalancerConfiguration':
      world.gatewaySettings.set(`${ref.namespace}/${ref.name}`, {
        scheme: text(spec, 'scheme'),
        ranges: list(spec, 'sourceRanges').map(String),
      });
      return;
    default:
  }
}
