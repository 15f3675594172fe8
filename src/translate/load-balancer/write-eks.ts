import { text, trees, type Draft } from '../draft.ts';
import type { Translation } from '../../core/profile/cluster-profile.ts';
import type { LoadBalancerModel } from './model.ts';
import { podPortOf, portsOf } from './probe-port.ts';
import { annotate, awsKey as aws, clamp, exposureOf, mapAddresses, specOf, reportSubnets } from './write-common.ts';

/** Writes what the AWS Load Balancer Controller reads: an NLB whose targets are addresses of pods. */
export function writeEks(draft: Draft, model: LoadBalancerModel, translation: Translation): void {
  const { tables, target } = translation;
  const addresses = mapAddresses(draft, model, translation);
  const allocations = addresses.filter((word) => word.startsWith('eipalloc-'));
  const privates = addresses.filter((word) => !word.startsWith('eipalloc-'));
  const { value, reason } = exposureOf(model, translation, allocations.length > 0);
  const loadBalancerClass =
    tables.loadBalancers.class ?? (target.autoMode ? 'eks.amazonaws.com/nlb' : 'service.k8s.aws/nlb');
  draft.step(
    'the class selects the controller; it cannot be changed later',
    () => (specOf(draft)['loadBalancerClass'] = loadBalancerClass)
  );
  annotate(draft, reason, { [`${aws}scheme`]: value === 'public' ? 'internet-facing' : 'internal' });
  annotate(draft, 'pods are targeted by their addresses', { [`${aws}nlb-target-type`]: 'ip' });
  const fitting = value === 'public' ? allocations : privates;
  if (fitting.length < addresses.length) {
    draft.unmapped(
      '/spec',
      `the load balancer is ${value} and translation.loadBalancers.addresses gives ${value === 'public' ? 'private addresses' : 'EIP allocations'}`,
      { remedy: value === 'public' ? 'write EIP allocations (eipalloc-…)' : 'write private addresses of its subnets' }
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
  reportSubnets(draft, model, tables.loadBalancers.subnets.length > 0 && value === 'internal');
  writeEksRanges(draft, model);
  writeEksHealth(draft, model);
  reportProtocols(draft, model);
  writeEksRest(draft, model, translation);
}

/** The controller refuses a Service with ranges of IPv6 unless its load balancer has both families. */
function writeEksRanges(draft: Draft, { sourceRanges }: LoadBalancerModel): void {
  const six = sourceRanges.filter((range) => range.includes(':'));
  if (six.length === 0) return;
  const remaining = sourceRanges.filter((range) => !range.includes(':'));
  if (remaining.length === 0) {
    draft.unmapped(
      '/spec/loadBalancerSourceRanges',
      `only ${six.join(', ')} may connect, and an IPv4-only NLB does not accept IPv6 ranges`,
      {
        remedy: 'set aws-load-balancer-ip-address-type: dualstack with a transform, or use IPv4 ranges',
        severity: 'blocker',
      }
    );
    return;
  }
  draft.step('an IPv4-only NLB does not accept IPv6 ranges', () => {
    specOf(draft)['loadBalancerSourceRanges'] = [...new Set(remaining)];
  });
  draft.loss('/spec/loadBalancerSourceRanges', `${six.join(', ')} may no longer connect: the NLB is IPv4-only`, {
    remedy: 'set aws-load-balancer-ip-address-type: dualstack and the ranges with a transform',
  });
}

function writeEksHealth(draft: Draft, { health }: LoadBalancerModel): void {
  const values: Record<string, string> = {};
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) values[`${aws}healthcheck-${name}`] = String(value);
  };
  const port = health.port === undefined ? undefined : podPortOf(health.port, draft.root);
  const isLost = health.port !== undefined && port === undefined;
  if (isLost)
    draft.loss(
      '/metadata/annotations',
      `the health check used port ${health.port?.port ?? ''} of the nodes; the targets are pods, which are probed over TCP on the port they serve`,
      { remedy: 'set a port of the pods in aws-load-balancer-healthcheck-port with a transform' }
    );
  set('port', port);
  if (!isLost) {
    set('protocol', health.protocol);
    if (health.protocol !== 'TCP') set('path', health.path);
  }
  const within = (
    value: number | undefined,
    { least, most }: { readonly least: number; readonly most: number },
    what: string
  ): number | undefined => (value === undefined ? undefined : clamp(draft, value, { least, most, what }));
  set('interval', within(health.intervalSeconds, { least: 5, most: 300 }, 'interval of the health check'));
  set('timeout', health.timeoutSeconds);
  set('healthy-threshold', health.healthyCount);
  set('unhealthy-threshold', within(health.unhealthyCount, { least: 2, most: 10 }, 'count of failed checks'));
  if (Object.keys(values).length > 0) annotate(draft, 'the health check, field by field', values);
}

