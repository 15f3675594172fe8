import { ensureTree, tree, trees, type Draft } from '../draft.ts';
import { isIp } from '../load-balancer/write-common.ts';
import { versionServed, type KnownPlatform, type Translation } from '../../core/profile/cluster-profile.ts';
import type { ChosenGatewayClass } from './classes.ts';
import { prune } from '../labels.ts';
import { handedOn, type GatewayModel } from './read-gateway.ts';
import type { Tree } from '../../core/json/tree.ts';

const group = 'gateway.k8s.aws';
const kind = 'LoadBalancerConfiguration';
const azure = 'service.beta.kubernetes.io/azure-';
const aws = 'service.beta.kubernetes.io/aws-load-balancer-';
/** Orders to the load balancer a Gateway gets; Istio hands `infrastructure.annotations` to its Service. */
const loadBalancerOrder =
  /^service\.beta\.kubernetes\.io\/(?:azure-|aws-|port_|load-balancer-source-ranges$)|^(?:aviinfrasetting\.)?ako\.vmware\.com\//;
const keepOut = 'restrict access in another way on the target, and waive this finding';

/** A Gateway as it is made on the target, and what the source said of its load balancer. */
export interface ExposedGateway {
  readonly name: string;
  readonly namespace: string;
  readonly spec: Tree;
  readonly chosen: ChosenGatewayClass;
  readonly exposure: Partial<GatewayModel>;
}

/** The same by platform, but for the annotation that all of them read. */
const ordersOf: Readonly<Record<KnownPlatform, RegExp>> = {
  vks: /^(?:aviinfrasetting\.)?ako\.vmware\.com\//,
  eks: /^service\.beta\.kubernetes\.io\/aws-/,
  aks: /^service\.beta\.kubernetes\.io\/(?:azure-|port_)/,
};

/** Whether annotations of a Gateway configure the load balancer of its platform, whoever its controller is. */
export function hasLoadBalancerOrders(spec: Tree, own: Tree | undefined, from: KnownPlatform): boolean {
  return Object.keys(handedOn(spec, own)).some((key) => ordersOf[from].test(key));
}

/** Removes what configured the source's load balancer; with the parameters gone an empty `infrastructure` goes too. */
export function dropLoadBalancerOrders(draft: Draft, spec: Tree): void {
  draft.step('the load balancer of the source read it', (root) => {
    prune(tree(root, 'metadata'), 'annotations', (key) => loadBalancerOrder.test(key));
    const infrastructure = tree(spec, 'infrastructure');
    const annotations = tree(infrastructure, 'annotations');
    if (infrastructure === undefined || annotations === undefined) return;
    for (const key of Object.keys(annotations)) if (loadBalancerOrder.test(key)) delete annotations[key];
    if (Object.keys(annotations).length === 0) delete infrastructure['annotations'];
    if (Object.keys(infrastructure).length === 0) delete spec['infrastructure'];
  });
}

/**
 * Says who may reach a Gateway in the words of its new controller, since defaults are opposite. An object it needs beside
 * it is added to the draft; what the controller has no word for stops the run where it kept connections out.
 */
export function writeGatewayExposure(draft: Draft, gateway: ExposedGateway, translation: Translation): void {
  const { exposure, unseen, sourceRanges = [] } = gateway.exposure;
  const wanted = exposure ?? translation.tables.loadBalancers.defaultExposure;
  if (unseen !== undefined)
    draft.unmapped(
      '/spec/infrastructure/parametersRef',
      `${unseen} could not be read, and may restrict who can reach the Gateway; it becomes ${wanted}`,
      {
        remedy: 'allow this user to read it, or set with a transform who may reach the Gateway, and waive this finding',
        severity: wanted === 'public' ? 'blocker' : 'warning',
      }
    );
  const why = exposure === undefined ? 'translation.loadBalancers.defaultExposure' : `${exposure} on the source`;
  if (translation.to === 'eks') writeAws(draft, gateway, { wanted, why, translation });
  else if (translation.to === 'aks') writeAzure(draft, gateway, { wanted, why, translation });
  else if (trees(gateway.spec, 'listeners').length > 0) {
    if (exposure !== undefined)
      draft.manual(
        '/spec/gatewayClassName',
        `the Gateway was ${exposure}; on VKS the network of its controller decides`,
        'check the network of the gateway controller'
      );
    if (sourceRanges.length > 0)
      draft.opens(
        '/spec/infrastructure',
        `only ${sourceRanges.join(', ')} may connect, and a Gateway on VKS cannot express it`,
        keepOut
      );
  }
}

interface Wanted {
  readonly wanted: 'internal' | 'public';
  readonly why: string;
  readonly translation: Translation;
}

