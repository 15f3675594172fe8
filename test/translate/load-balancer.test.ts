import { describe, expect, it } from 'vitest';
import { sharedAddressesOf } from '../../src/translate/load-balancer/shared-addresses.ts';
import type { ClusterProfile, Direction } from '../../src/core/profile/cluster-profile.ts';
import type { TransformNote } from '../../src/core/transform/rule.ts';
import { resourceOf, translate, translationOf } from './setting.ts';

const aws = 'service.beta.kubernetes.io/aws-load-balancer-';
const azure = 'service.beta.kubernetes.io/azure-';
const port = (number: number, field: string): string =>
  `service.beta.kubernetes.io/port_${number}_health-probe_${field}`;

type Annotations = Readonly<Record<string, string>>;
const service = (annotations: Annotations, spec: object, name = 'edge') => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'net', annotations },
  spec: {
    type: 'LoadBalancer',
    selector: { app: 'a' },
    ports: [{ name: 'https', port: 443, targetPort: 8443 }],
    ...spec,
  },
});

interface Result {
  readonly annotations: Annotations;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly notes: readonly TransformNote[];
  readonly blockers: readonly string[];
  readonly reported: string;
}

function move(object: ReturnType<typeof service>, direction: Direction, source: Partial<ClusterProfile> = {}): Result {
  const base = translationOf(direction);
  const loadBalancers = { ...base.tables.loadBalancers, subnets: [], addresses: { '203.0.113.9': 'eipalloc-9' } };
  const { text, notes } = translate(JSON.stringify(object), resourceOf('v1', 'Service'), {
    ...base,
    source: { ...base.source, ...source },
    tables: { ...base.tables, loadBalancers },
  });
  const { metadata, spec } = JSON.parse(text) as ReturnType<typeof service>;
  return {
    annotations: metadata.annotations ?? {},
    spec,
    notes,
    blockers: notes.filter(({ severity }) => severity === 'blocker').map(({ message }) => message),
    reported: notes.map(({ message }) => message).join('\n'),
  };
}

const toAks: Direction = { from: 'eks', to: 'aks' };
const toEks: Direction = { from: 'aks', to: 'eks' };
const nlb = { loadBalancerClass: 'service.k8s.aws/nlb' };

