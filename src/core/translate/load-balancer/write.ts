import { ensureTree, text, trees, type Draft, type Tree } from '../draft.ts';
import type { KnownPlatform, Translation } from '../translation.ts';
import type { LoadBalancerModel } from './model.ts';

const aws = 'service.beta.kubernetes.io/aws-load-balancer-';
const azure = 'service.beta.kubernetes.io/azure-';

type Write = (draft: Draft, model: LoadBalancerModel, translation: Translation) => void;

/** Says a model in the words of a platform; what it has no word for becomes a loss. */
export const writeLoadBalancer: Readonly<Record<KnownPlatform, Write>> = {
  vks: writeVks,
  eks: writeEks,
  aks: writeAks,
};

/** Sets annotations in one step with one reason. */
function annotate(draft: Draft, reason: string, values: Readonly<Record<string, string>>): void {
  draft.step(reason, (root) => Object.assign(ensureTree(ensureTree(root, 'metadata'), 'annotations'), values));
}

function specOf(draft: Draft): Tree {
  return ensureTree(draft.root, 'spec');
}

/** The Service's own word; what its new address says; the default of the source; the default of the file. */
function exposureOf(
  model: LoadBalancerModel,
  { tables, from }: Translation,
  hasPublicAddress: boolean
): { readonly value: 'internal' | 'public'; readonly reason: string } {
  const { exposure, exposureIsDefault } = model;
  if (exposure !== undefined) {
    const whose = exposureIsDefault === true ? `the default of ${from.toUpperCase()}` : 'the Service says so';
    return { value: exposure, reason: `${exposure}: ${whose}, and defaults of clouds are opposite` };
  }
  if (hasPublicAddress) return { value: 'public', reason: 'public: its address on the target is a public one' };
  const value = tables.loadBalancers.defaultExposure;
  return {
    value,
    reason: `${value}: translation.loadBalancers.defaultExposure, since on VKS the network decides and not the Service`,
  };
}

/** Addresses that have a word in the table; the others are told. */
function mapAddresses(draft: Draft, model: LoadBalancerModel, { tables, from }: Translation): readonly string[] {
  const table = tables.loadBalancers.addresses;
  const words = model.shared === undefined ? model.addresses : [...model.addresses, model.shared];
  const mapped = words
    .flatMap((word) => (Object.hasOwn(table, word) ? [table[word] ?? ''] : []))
    .filter((word) => word !== '');
  const isShared = model.shared !== undefined && (table[model.shared] ?? '') !== '';
  const missing = isShared ? [] : model.addresses.filter((address) => !Object.hasOwn(table, address));
  if (missing.length > 0) {
    draft.unmapped(
      '/spec',
      `address ${missing.join(', ')} of ${from.toUpperCase()} cannot move; the target gives a new one`,
      'reserve one, write it to translation.loadBalancers.addresses, and tell whoever lists it (DNS, allow-lists)'
    );
  }
  return [...new Set(mapped)];
}

function writeEks(draft: Draft, model: LoadBalancerModel, translation: Translation): void {
  const { tables, target } = translation;
  const addresses = mapAddresses(draft, model, translation);
  const allocations = addresses.filter((word) => word.startsWith('eipalloc-'));
  const privates = addresses.filter((word) => !word.startsWith('eipalloc-'));
  const { value, reason } = exposureOf(model, translation, allocations.length > 0);
  const loadBalancerClass =
    tables.loadBalancers.class ?? (target.autoMode ? 'eks.amazonaws.com/nlb' : 'service.k8s.aws/nlb');
  draft.step(
    'the class says which controller makes it; it cannot be changed later',
    () => (specOf(draft)['loadBalancerClass'] = loadBalancerClass)
  );
  annotate(draft, reason, { [`${aws}scheme`]: value === 'public' ? 'internet-facing' : 'internal' });
  annotate(draft, 'pods are reached by their addresses', { [`${aws}nlb-target-type`]: 'ip' });
  const fitting = value === 'public' ? allocations : privates;
  if (fitting.length < addresses.length) {
    draft.unmapped(
      '/spec',
      `the load balancer is ${value} and translation.loadBalancers.addresses gives ${value === 'public' ? 'private addresses' : 'EIP allocations'}`,
      value === 'public' ? 'write EIP allocations (eipalloc-…)' : 'write private addresses of its subnets'
    );
  }
  const key = value === 'public' ? 'eip-allocations' : 'private-ipv4-addresses';
  if (fitting.length > 0) {
    annotate(draft, 'translation.loadBalancers.addresses', { [`${aws}${key}`]: fitting.join(',') });
  }
  if (tables.loadBalancers.subnets.length > 0 && value === 'internal') {
    annotate(draft, 'translation.loadBalancers.subnets', {
      [`${aws}subnets`]: tables.loadBalancers.subnets.join(','),
    });
  }
  writeEksHealth(draft, model);
  writeEksRest(draft, model, translation);
}

