import { list, text, type Tree } from '../draft.ts';
import type { KnownPlatform } from '../translation.ts';
import { commaList, emptyModel, lost, protocolOf, type FieldReader, type LoadBalancerModel } from './model.ts';

const aws = (name: string) => new RegExp(`^service\\.beta\\.kubernetes\\.io/aws-load-balancer-${name}$`);
const azure = (name: string) => new RegExp(`^service\\.beta\\.kubernetes\\.io/azure-${name}$`);

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
  {
    key: /^service\.beta\.kubernetes\.io\/load-balancer-source-ranges$/,
    read: (model, value) => model.sourceRanges.push(...commaList(value)),
  },
  { key: aws('healthcheck-protocol'), read: ({ health }, value) => (health.protocol = protocolOf(value)) },
  {
    key: aws('healthcheck-port'),
    read: ({ health }, value) => {
      if (value !== 'traffic-port') health.port = value;
    },
  },
  { key: aws('healthcheck-path'), read: ({ health }, value) => (health.path = value) },
  { key: aws('healthcheck-interval'), read: ({ health }, value) => (health.intervalSeconds = Number(value)) },
  { key: aws('healthcheck-timeout'), read: ({ health }, value) => (health.timeoutSeconds = Number(value)) },
  { key: aws('healthcheck-healthy-threshold'), read: ({ health }, value) => (health.healthyCount = Number(value)) },
  { key: aws('healthcheck-unhealthy-threshold'), read: ({ health }, value) => (health.unhealthyCount = Number(value)) },
  { key: aws('proxy-protocol'), read: (model) => (model.proxyProtocol = true) },
  { key: aws('connection-idle-timeout'), read: (model, value) => (model.idleTimeoutSeconds = Number(value)) },
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
  // The kind of load balancer and how it reaches pods: decided anew by the target.
  {
    key: aws(
      '(?:type|nlb-target-type|backend-protocol|name|ip-address-type|manage-backend-security-group-rules|target-node-labels)'
    ),
    read: () => undefined,
  },
  lost(
    aws('(?:security-groups|extra-security-groups|inbound-sg-rules-on-private-link-traffic|disable-nlb-sg)'),
    'security groups of the load balancer'
  ),
  lost(aws('(?:access-log-.*)'), 'access logs of the load balancer'),
  lost(aws('ssl-negotiation-policy'), 'the TLS policy of the load balancer'),
  lost(aws('alpn-policy'), 'the ALPN policy'),
  lost(aws('healthcheck-success-codes'), 'the status codes of a healthy answer'),
  lost(aws('(?:additional-resource-tags)'), 'tags of the load balancer'),
  lost(aws('(?:connection-draining-.*)'), 'connection draining'),
  lost(aws('.*'), 'a setting of the AWS load balancer'),
];

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
    if (name === 'tcp.idle_timeout.seconds')
      model.idleTimeoutSeconds = Math.max(model.idleTimeoutSeconds ?? 0, Number(word));
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
    read: (model, value) => (model.exposure = value === 'true' ? 'internal' : 'public'),
  },
  { key: azure('load-balancer-internal-subnet'), read: (model, value) => model.subnets.push(value) },
  {
    key: azure('(?:load-balancer-ipv4|load-balancer-ipv6|pip-name|pip-name-IPv6|pip-prefix-id|pip-prefix-id-IPv6)'),
    read: (model, value) => model.addresses.push(value),
  },
  { key: azure('allowed-ip-ranges'), read: (model, value) => model.sourceRanges.push(...commaList(value)) },
  {
    key: azure('load-balancer-health-probe-protocol'),
    read: ({ health }, value) => (health.protocol = protocolOf(value)),
  },
  { key: azure('load-balancer-health-probe-request-path'), read: ({ health }, value) => (health.path = value) },
  {
    key: azure('load-balancer-health-probe-interval'),
    read: ({ health }, value) => (health.intervalSeconds = Number(value)),
  },
  {
    key: azure('load-balancer-health-probe-num-of-probe'),
    read: ({ health }, value) => (health.unhealthyCount = Number(value)),
  },
  { key: /^service\.beta\.kubernetes\.io\/port_[0-9]+_health-probe_/, read: readPortProbe },
  {
    key: azure('load-balancer-tcp-idle-timeout'),
    read: (model, value) => (model.idleTimeoutSeconds = Number(value) * 60),
  },
  { key: azure('dns-label-name'), read: (model, value) => (model.dnsLabel = value) },
  { key: azure('pls-proxy-protocol'), read: (model, value) => (model.proxyProtocol = value === 'true') },
  {
    key: azure(
      '(?:load-balancer-resource-group|load-balancer-mode|load-balancer-configurations|deny-all-except-load-balancer-source-ranges|disable-load-balancer-floating-ip)'
    ),
    read: () => undefined,
  },
  lost(azure('allowed-service-tags'), 'service tags that may connect'),
  lost(azure('pls-.*'), 'the Private Link Service'),
  lost(azure('additional-public-ips'), 'addresses of a cross-region load balancer'),
  lost(azure('load-balancer-disable-tcp-reset'), 'whether idle connections are reset'),
  lost(azure('load-balancer-enable-high-availability-ports'), 'high availability ports'),
  lost(/^service\.beta\.kubernetes\.io\/port_[0-9]+_no_(?:lb|probe)_rule$/, 'a port without rule or probe'),
  lost(azure('(?:pip-tags|pip-ip-tags)'), 'tags of the public address'),
  lost(azure('.*'), 'a setting of the Azure load balancer'),
];

