import { list, text, tree } from '../../draft.ts';
import { portsOf } from '../../ingress/alb-group.ts';
import { nginxRangesOf } from '../../ingress/nginx-controllers.ts';
import type { ClusterProfile } from '../../../core/profile/cluster-profile.ts';
import type { CheckedObject } from '../pair.ts';
import type { World } from './front.ts';
import type { Tree } from '../../../core/json/tree.ts';
import type { RoutingFacts } from '../../../core/profile/routing-facts.ts';

/** What a cluster has already: classes and their controllers. The default class stands under ''. */
export function addProfile(world: World, profile: ClusterProfile | undefined): void {
  for (const { name, controller, isDefault } of profile?.ingressClasses ?? []) {
    world.ingressClasses.set(name, controller);
    if (isDefault) world.ingressClasses.set('', name);
  }
  for (const { name, controller } of profile?.gatewayClasses ?? [])
    world.gatewayClasses.set(name, { controller, parameters: '' });
  if (profile?.routing !== undefined) addRouting(world, profile.routing);
}

const alb = 'alb.ingress.kubernetes.io/';

/** What classes and groups say that are not part of the scope, as it was read of the cluster. */
function addRouting(world: World, { exposures, classRanges = {}, classAnnotations, ingresses }: RoutingFacts): void {
  for (const name of new Set([...Object.keys(exposures), ...Object.keys(classRanges)])) {
    const exposure = exposures[name];
    world.nginxControllers.set(name, {
      ...(exposure === undefined ? {} : { isInternal: exposure === 'internal' }),
      ranges: classRanges[name] ?? [],
    });
  }
  for (const [name, words] of Object.entries(classAnnotations)) {
    const parameters = `of class ${name}`;
    world.classParameters.set(name, parameters);
    world.albParameters.set(parameters, {
      scheme: words[`${alb}scheme`] ?? '',
      ranges: (words[`${alb}inbound-cidrs`] ?? '').split(','),
      group: words[`${alb}group.name`] ?? '',
    });
  }
  for (const { annotations } of ingresses) addGroup(world, annotations);
}

/** One Ingress says for all of its group where their ALB stands, and who may connect. */
export function addGroup(world: World, annotations: Tree = {}): void {
  const name = text(annotations, `${alb}group.name`);
  if (name === '') return;
  const known = world.albGroups.get(name);
  const ranges = text(annotations, `${alb}inbound-cidrs`);
  world.albGroups.set(name, {
    scheme: text(annotations, `${alb}scheme`) || (known?.scheme ?? ''),
    ranges: ranges === '' ? (known?.ranges ?? []) : ranges.split(','),
    ports: ranges === '' ? (known?.ports ?? []) : portsOf(annotations),
  });
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
      const annotations = tree(spec, 'loadBalancerAnnotations');
      const word = text(annotations, 'service.beta.kubernetes.io/azure-load-balancer-internal');
      const name = text(spec, 'ingressClassName');
      // The Service of the controller may say it too, which only the profile knows.
      const isInternal = word === 'true' || world.nginxControllers.get(name)?.isInternal === true;
      world.nginxControllers.set(name, { isInternal, ranges: nginxRangesOf(spec) });
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
