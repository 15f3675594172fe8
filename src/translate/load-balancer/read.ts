import { list, text, trees } from '../draft.ts';
import type { KnownPlatform } from '../../core/profile/cluster-profile.ts';
import {
  commaList,
  emptyModel,
  lost,
  opening,
  protocolOf,
  whole,
  type FieldReader,
  type LoadBalancerModel,
} from './model.ts';
import { readAzureProbes } from './read-azure-probes.ts';
import type { Tree } from '../../core/json/tree.ts';

const aws = (name: string) => new RegExp(`^service\\.beta\\.kubernetes\\.io/aws-load-balancer-${name}$`);
const azure = (name: string) => new RegExp(`^service\\.beta\\.kubernetes\\.io/azure-${name}$`);
/** The annotation Kubernetes had before the field; providers of clouds still read it. */
const ranges: FieldReader = {
  key: /^service\.beta\.kubernetes\.io\/load-balancer-source-ranges$/,
  read: (model, value) => model.sourceRanges.push(...commaList(value)),
};

/** AWS: LBC and in-tree annotations of Services (kubernetes-sigs/aws-load-balancer-controller docs/guide/service). */
const eks: readonly FieldReader[] = [
  {
    key: aws('scheme'),
    read: (model, value) => (model.exposure = value === 'internet-facing' ? 'public' : 'internal'),
  },
  { key: aws('internal'), read: (model, value) => (model.exposure = value === 'false' ? 'public' : 'internal') },
  { key: aws('eip-allocations'), read: (model, value) => model.addresses.push(...commaList(value)) },
  { key: aws('private-ipv4-addresses'), read: (model, value) => model.addresses.push(...commaList(value)) },
  { key: aws('ipv6-addresses'), read: (model, value) => model.addresses.push(...commaList(value)) },
  { key: aws('subnets'), read: (model, value) => model.subnets.push(...commaList(value)) },
  ranges,
  { key: aws('healthcheck-protocol'), read: ({ health }, value) => (health.protocol = protocolOf(value)) },
  // Whose port it is depends on the targets: see `readAwsProbePort`.
  { key: aws('healthcheck-port'), read: () => undefined },
  { key: aws('healthcheck-path'), read: ({ health }, value) => (health.path = value) },
  { key: aws('healthcheck-interval'), read: count('intervalSeconds') },
  { key: aws('healthcheck-timeout'), read: count('timeoutSeconds') },
  { key: aws('healthcheck-healthy-threshold'), read: count('healthyCount') },
  { key: aws('healthcheck-unhealthy-threshold'), read: count('unhealthyCount') },
  { key: aws('proxy-protocol'), read: (model) => (model.proxyProtocol = true) },
  { key: aws('connection-idle-timeout'), read: (model, value) => setIdle(model, whole(value)) },
  { key: aws('listener-attributes\\..*'), read: readListenerAttributes },
  { key: aws('target-group-attributes'), read: readTargetGroup },
  { key: aws('attributes'), read: readAttributes },
  { key: aws('cross-zone-load-balancing-enabled'), read: (model, value) => (model.crossZone = value === 'true') },
  {
    key: aws('ssl-cert'),
    read: (model, value) => (model.certificate = { name: value, ports: model.certificate?.ports ?? [] }),
  },
  {
    key: aws('ssl-ports'),
    read: (model, value) => (model.certificate = { name: model.certificate?.name ?? '', ports: commaList(value) }),
  },
  { key: aws('backend-protocol'), read: (model, value) => (model.backendTls = /^(?:ssl|https)$/i.test(value)) },
  // The kind of load balancer and how it reaches pods: decided anew by the target.
  {
    key: aws(
      '(?:type|nlb-target-type|name|ip-address-type|manage-backend-security-group-rules|target-node-labels|enable-tcp-udp-listener)'
    ),
    read: () => undefined,
  },
  opening(aws('security-groups'), 'the security groups that control who may connect'),
  {
    key: aws('security-group-prefix-lists'),
    read: (model, _value, key) => model.grants.push({ key, what: 'the prefix lists that control who may connect' }),
  },
  lost(
    aws('(?:extra-security-groups|inbound-sg-rules-on-private-link-traffic|disable-nlb-sg)'),
    'security groups of the load balancer'
  ),
  lost(aws('proxy-protocol-per-target-group'), 'PROXY protocol for some of the ports'),
  lost(aws('target-group-attributes\\.[0-9]+'), 'target group attributes of one port'),
  lost(/^service\.beta\.kubernetes\.io\/actions\./, 'the traffic share of other Services on a listener'),
  lost(aws('(?:access-log-.*)'), 'access logs of the load balancer'),
  lost(aws('ssl-negotiation-policy'), 'the TLS policy of the load balancer'),
  lost(aws('alpn-policy'), 'the ALPN policy'),
  lost(aws('healthcheck-success-codes'), 'the status codes of a healthy response'),
  lost(aws('(?:additional-resource-tags)'), 'tags of the load balancer'),
  lost(aws('(?:connection-draining-.*)'), 'connection draining'),
  lost(aws('.*'), 'a setting of the AWS load balancer'),
];

