import { list, text, tree, trees } from '../draft.ts';
import { emptyModel, type LoadBalancerModel, type Unmapped } from '../load-balancer/model.ts';
import { readLoadBalancer } from '../load-balancer/read.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import { isPlatformGatewayClass } from './classes.ts';
import type { Tree } from '../../core/json/tree.ts';

/** What a Gateway says of the load balancer it gets; absent: it does not say. */
export interface GatewayModel extends Pick<
  LoadBalancerModel,
  'exposure' | 'sourceRanges' | 'addresses' | 'opening' | 'grants' | 'unmapped'
> {
  /** Parameters that could not be read, in words: they may say who can reach it. */
  unseen?: string;
  /** Parameters were read: what of them does not travel is reported. */
  isRead?: boolean;
}

/** A Gateway by its names on the source. */
export interface GatewayObject {
  readonly namespace: string;
  readonly spec: Tree;
  /** Its own annotations. */
  readonly annotations?: Tree | undefined;
}

/**
 * Reads who may reach a Gateway. On AWS a LoadBalancerConfiguration of the Gateway or of its class says it, and without a
 * word the load balancer is internal; on Azure annotations go through the Gateway to its Service, which is public unless
 * reported; on VKS the network decides.
 */
export function readGateway(gateway: GatewayObject, translation: Translation): GatewayModel {
  const { from } = translation;
  const isPlatforms = isPlatformGatewayClass(text(gateway.spec, 'gatewayClassName'), translation);
  if (from === 'eks' && isPlatforms) return readAwsGateway(gateway, translation);
  const infrastructure = tree(gateway.spec, 'infrastructure');
  const annotations = handedOn(gateway.spec, gateway.annotations);
  const model: GatewayModel = readLoadBalancer({ metadata: { annotations }, spec: {} }, from);
  const parameters = tree(infrastructure, 'parametersRef');
  const isSaid = Object.keys(annotations).some((key) => key.endsWith('/azure-load-balancer-internal'));
  if (from === 'aks' && parameters !== undefined && !isSaid) {
    delete model.exposure;
    model.unseen = `${text(parameters, 'kind')} ${text(parameters, 'name')}`;
  }
  return model;
}

/**
 * Annotations that reach the Service of a Gateway: those of its infrastructure, and without any, Istio takes those of the
 * Gateway itself (extractInfrastructureAnnotations).
 */
export function handedOn(spec: Tree, own: Tree | undefined): Tree {
  return tree(spec, 'infrastructure', 'annotations') ?? own ?? {};
}

function readAwsGateway({ namespace, spec }: GatewayObject, { source }: Translation): GatewayModel {
  const model: GatewayModel = emptyModel();
  const own = tree(spec, 'infrastructure', 'parametersRef');
  const ofClass = source.gatewayClasses.find(({ name }) => name === text(spec, 'gatewayClassName'))?.parameters;
  const references = [
    ...(own === undefined ? [] : [{ kind: text(own, 'kind'), namespace, name: text(own, 'name') }]),
    ...(ofClass === undefined ? [] : [ofClass]),
  ];
  const known = source.loadBalancerConfigurations ?? {};
  const found = references.map((one) => {
    const key = `${one.namespace}/${one.name}`;
    return one.kind === 'LoadBalancerConfiguration' && Object.hasOwn(known, key) ? (known[key] as Tree) : undefined;
  });
  const unseen = references.filter((_, index) => found[index] === undefined);
  if (unseen.length > 0) {
    model.unseen = unseen.map(({ kind, name }) => `${kind} ${name}`).join(' and ');
    return model;
  }
  model.isRead = references.length > 0;
  readConfiguration(
    model,
    mergeConfigurations(own === undefined ? undefined : found[0], ofClass === undefined ? undefined : found.at(-1))
  );
  return model;
}

/** Of a field both have, that of the class counts, unless it leaves the choice to the Gateway. */
function mergeConfigurations(own: Tree | undefined, ofClass: Tree | undefined): Tree {
  return text(ofClass, 'mergingMode') === 'prefer-gateway' ? { ...ofClass, ...own } : { ...own, ...ofClass };
}

/** Fields that are read, or say nothing on another platform. */
const readFields: ReadonlySet<string> = new Set([
  'scheme',
  'sourceRanges',
  'securityGroups',
  'securityGroupPrefixes',
  'mergingMode',
  'loadBalancerName',
  'ipAddressType',
  'manageBackendSecurityGroupRules',
  'wafV2',
]);

function readConfiguration(model: GatewayModel, spec: Tree): void {
  model.exposure = text(spec, 'scheme') === 'internet-facing' ? 'public' : 'internal';
  model.sourceRanges.push(...list(spec, 'sourceRanges').map(String));
  const say = (to: Unmapped[], field: string, what: string): void => {
    if (list(spec, field).length > 0 || tree(spec, field) !== undefined) to.push({ key: field, what });
  };
  say(model.opening, 'securityGroups', 'the security groups that control who may connect');
  say(model.opening, 'wafV2', 'the web ACL of WAF');
  say(model.grants, 'securityGroupPrefixes', 'the prefix lists that control who may connect');
  const listeners = trees(spec, 'listenerConfigurations');
  if (listeners.some((one) => text(tree(one, 'mutualAuthentication'), 'mode') === 'verify'))
    model.opening.push({ key: 'mutualAuthentication', what: 'client certificates, verified at the load balancer' });
  const remaining = Object.keys(spec).filter((key) => !readFields.has(key));
  if (remaining.length > 0)
    model.unmapped.push({
      key: 'parametersRef',
      what: `of its LoadBalancerConfiguration: ${remaining.sort().join(', ')}`,
    });
}