function writeEksHealth(draft: Draft, { health }: LoadBalancerModel): void {
  const values: Record<string, string> = {};
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) values[`${aws}healthcheck-${name}`] = String(value);
  };
  set('protocol', health.protocol);
  set('port', health.port);
  if (health.protocol !== 'TCP') set('path', health.path);
  set(
    'interval',
    health.intervalSeconds === undefined
      ? undefined
      : clamp(draft, health.intervalSeconds, 5, 300, 'interval of the health check')
  );
  set('timeout', health.timeoutSeconds);
  set('healthy-threshold', health.healthyCount);
  set(
    'unhealthy-threshold',
    health.unhealthyCount === undefined
      ? undefined
      : clamp(draft, health.unhealthyCount, 2, 10, 'count of failed checks')
  );
  if (Object.keys(values).length > 0) annotate(draft, 'the health check, field by field', values);
}

function writeEksRest(draft: Draft, model: LoadBalancerModel, { tables }: Translation): void {
  const attributes: string[] = [];
  if (model.preserveClientIp === true) attributes.push('preserve_client_ip.enabled=true');
  if (attributes.length > 0)
    annotate(draft, 'targets by address do not see the client otherwise', {
      [`${aws}target-group-attributes`]: attributes.join(','),
    });
  if (model.proxyProtocol === true) annotate(draft, 'PROXY protocol', { [`${aws}proxy-protocol`]: '*' });
  if (model.crossZone !== undefined)
    annotate(draft, 'balancing over zones', {
      [`${aws}attributes`]: `load_balancing.cross_zone.enabled=${model.crossZone}`,
    });
  if (model.idleTimeoutSeconds !== undefined) {
    const seconds = clamp(draft, model.idleTimeoutSeconds, 60, 6000, 'idle timeout in seconds');
    const listeners = trees(draft.root['spec'], 'ports').filter((port) => (text(port, 'protocol') || 'TCP') === 'TCP');
    const values = listeners.map((port) => [
      `${aws}listener-attributes.TCP-${String(port['port'])}`,
      `tcp.idle_timeout.seconds=${seconds}`,
    ]);
    annotate(
      draft,
      'the idle timeout, in seconds on each TCP listener',
      Object.fromEntries(values) as Record<string, string>
    );
  }
  if (model.certificate !== undefined) {
    const { name, ports } = model.certificate;
    const word = Object.hasOwn(tables.certificates, name) ? tables.certificates[name] : undefined;
    if (word === undefined)
      draft.unmapped(
        '/metadata/annotations',
        'TLS at the load balancer needs a certificate of the target',
        `write ${name}: arn:aws:acm:… to translation.certificates`
      );
    else
      annotate(draft, 'translation.certificates', {
        [`${aws}ssl-cert`]: word,
        ...(ports.length > 0 ? { [`${aws}ssl-ports`]: ports.join(',') } : {}),
      });
  }
  if (model.shared !== undefined)
    draft.loss(
      '/metadata/annotations',
      `Services that shared the address ${model.shared} get a load balancer each`,
      'put them into one Service or behind one Gateway'
    );
  if (model.dnsLabel !== undefined)
    draft.loss(
      '/metadata/annotations',
      `the name ${model.dnsLabel}.… that Azure gave to the address`,
      'point clients to a name of your own'
    );
}

function writeAks(draft: Draft, model: LoadBalancerModel, translation: Translation): void {
  const { tables } = translation;
  const addresses = mapAddresses(draft, model, translation);
  const hasPublicName = addresses.some((address) => !isIp(address));
  const { value, reason } = exposureOf(model, translation, hasPublicName);
  if (tables.loadBalancers.class !== undefined) {
    draft.step(
      'translation.loadBalancers.class',
      () => (specOf(draft)['loadBalancerClass'] = tables.loadBalancers.class)
    );
  }
  if (value === 'internal') annotate(draft, reason, { [`${azure}load-balancer-internal`]: 'true' });
  const [subnet] = tables.loadBalancers.subnets;
  if (value === 'internal' && subnet !== undefined)
    annotate(draft, 'translation.loadBalancers.subnets', { [`${azure}load-balancer-internal-subnet`]: subnet });
  for (const address of addresses) {
    const name = isIp(address) ? (address.includes(':') ? 'load-balancer-ipv6' : 'load-balancer-ipv4') : 'pip-name';
    annotate(draft, 'translation.loadBalancers.addresses', { [`${azure}${name}`]: address });
  }
  if (model.shared !== undefined && addresses.length === 0) {
    draft.unmapped(
      '/metadata/annotations',
      `Services share the address ${model.shared}; on Azure they do by naming the same one`,
      `reserve an address and write ${model.shared}: … to translation.loadBalancers.addresses`
    );
  }
  writeAksHealth(draft, model);
  tellClientAddresses(draft, model);
  if (model.idleTimeoutSeconds !== undefined) {
    const minutes = clamp(draft, Math.ceil(model.idleTimeoutSeconds / 60), 4, 30, 'idle timeout in minutes');
    annotate(draft, 'the idle timeout, in minutes', { [`${azure}load-balancer-tcp-idle-timeout`]: String(minutes) });
  }
  if (model.proxyProtocol === true)
    draft.loss(
      '/metadata/annotations',
      'PROXY protocol: Azure speaks it only through a Private Link Service; pods that expect the header refuse connections',
      'switch it off in the application, and set externalTrafficPolicy: Local to see clients'
    );
  if (model.certificate !== undefined)
    draft.loss(
      '/metadata/annotations',
      'TLS at the load balancer: Azure’s passes it through',
      'end TLS in the application, an Ingress or a Gateway'
    );
}