/** Of several listeners the longest counts. */
function setIdle(model: LoadBalancerModel, seconds: number | undefined): void {
  if (seconds !== undefined) model.idleTimeoutSeconds = Math.max(model.idleTimeoutSeconds ?? 0, seconds);
}

function count(
  field: 'intervalSeconds' | 'timeoutSeconds' | 'healthyCount' | 'unhealthyCount'
): (model: LoadBalancerModel, value: string) => void {
  return ({ health }, value) => {
    const number = whole(value);
    if (number !== undefined) health[field] = number;
  };
}

/** Attributes say themselves what they are; only those another platform knows are taken along. */
function readTargetGroup(model: LoadBalancerModel, value: string, key: string): void {
  for (const [name, word] of attributesOf(value)) {
    if (name === 'preserve_client_ip.enabled') model.preserveClientIp = word === 'true';
    else if (name === 'proxy_protocol_v2.enabled') model.proxyProtocol = word === 'true';
    else model.unmapped.push({ key, what: `target group attribute ${name}` });
  }
}

function readListenerAttributes(model: LoadBalancerModel, value: string, key: string): void {
  for (const [name, word] of attributesOf(value)) {
    if (name === 'tcp.idle_timeout.seconds') setIdle(model, whole(word));
    else model.unmapped.push({ key, what: `listener attribute ${name}` });
  }
}

function readAttributes(model: LoadBalancerModel, value: string, key: string): void {
  for (const [name, word] of attributesOf(value)) {
    if (name === 'load_balancing.cross_zone.enabled') model.crossZone = word === 'true';
    else model.unmapped.push({ key, what: `load balancer attribute ${name}` });
  }
}

function attributesOf(value: string): readonly (readonly [string, string])[] {
  return commaList(value).map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? ''] as const);
}

/** Azure (kubernetes-sigs/cloud-provider-azure pkg/consts/consts.go). */
const aks: readonly FieldReader[] = [
  {
    key: azure('load-balancer-internal'),
    read: (model, value) => (model.exposure = value.toLowerCase() === 'true' ? 'internal' : 'public'),
  },
  { key: azure('load-balancer-internal-subnet'), read: (model, value) => model.subnets.push(value) },
  {
    key: azure(
      '(?:load-balancer-ipv4|load-balancer-ipv6|pip-name|pip-name-ipv6|pip-name-IPv6|pip-prefix-id|pip-prefix-id-ipv6|pip-prefix-id-IPv6)'
    ),
    read: (model, value) => model.addresses.push(value),
  },
  { key: azure('allowed-ip-ranges'), read: (model, value) => model.sourceRanges.push(...commaList(value)) },
  ranges,
  // Read as a whole, since ports, `appProtocol` and the Service overrule each other: see `readAzureProbes`.
  { key: azure('load-balancer-health-probe-(?:protocol|request-path|interval|num-of-probe)'), read: () => undefined },
  { key: /^service\.beta\.kubernetes\.io\/port_[0-9]+_health-probe_/, read: () => undefined },
  {
    key: azure('load-balancer-tcp-idle-timeout'),
    read: (model, value) => setIdle(model, (whole(value) ?? NaN) * 60 || undefined),
  },
  { key: azure('dns-label-name'), read: (model, value) => (model.dnsLabel = value) },
  { key: azure('pls-proxy-protocol'), read: (model, value) => (model.proxyProtocol = value === 'true') },
  {
    key: azure(
      '(?:load-balancer-resource-group|load-balancer-mode|load-balancer-configurations|deny-all-except-load-balancer-source-ranges|disable-load-balancer-floating-ip)'
    ),
    read: () => undefined,
  },
  {
    key: azure('allowed-service-tags'),
    // The tag Internet is everybody.
    read: (model, value, key) => {
      if (!commaList(value).includes('Internet'))
        model.grants.push({ key, what: 'the service tags that say who may connect' });
    },
  },
  {
    key: azure('disable-load-balancer-nsg-rule'),
    read: (model, value, key) => {
      if (value.toLowerCase() === 'true')
        model.opening.push({ key, what: 'manually maintained rules of the network security group' });
    },
  },
  lost(azure('pls-.*'), 'the Private Link Service'),
  lost(azure('additional-public-ips'), 'addresses of a cross-region load balancer'),
  lost(azure('load-balancer-disable-tcp-reset'), 'whether idle connections are reset'),
  lost(azure('load-balancer-enable-high-availability-ports'), 'high availability ports'),
  {
    key: /^service\.beta\.kubernetes\.io\/port_[0-9]+_no_lb_rule$/,
    read: (model, value, key) => {
      if (value === 'true') model.opening.push({ key, what: 'a port that the load balancer does not serve' });
    },
  },
  lost(/^service\.beta\.kubernetes\.io\/port_[0-9]+_no_probe_rule$/, 'a port without a probe'),
  lost(azure('(?:pip-tags|pip-ip-tags)'), 'tags of the public address'),
  lost(azure('.*'), 'a setting of the Azure load balancer'),
];