/** The scheme and the ranges of an ALB or NLB, in a LoadBalancerConfiguration of the Gateway. */
function writeAws(draft: Draft, gateway: ExposedGateway, { wanted, why, translation }: Wanted): void {
  const { chosen } = gateway;
  const { sourceRanges = [] } = gateway.exposure;
  const { target } = translation;
  if (!chosen.isAws) {
    writeAwsService(draft, gateway, { wanted, why, translation });
    return;
  }
  if (wanted === 'internal' && sourceRanges.length === 0) return;
  const version = versionServed(target, { group, kind, otherwise: 'v1beta1' });
  if (version === undefined) {
    if (wanted === 'public')
      draft.unmapped('/spec/infrastructure', 'the Gateway is public, and an ALB is internal by default', {
        remedy:
          'set infrastructure.parametersRef to a LoadBalancerConfiguration with scheme: internet-facing with a transform',
      });
    if (sourceRanges.length > 0)
      reportRanges(draft, sourceRanges, 'a target that does not serve LoadBalancerConfiguration');
    return;
  }
  const scheme = wanted === 'public' ? 'internet-facing' : 'internal';
  draft.step(`${why}, and an ALB is internal by default`, () => {
    const parametersRef = { group, kind, name: gateway.name };
    Object.assign(ensureTree(gateway.spec, 'infrastructure'), { parametersRef });
  });
  draft.add(sourceRanges.length > 0 ? 'who may reach the Gateway' : 'an ALB is internal by default', {
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name: gateway.name, namespace: gateway.namespace },
    spec: { scheme, ...(sourceRanges.length === 0 ? {} : { sourceRanges: [...sourceRanges] }) },
  });
  reportClassConfiguration(draft, chosen, translation);
}

/** Another controller hands annotations on to the Service of the Gateway, which gets an NLB. */
function writeAwsService(draft: Draft, { spec, exposure }: ExposedGateway, { wanted, why }: Wanted): void {
  const ranges = exposure.sourceRanges ?? [];
  draft.step(`${wanted}: ${why}, expressed on the Service of the Gateway`, () =>
    Object.assign(ensureTree(ensureTree(spec, 'infrastructure'), 'annotations'), {
      [`${aws}type`]: 'external',
      [`${aws}nlb-target-type`]: 'ip',
      [`${aws}scheme`]: wanted === 'public' ? 'internet-facing' : 'internal',
      ...(ranges.length === 0
        ? {}
        : {
            [`${aws}target-group-attributes`]: 'preserve_client_ip.enabled=true',
            'service.beta.kubernetes.io/load-balancer-source-ranges': [...new Set(ranges)].join(','),
          }),
    })
  );
}

/** A configuration of the class is stronger than that of the Gateway, unless it says otherwise. */
function reportClassConfiguration(draft: Draft, { name }: ChosenGatewayClass, { target }: Translation): void {
  const reference = target.gatewayClasses.find((one) => one.name === name)?.parameters;
  if (reference === undefined) return;
  const key = `${reference.namespace}/${reference.name}`;
  const spec = target.loadBalancerConfigurations?.[key];
  if (spec?.['mergingMode'] === 'prefer-gateway') return;
  if (spec !== undefined && spec['scheme'] === undefined && spec['sourceRanges'] === undefined) return;
  draft.unmapped(
    '/spec/gatewayClassName',
    `${reference.kind} ${key} of the class ${name} may override who can reach the Gateway`,
    { remedy: 'set mergingMode: prefer-gateway there, or choose another class in translation.ingress.classes' }
  );
}

function reportRanges(draft: Draft, ranges: readonly string[], whose: string): void {
  draft.opens('/spec/infrastructure', `only ${ranges.join(', ')} may connect, and ${whose} cannot express it`, keepOut);
}

/** Annotations that Istio hands on to the Service of the Gateway. */
function writeAzure(draft: Draft, gateway: ExposedGateway, { wanted, why, translation }: Wanted): void {
  const { chosen } = gateway;
  const { sourceRanges = [], addresses = [] } = gateway.exposure;
  const { tables } = translation;
  if (chosen.isAgc) {
    if (wanted === 'internal')
      draft.unmapped(
        '/spec/gatewayClassName',
        'the Gateway is internal, and Application Gateway for Containers is public only',
        { remedy: 'map the class to one of Istio in translation.ingress.classes' }
      );
    if (sourceRanges.length > 0) reportRanges(draft, sourceRanges, 'Application Gateway for Containers');
    return;
  }
  const annotate = (reason: string, values: Readonly<Record<string, string>>): void =>
    draft.step(reason, () =>
      Object.assign(ensureTree(ensureTree(gateway.spec, 'infrastructure'), 'annotations'), values)
    );
  const subnet = tables.loadBalancers.subnets[0];
  if (wanted === 'internal')
    annotate(`internal: ${why}, and a Gateway on AKS is public by default`, {
      [`${azure}load-balancer-internal`]: 'true',
      ...(subnet === undefined ? {} : { [`${azure}load-balancer-internal-subnet`]: subnet }),
    });
  if (sourceRanges.length > 0)
    annotate('who may connect', { [`${azure}allowed-ip-ranges`]: [...new Set(sourceRanges)].join(',') });
  for (const word of addresses.flatMap((address) => tables.loadBalancers.addresses[address] ?? []))
    if (word !== '')
      annotate('translation.loadBalancers.addresses', {
        [`${azure}${isIp(word) ? 'load-balancer-ipv4' : 'pip-name'}`]: word,
      });
}