describe('health checks of load balancers', () => {
  const checked = (targets: string, more: Annotations = {}) =>
    service(
      {
        [`${aws}nlb-target-type`]: targets,
        [`${aws}healthcheck-protocol`]: 'HTTP',
        [`${aws}healthcheck-path`]: '/ready',
        ...more,
      },
      {
        ...nlb,
        ports: [
          { name: 'https', port: 443, targetPort: 8443 },
          { name: 'admin', port: 9000, targetPort: 8081 },
        ],
      }
    );

  it('on a port of the pod ask Azure for the port of the Service that leads there', () => {
    const { annotations, reported } = move(checked('ip', { [`${aws}healthcheck-port`]: '8081' }), toAks);
    expect(annotations).toMatchObject({
      [`${azure}load-balancer-health-probe-protocol`]: 'http',
      [port(443, 'port')]: '9000',
    });
    expect(annotations).not.toHaveProperty([port(9000, 'port')]);
    expect(reported).not.toContain('8081');
  });

  it('on a port of the pod that no Service has are named and asked by TCP', () => {
    const { annotations, reported } = move(checked('ip', { [`${aws}healthcheck-port`]: '7777' }), toAks);
    expect(annotations[`${azure}load-balancer-health-probe-protocol`]).toBe('tcp');
    expect(JSON.stringify(annotations)).not.toContain('7777');
    expect(reported).toContain('used port 7777 of the pods');
  });

  it('of instance targets stay on the port of the node, which is named unless kube-proxy answers there', () => {
    expect(move(checked('instance', { [`${aws}healthcheck-port`]: '7777' }), toAks)).toMatchObject({
      annotations: { [port(443, 'port')]: '7777' },
      reported: expect.stringContaining('port 7777 of the nodes') as string,
    });
    expect(move(checked('instance', { [`${aws}healthcheck-port`]: '10256' }), toAks).reported).not.toContain('10256');
  });

  it('of Azure on a port of the node are named, on one of the Service become the port of the pods', () => {
    const probed = (value: string) =>
      service(
        { [port(443, 'protocol')]: 'Http', [port(443, 'port')]: value, [port(443, 'request-path')]: '/healthz' },
        {}
      );
    const node = move(probed('10256'), toEks);
    expect(JSON.stringify(node.annotations)).not.toMatch(/10256|healthcheck/);
    expect(node.reported).toContain('port 10256 of the nodes');
    const own = move(probed('https'), toEks);
    expect(own.annotations).toMatchObject({
      [`${aws}healthcheck-port`]: '8443',
      [`${aws}healthcheck-protocol`]: 'HTTP',
    });
  });

  it.each([
    [30, 5, '30', '3'],
    [60, undefined, '59', '2'],
    [10, 1, '10', '2'],
    [10, 3, '10', '3'],
  ])('every %s s, %s times, keep to the limits of Azure', (interval, count, wanted, times) => {
    const more = {
      [`${aws}healthcheck-interval`]: String(interval),
      ...(count === undefined ? {} : { [`${aws}healthcheck-unhealthy-threshold`]: String(count) }),
    };
    const { annotations } = move(service(more, nlb), toAks);
    expect(annotations[`${azure}load-balancer-health-probe-interval`]).toBe(wanted);
    expect(annotations[`${azure}load-balancer-health-probe-num-of-probe`] ?? '2').toBe(times);
    expect(Number(wanted) * Number(times)).toBeLessThan(120);
  });

  it.each<[string, string | undefined, string | undefined]>([
    ['http', undefined, 'tcp'],
    ['HTTPS', undefined, 'tcp'],
    ['http', 'TCP', 'tcp'],
    ['https', 'HTTP', 'http'],
    ['http', 'HTTP', undefined],
    ['kubernetes.io/h2c', undefined, undefined],
    ['kubernetes.io/h2c', 'HTTP', 'http'],
    ['tcp', undefined, undefined],
  ])('are not turned by appProtocol %s on Azure, with %s on the source', (appProtocol, said, written) => {
    const more: Annotations = said === undefined ? {} : { [`${aws}healthcheck-protocol`]: said };
    const ports = [{ port: 80, targetPort: 8080, appProtocol }];
    const { annotations, spec } = move(service(more, { ...nlb, ports }), toAks);
    expect(annotations[port(80, 'protocol')]).toBe(written);
    expect(spec['ports']).toEqual(ports);
  });

  it('with the policy Local, and of UDP, need no word on Azure', () => {
    const ports = [{ port: 80, appProtocol: 'http' }];
    expect(move(service({}, { ...nlb, externalTrafficPolicy: 'Local', ports }), toAks).annotations).not.toHaveProperty([
      port(80, 'protocol'),
    ]);
    const udp = move(service({}, { ...nlb, ports: [{ port: 53, protocol: 'UDP', appProtocol: 'http' }] }), toAks);
    expect(udp.annotations).not.toHaveProperty([port(53, 'protocol')]);
  });

  it('that Azure made of appProtocol are named, and nothing is written for them', () => {
    const { annotations, reported } = move(service({}, { ports: [{ port: 80, appProtocol: 'http' }] }), toEks);
    expect(JSON.stringify(annotations)).not.toContain('healthcheck');
    expect(reported).toContain('the HTTP probe of / that Azure derives from appProtocol, port 80');
  });

  it('of UDP are asked by TCP on EKS: on a TCP port of the pods, or named', () => {
    const udp = { port: 53, protocol: 'UDP' };
    expect(move(service({}, { ports: [udp] }), toEks).reported).toContain('listen only on UDP');
    const both = move(service({}, { ports: [udp, { port: 53, targetPort: 5353 }] }), toEks);
    expect(both.annotations).toMatchObject({
      [`${aws}healthcheck-port`]: '5353',
      [`${aws}enable-tcp-udp-listener`]: 'true',
    });
  });
});