/** Targets by address saw clients; behind node ports they do so only with the policy Local. */
function tellClientAddresses(draft: Draft, { preserveClientIp }: LoadBalancerModel): void {
  if (preserveClientIp !== true || text(draft.root['spec'], 'externalTrafficPolicy') === 'Local') return;
  draft.loss(
    '/spec/externalTrafficPolicy',
    'pods no longer see the addresses of clients',
    'set externalTrafficPolicy: Local by a transform'
  );
}

function writeAksHealth(draft: Draft, { health }: LoadBalancerModel): void {
  const values: Record<string, string> = {};
  if (health.protocol !== undefined)
    values[`${azure}load-balancer-health-probe-protocol`] = health.protocol.toLowerCase();
  if (health.path !== undefined && health.protocol !== 'TCP')
    values[`${azure}load-balancer-health-probe-request-path`] = health.path;
  if (health.intervalSeconds !== undefined)
    values[`${azure}load-balancer-health-probe-interval`] = String(Math.max(5, health.intervalSeconds));
  if (health.unhealthyCount !== undefined)
    values[`${azure}load-balancer-health-probe-num-of-probe`] = String(health.unhealthyCount);
  if (health.port !== undefined) {
    for (const port of trees(draft.root['spec'], 'ports'))
      values[`service.beta.kubernetes.io/port_${String(port['port'])}_health-probe_port`] = health.port;
  }
  if (health.timeoutSeconds !== undefined)
    draft.loss('/metadata/annotations', 'Azure probes have no timeout of their own', 'check the interval');
  if (health.healthyCount !== undefined)
    draft.loss('/metadata/annotations', 'Azure takes a target back after one good probe');
  if (Object.keys(values).length > 0) annotate(draft, 'the health probe, field by field', values);
}

function writeVks(draft: Draft, model: LoadBalancerModel, translation: Translation): void {
  const { tables } = translation;
  const { class: loadBalancerClass } = tables.loadBalancers;
  if (loadBalancerClass !== undefined)
    draft.step('translation.loadBalancers.class', () => (specOf(draft)['loadBalancerClass'] = loadBalancerClass));
  const isAvi = loadBalancerClass?.startsWith('ako.vmware.com/') === true;
  const [address] = mapAddresses(draft, model, translation);
  if (address !== undefined && isAvi)
    annotate(draft, 'translation.loadBalancers.addresses', { 'ako.vmware.com/load-balancer-ip': address });
  else if (address !== undefined)
    draft.step('translation.loadBalancers.addresses', () => (specOf(draft)['loadBalancerIP'] = address));
  if (specOf(draft)['allocateLoadBalancerNodePorts'] === false) {
    draft.step(
      'load balancers of VKS reach pods by node ports',
      () => delete specOf(draft)['allocateLoadBalancerNodePorts']
    );
  }
  if (model.exposure !== undefined && model.exposureIsDefault !== true) {
    draft.manual(
      '/metadata/annotations',
      `the load balancer was ${model.exposure}; on VKS the network of the cluster decides`,
      'check the network of the vSphere Namespace, or choose another by an AviInfraSetting'
    );
  }
  tellClientAddresses(draft, model);
  const l4 = 'say it by an L4Rule of Avi, where AKO runs';
  if (Object.keys(model.health).length > 0)
    draft.loss('/metadata/annotations', 'the health check of the load balancer', l4);
  if (model.idleTimeoutSeconds !== undefined)
    draft.loss('/metadata/annotations', `the idle timeout of ${model.idleTimeoutSeconds} s`, l4);
  if (model.proxyProtocol === true)
    draft.loss('/metadata/annotations', 'PROXY protocol; pods that expect the header refuse connections', l4);
  if (model.certificate !== undefined)
    draft.loss(
      '/metadata/annotations',
      'TLS at the load balancer',
      'an L4Rule with enableSsl and sslKeyAndCertificateRefs, or end TLS in the application'
    );
  if (model.dnsLabel !== undefined)
    draft.loss(
      '/metadata/annotations',
      `the name ${model.dnsLabel}.… that Azure gave to the address`,
      'point clients to a name of your own'
    );
  if (model.shared !== undefined && isAvi)
    annotate(draft, 'Services share one address', { 'ako.vmware.com/enable-shared-vip': model.shared });
}

function clamp(draft: Draft, value: number, least: number, most: number, what: string): number {
  const kept = Math.min(most, Math.max(least, value));
  if (kept !== value)
    draft.loss(
      '/metadata/annotations',
      `${what}: ${value} becomes ${kept}, since the target takes ${least} to ${most}`
    );
  return kept;
}

function isIp(word: string): boolean {
  return /^[0-9]{1,3}(?:\.[0-9]{1,3}){3}$/.test(word) || /^[0-9a-f:]+:[0-9a-f:]*$/i.test(word);
}