/** Azure probes each port by itself, others the Service: the first word counts, one that differs is told. */
function readPortProbe({ health, unmapped }: LoadBalancerModel, value: string, key: string): void {
  const field = key.slice(key.lastIndexOf('_') + 1);
  const probe = health as Record<string, string | number | undefined>;
  const [name, word] =
    field === 'protocol'
      ? (['protocol', protocolOf(value)] as const)
      : field === 'port'
        ? (['port', value] as const)
        : field === 'request-path'
          ? (['path', value] as const)
          : field === 'interval'
            ? (['intervalSeconds', Number(value)] as const)
            : field === 'num-of-probe'
              ? (['unhealthyCount', Number(value)] as const)
              : [undefined, value];
  if (name === undefined) unmapped.push({ key, what: `probe setting ${field}` });
  else if (probe[name] === undefined) probe[name] = word;
  else if (probe[name] !== word) unmapped.push({ key, what: `a probe of its own for the port: ${field}` });
}

/** AKO and the paravirtual provider. `loadBalancerIP` and ranges stand in the spec. */
const vks: readonly FieldReader[] = [
  { key: /^ako\.vmware\.com\/load-balancer-ip$/, read: (model, value) => model.addresses.push(value) },
  { key: /^ako\.vmware\.com\/enable-shared-vip$/, read: (model, value) => (model.shared = value) },
  lost(/^ako\.vmware\.com\/application-profile$/, 'the application profile of Avi (timeouts, PROXY protocol)'),
  lost(/^ako\.vmware\.com\/l4rule$/, 'the L4Rule: TLS, health monitors and pool settings of Avi'),
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
  for (const range of list(spec, 'loadBalancerSourceRanges')) model.sourceRanges.push(String(range));
  if (text(spec, 'externalTrafficPolicy') === 'Local') model.preserveClientIp ??= true;
  if (model.exposure === undefined && platform !== 'vks') {
    model.exposureIsDefault = true;
    model.exposure = platform === 'aks' ? 'public' : defaultOfAws(annotations, spec);
  }
  return model;
}

/** NLBs of the controller are internal unless they say otherwise; the in-tree provider makes public ones. */
function defaultOfAws(annotations: Tree | undefined, spec: Tree | undefined): 'internal' | 'public' {
  const type = text(annotations, 'service.beta.kubernetes.io/aws-load-balancer-type');
  const byController = type === 'external' || type === 'nlb-ip' || text(spec, 'loadBalancerClass') !== '';
  return byController ? 'internal' : 'public';
}