describe('what keeps connections out', () => {
  it.each<[string, Direction, Annotations, object, string]>([
    ['security groups', toAks, { [`${aws}security-groups`]: 'sg-1' }, nlb, 'security groups'],
    ['prefix lists alone', toAks, { [`${aws}security-group-prefix-lists`]: 'pl-1' }, nlb, 'prefix lists'],
    ['service tags alone', toEks, { [`${azure}allowed-service-tags`]: 'AzureFrontDoor.Backend' }, {}, 'service tags'],
    [
      'a port without a rule',
      toEks,
      { 'service.beta.kubernetes.io/port_443_no_lb_rule': 'true' },
      {},
      'does not serve',
    ],
    ['TLS at the load balancer', toAks, { [`${aws}ssl-cert`]: 'arn:aws:acm:x' }, nlb, 'plain text'],
    [
      'TLS at the load balancer',
      { from: 'eks', to: 'vks' },
      { [`${aws}ssl-cert`]: 'arn:aws:acm:x' },
      nlb,
      'plain text',
    ],
    ['an L4Rule', { from: 'vks', to: 'eks' }, { 'ako.vmware.com/l4rule': 'tls' }, {}, 'L4Rule'],
    ['ranges of IPv6 alone', toEks, {}, { loadBalancerSourceRanges: ['2001:db8::/32'] }, 'IPv6'],
  ])('stops the run where it is lost: %s', (_what, direction, annotations, spec, message) => {
    expect(move(service(annotations, spec), direction).blockers).toEqual([expect.stringContaining(message)]);
  });

  it.each<[string, Direction, Annotations, object]>([
    [
      'tags beside ranges',
      toEks,
      { [`${azure}allowed-service-tags`]: 'Internet' },
      { loadBalancerSourceRanges: ['10.0.0.0/8'] },
    ],
    ['TLS that pods speak too', toAks, { [`${aws}ssl-cert`]: 'arn:aws:acm:x', [`${aws}backend-protocol`]: 'ssl' }, nlb],
    ['no rule for a port that is not there', toEks, { 'service.beta.kubernetes.io/port_80_no_lb_rule': 'true' }, {}],
    ['nothing', toAks, {}, nlb],
    ['nothing', toEks, {}, {}],
  ])('is no blocker where it stays: %s', (_what, direction, annotations, spec) => {
    expect(move(service(annotations, spec), direction).blockers).toEqual([]);
  });

  it.each<[Direction, Annotations, object]>([
    [toEks, { [`${azure}allowed-ip-ranges`]: '198.51.100.0/24' }, {}],
    [toEks, { 'service.beta.kubernetes.io/load-balancer-source-ranges': '198.51.100.0/24' }, {}],
    [toAks, { 'service.beta.kubernetes.io/load-balancer-source-ranges': '198.51.100.0/24' }, nlb],
    [{ from: 'eks', to: 'vks' }, { 'service.beta.kubernetes.io/load-balancer-source-ranges': '198.51.100.0/24' }, nlb],
    // The field is stronger than the annotation on AWS.
    [
      toAks,
      { 'service.beta.kubernetes.io/load-balancer-source-ranges': '0.0.0.0/0' },
      { ...nlb, loadBalancerSourceRanges: ['198.51.100.0/24'] },
    ],
  ])('is written as ranges of the Service: %o %o', (direction, annotations, spec) => {
    const moved = move(service(annotations, spec), direction);
    expect(moved.spec['loadBalancerSourceRanges']).toEqual(['198.51.100.0/24']);
    // Targets by address see no client, and ranges are ignored then.
    const attributes = direction.to === 'eks' ? 'preserve_client_ip.enabled=true' : undefined;
    expect(moved.annotations[`${aws}target-group-attributes`]).toBe(attributes);
  });

  it('is warned of where the network of VKS decides, also by default', () => {
    expect(move(service({}, nlb), { from: 'eks', to: 'vks' }).notes).toContainEqual(
      expect.objectContaining({
        code: 'TRANSLATION_UNMAPPED',
        message: expect.stringContaining('was internal') as string,
      })
    );
  });
});

describe('node ports and addresses', () => {
  it.each([
    ['Cluster', undefined],
    ['Local', false],
  ])('Azure reaches pods by node ports with the policy %s', (externalTrafficPolicy, allocated) => {
    const { spec } = move(service({}, { ...nlb, allocateLoadBalancerNodePorts: false, externalTrafficPolicy }), toAks);
    expect(spec['allocateLoadBalancerNodePorts']).toBe(allocated);
  });

  it('an address that Services share goes to the first of them', () => {
    const pinned = (name: string) => service({}, { loadBalancerIP: '203.0.113.9' }, name);
    const sharedAddresses = sharedAddressesOf(
      [pinned('two'), pinned('one'), service({}, { loadBalancerIP: '203.0.113.8' }, 'x')],
      'aks'
    );
    expect(sharedAddresses).toEqual({ '203.0.113.9': ['net/one', 'net/two'] });
    const [one, two] = ['one', 'two'].map((name) => move(pinned(name), toEks, { sharedAddresses }));
    expect(one?.annotations[`${aws}eip-allocations`]).toBe('eipalloc-9');
    expect(two?.annotations).not.toHaveProperty([`${aws}eip-allocations`]);
    for (const moved of [one, two])
      expect(moved?.reported).toContain('net/one and net/two share the address 203.0.113.9');
  });
});