/** An NLB asks targets of UDP by TCP or HTTP too, serves no SCTP, and takes one port with both protocols when configured so. */
function reportProtocols(draft: Draft, { health }: LoadBalancerModel): void {
  const ports = portsOf(draft.root);
  const of = (protocol: string) => ports.filter((port) => (text(port, 'protocol') || 'TCP') === protocol);
  const [tcp, udp, sctp] = [of('TCP'), of('UDP'), of('SCTP')];
  if (sctp.length > 0)
    draft.unmapped('/spec/ports', 'an NLB does not support SCTP', {
      remedy: 'expose these ports in another way, and remove them here',
      severity: 'blocker',
    });
  if (udp.some((one) => tcp.some((other) => other['port'] === one['port'])))
    annotate(draft, 'TCP and UDP on one port are one listener', { [`${aws}enable-tcp-udp-listener`]: 'true' });
  if (udp.length === 0) return;
  const isAsked = health.port !== undefined && podPortOf(health.port, draft.root) !== undefined;
  if (isAsked) return;
  const other = tcp.flatMap((port) => podPortOf({ of: 'service', port: String(port['port']) }, draft.root) ?? [])[0];
  if (other !== undefined) {
    annotate(draft, 'UDP targets are probed over TCP, on a port that listens', { [`${aws}healthcheck-port`]: other });
    return;
  }
  draft.unmapped(
    '/spec/ports',
    'an NLB probes UDP targets over TCP, on the port they serve; pods that listen only on UDP get no traffic',
    { remedy: 'set a TCP port of the pods in aws-load-balancer-healthcheck-port with a transform' }
  );
}

function writeEksRest(draft: Draft, model: LoadBalancerModel, { tables }: Translation): void {
  const attributes: string[] = [];
  // Its guide: ranges of sources are ignored for targets that do not see the client.
  const isRestricted = model.sourceRanges.length > 0 && model.proxyProtocol !== true;
  if (model.preserveClientIp === true || isRestricted) attributes.push('preserve_client_ip.enabled=true');
  if (attributes.length > 0)
    annotate(draft, 'IP targets do not see client addresses otherwise', {
      [`${aws}target-group-attributes`]: attributes.join(','),
    });
  if (model.proxyProtocol === true) annotate(draft, 'PROXY protocol', { [`${aws}proxy-protocol`]: '*' });
  if (model.crossZone !== undefined)
    annotate(draft, 'cross-zone load balancing', {
      [`${aws}attributes`]: `load_balancing.cross_zone.enabled=${model.crossZone}`,
    });
  if (model.idleTimeoutSeconds !== undefined) {
    const seconds = clamp(draft, model.idleTimeoutSeconds, { least: 60, most: 6000, what: 'idle timeout in seconds' });
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
      draft.unmapped('/metadata/annotations', 'TLS at the load balancer needs a certificate on the target', {
        remedy: `write ${name}: arn:aws:acm:… to translation.certificates`,
      });
    else
      annotate(draft, 'translation.certificates', {
        [`${aws}ssl-cert`]: word,
        ...(ports.length > 0 ? { [`${aws}ssl-ports`]: ports.join(',') } : {}),
      });
  }
  if (model.shared !== undefined)
    draft.loss(
      '/metadata/annotations',
      `Services that shared the address ${model.shared} each get their own load balancer`,
      { remedy: 'put them into one Service or behind one Gateway' }
    );
  if (model.dnsLabel !== undefined)
    draft.loss('/metadata/annotations', `the name ${model.dnsLabel}.… that Azure gave to the address`, {
      remedy: 'point clients to a DNS name you control',
    });
}
