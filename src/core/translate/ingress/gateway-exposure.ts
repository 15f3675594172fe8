import { ensureTree, text, tree, trees, type Draft, type Tree } from '../draft.ts';
import type { Translation } from '../translation.ts';
import type { ChosenGatewayClass } from './classes.ts';

const group = 'gateway.k8s.aws';
const azure = 'service.beta.kubernetes.io/azure-load-balancer-';
/** Orders to the load balancer a Gateway gets; Istio hands `infrastructure.annotations` to its Service. */
const loadBalancerOrder = /^service\.beta\.kubernetes\.io\/(?:azure|aws)-/;

type Exposure = 'internal' | 'public';

/**
 * What a Gateway says of its exposure by itself. An ALB without parameters is internal, Gateways of Azure are public
 * unless their Service is told; undefined: parameters or the network decide, which is not seen here.
 */
export function readGatewayExposure(spec: Tree, from: Translation['from']): Exposure | undefined {
  const infrastructure = tree(spec, 'infrastructure');
  if (from === 'eks') return tree(infrastructure, 'parametersRef') === undefined ? 'internal' : undefined;
  if (from !== 'aks') return undefined;
  return text(tree(infrastructure, 'annotations'), `${azure}internal`) === 'true' ? 'internal' : 'public';
}

/** Removes what told the source's load balancer; with the parameters gone an empty `infrastructure` goes too. */
export function dropLoadBalancerOrders(draft: Draft, spec: Tree): void {
  draft.step('the load balancer of the source read it', () => {
    const infrastructure = tree(spec, 'infrastructure');
    const annotations = tree(infrastructure, 'annotations');
    if (infrastructure === undefined || annotations === undefined) return;
    for (const key of Object.keys(annotations)) if (loadBalancerOrder.test(key)) delete annotations[key];
    if (Object.keys(annotations).length === 0) delete infrastructure['annotations'];
    if (Object.keys(infrastructure).length === 0) delete spec['infrastructure'];
  });
}

/**
 * Says the exposure of a Gateway in the words of its new controller, since defaults are opposite. `metadata` names the
 * Gateway; an object it needs beside it is added to the draft.
 */
export function writeGatewayExposure(
  draft: Draft,
  gateway: { readonly name: string; readonly namespace: string; readonly spec: Tree },
  exposure: Exposure | undefined,
  chosen: ChosenGatewayClass,
  { tables, target, to }: Translation
): void {
  const { spec } = gateway;
  const wanted = exposure ?? tables.loadBalancers.defaultExposure;
  const why = exposure === undefined ? 'translation.loadBalancers.defaultExposure' : `${exposure} on the source`;
  if (to === 'eks' && chosen.isAlb && wanted === 'public') {
    if (!target.kinds.includes(`${group}/LoadBalancerConfiguration`)) {
      draft.unmapped(
        '/spec/infrastructure',
        'the Gateway is public and an ALB is internal unless told',
        'name a LoadBalancerConfiguration with scheme: internet-facing in infrastructure.parametersRef by a transform'
      );
      return;
    }
    draft.step(`${why}, and an ALB is internal unless told`, () => {
      const parametersRef = { group, kind: 'LoadBalancerConfiguration', name: gateway.name };
      Object.assign(ensureTree(spec, 'infrastructure'), { parametersRef });
    });
    draft.add('an ALB is internal unless told', {
      apiVersion: `${group}/v1beta1`,
      kind: 'LoadBalancerConfiguration',
      metadata: { name: gateway.name, namespace: gateway.namespace },
      spec: { scheme: 'internet-facing' },
    });
  }
  if (to === 'aks' && wanted === 'internal') {
    if (chosen.isAgc) {
      draft.unmapped(
        '/spec/gatewayClassName',
        'the Gateway is internal, and Application Gateway for Containers is public only',
        'map the class to one of Istio in translation.ingress.classes'
      );
      return;
    }
    const subnet = tables.loadBalancers.subnets[0];
    draft.step(`internal: ${why}, and a Gateway of AKS is public unless told`, () =>
      Object.assign(ensureTree(ensureTree(spec, 'infrastructure'), 'annotations'), {
        [`${azure}internal`]: 'true',
        ...(subnet === undefined ? {} : { [`${azure}internal-subnet`]: subnet }),
      })
    );
  }
  if (to === 'vks' && exposure !== undefined && trees(spec, 'listeners').length > 0)
    draft.manual(
      '/spec/gatewayClassName',
      `the Gateway was ${exposure}; on VKS the network of its controller decides`,
      'check the network of the gateway controller'
    );
}
