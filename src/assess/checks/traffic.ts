import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type { ServiceObject } from '../../core/kube-objects.ts';
import { classChecks } from './classes.ts';
import { hostChecks } from './hosts.ts';

/** The way in: Services, Ingresses, Gateways, names. */
export const trafficChecks: readonly Check[] = [
  {
    id: 'traffic/services',
    group: 'traffic',
    describe: 'fixed addresses and load balancer classes of Services',
    codes: ['LOAD_BALANCER_IP_PINNED', 'LOAD_BALANCER_CLASS', 'EXTERNAL_IPS'],
    needs: [],
    run: services,
  },
  {
    id: 'traffic/node-ports',
    group: 'traffic',
    describe: 'node ports that are taken on the target',
    codes: ['NODE_PORT_TAKEN'],
    needs: ['target/services'],
    isPlanned: true,
    run: nodePorts,
  },
  ...classChecks,
  ...hostChecks,
  {
    id: 'traffic/external-dns',
    group: 'traffic',
    describe: 'host names that external-dns publishes',
    codes: ['EXTERNAL_DNS_OWNER'],
    needs: [],
    run: externalDns,
  },
];

function services(facts: AssessFacts): RawFinding[] {
  return scopeObjects<ServiceObject>(facts, 'Service', '').flatMap(({ ref, object, desired: { spec } }) => {
    const subject = `Service ${ref.namespace}/${ref.name}`;
    const found: RawFinding[] = [];
    const add = (code: RawFinding['code'], message: string) =>
      found.push({ code, subject, namespace: ref.namespace, side: 'source', message, evidence: 'spec of the Service' });
    if ((spec.loadBalancerIP ?? '') !== '') add('LOAD_BALANCER_IP_PINNED', `loadBalancerIP is ${spec.loadBalancerIP}`);
    // A class that translation or a transform chose is the target's own.
    if ((spec.loadBalancerClass ?? '') !== '' && spec.loadBalancerClass === object.spec.loadBalancerClass)
      add('LOAD_BALANCER_CLASS', `loadBalancerClass is ${spec.loadBalancerClass}`);
    if ((spec.externalIPs ?? []).length > 0) add('EXTERNAL_IPS', `externalIPs are ${spec.externalIPs?.join(', ')}`);
    return found;
  });
}

/** Ports somebody chose: an allocated one is excluded by the transforms and cannot collide. */
function nodePorts(facts: AssessFacts): RawFinding[] {
  const coming = new Set(
    scopeObjects(facts, 'Service', '').map(({ ref, targetNamespace }) => `${targetNamespace}/${ref.name}`)
  );
  const taken = new Map<string, string>();
  for (const { metadata, spec } of listOf<ServiceObject>(facts.target, 'services')) {
    const name = `${metadata.namespace ?? ''}/${metadata.name}`;
    if (coming.has(name)) continue;
    for (const { nodePort, protocol } of nodePortsOf(spec)) taken.set(`${nodePort}/${protocol}`, name);
  }
  return scopeObjects<ServiceObject>(facts, 'Service', '').flatMap(({ ref, desired: object }) =>
    nodePortsOf(object.spec).flatMap(({ nodePort, protocol }): RawFinding[] => {
      const owner = taken.get(`${nodePort}/${protocol}`);
      if (owner === undefined) return [];
      return [
        {
          code: 'NODE_PORT_TAKEN',
          subject: `Service ${ref.namespace}/${ref.name}`,
          namespace: ref.namespace,
          side: 'target',
          message: `node port ${nodePort}/${protocol} belongs to Service ${owner}`,
          evidence: `all Services of ${facts.target.name}`,
        },
      ];
    })
  );
}

/** Node ports of a Service; the health check of a load balancer takes one of the same range (pkg/registry/core/service). */
function nodePortsOf({ ports = [], healthCheckNodePort = 0 }: ServiceObject['spec']) {
  return [
    ...ports.flatMap(({ nodePort = 0, protocol = 'TCP' }) => (nodePort === 0 ? [] : [{ nodePort, protocol }])),
    ...(healthCheckNodePort === 0 ? [] : [{ nodePort: healthCheckNodePort, protocol: 'TCP' }]),
  ];
}

/** Both generations of external-dns' annotations. */
const dnsAnnotation = /^external-dns\.(alpha\.)?kubernetes\.io\/(internal-)?hostname$/;

function externalDns(facts: AssessFacts): RawFinding[] {
  return facts.scope.objects.flatMap(({ ref, desired: object }): RawFinding[] => {
    const names = Object.entries(object.metadata.annotations ?? {}).filter(([key]) => dnsAnnotation.test(key));
    if (names.length === 0) return [];
    return [
      {
        code: 'EXTERNAL_DNS_OWNER',
        subject: `${ref.kind} ${ref.namespace}/${ref.name}`,
        namespace: ref.namespace,
        side: 'source',
        message: `it publishes ${names.map(([, value]) => value).join(', ')}`,
        evidence: 'annotations of the object',
      },
    ];
  });
}