/** AKO and the paravirtual provider. `loadBalancerIP` and ranges stand in the spec. */
const vks: readonly FieldReader[] = [
  { key: /^ako\.vmware\.com\/load-balancer-ip$/, read: (model, value) => model.addresses.push(value) },
  { key: /^ako\.vmware\.com\/enable-shared-vip$/, read: (model, value) => (model.shared = value) },
  lost(/^ako\.vmware\.com\/application-profile$/, 'the application profile of Avi (timeouts, PROXY protocol)'),
  ranges,
  opening(/^ako\.vmware\.com\/l4rule$/, 'the L4Rule, which may terminate TLS and control who may connect'),
  lost(/^aviinfrasetting\.ako\.vmware\.com\/name$/, 'the AviInfraSetting: network, service engine group, exposure'),
  { key: /^ako\.vmware\.com\/(?:host-fqdn-vs-uuid-map|vs-uuid|controller-cluster-uuid)$/, read: () => undefined },
  { key: /^skipnodeport\.ako\.vmware\.com\/enabled$/, read: () => undefined },
  { key: /^loadbalancer\.vmware\.io\/class$/, read: () => undefined },
  {
    key: /^(?:ako|[a-z0-9]+\.ako)\.vmware\.com\//,
    read: (model, _value, key) => model.unmapped.push({ key, what: 'a setting of the Avi load balancer' }),
  },
];

const readers: Readonly<Record<KnownPlatform, readonly FieldReader[]>> = { vks, eks, aks };

/** Reads what a Service says to the load balancer of its platform. */
export function readLoadBalancer(root: Tree, platform: KnownPlatform): LoadBalancerModel {
  const model = emptyModel();
  const spec = root['spec'] as Tree | undefined;
  const annotations = (root['metadata'] as Tree | undefined)?.['annotations'] as Tree | undefined;
  for (const key of Object.keys(annotations ?? {}).sort()) {
    const reader = readers[platform].find((candidate) => candidate.key.test(key));
    if (reader === undefined) continue;
    reader.read(model, text(annotations, key), key);
    model.read.add(key);
  }
  const address = text(spec, 'loadBalancerIP');
  if (address !== '') model.addresses.push(address);
  readRanges(model, spec, platform);
  if (platform === 'aks') {
    readAzureProbes(model, root);
    keepServedPorts(model, spec);
  }
  if (platform === 'eks') readAwsProbePort(model, annotations, spec);
  if (text(spec, 'externalTrafficPolicy') === 'Local') model.preserveClientIp ??= true;
  if (model.exposure === undefined && platform !== 'vks') {
    model.exposureIsDefault = true;
    model.exposure = platform === 'aks' ? 'public' : defaultOfAws(annotations, spec);
  }
  return model;
}

/** A port that is not served matters only where the Service has it. */
function keepServedPorts(model: LoadBalancerModel, spec: Tree | undefined): void {
  const keys = trees(spec, 'ports').map((port) => `/port_${String(port['port'])}_no_lb_rule`);
  const kept = model.opening.filter(({ key }) => !key.endsWith('_no_lb_rule') || keys.some((one) => key.endsWith(one)));
  model.opening.splice(0, model.opening.length, ...kept);
}

/** The AWS controller reads the annotation only where the field is empty; the others take both. */
function readRanges(model: LoadBalancerModel, spec: Tree | undefined, platform: KnownPlatform): void {
  const named = list(spec, 'loadBalancerSourceRanges').map(String);
  if (named.length > 0 && platform === 'eks') model.sourceRanges.length = 0;
  model.sourceRanges.push(...named);
}

/** A number is a port of the target: of the pod, where targets are addresses of pods, else of the node. */
function readAwsProbePort({ health }: LoadBalancerModel, annotations: Tree | undefined, spec: Tree | undefined): void {
  const key = 'service.beta.kubernetes.io/aws-load-balancer-';
  const value = text(annotations, `${key}healthcheck-port`);
  if (value === '' || value === 'traffic-port') return;
  const number = whole(value);
  const byAddress =
    text(annotations, `${key}nlb-target-type`) === 'ip' ||
    text(annotations, `${key}type`) === 'nlb-ip' ||
    text(spec, 'loadBalancerClass') === 'eks.amazonaws.com/nlb';
  health.port =
    number === undefined ? { of: 'service', port: value } : { of: byAddress ? 'pod' : 'node', port: number };
}

/** NLBs of the controller are internal unless they say otherwise; the in-tree provider makes public ones. */
function defaultOfAws(annotations: Tree | undefined, spec: Tree | undefined): 'internal' | 'public' {
  const type = text(annotations, 'service.beta.kubernetes.io/aws-load-balancer-type');
  const byController = type === 'external' || type === 'nlb-ip' || text(spec, 'loadBalancerClass') !== '';
  return byController ? 'internal' : 'public';
}
