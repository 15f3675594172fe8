import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../finding.ts';
import type { ClassObject, GatewayObject, IngressObject, Kube, RouteObject, ServiceObject } from '../kube-objects.ts';

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
  {
    id: 'traffic/ingress-classes',
    group: 'traffic',
    describe: 'ingress classes and their controllers',
    codes: ['INGRESS_CLASS_MISSING', 'INGRESS_CONTROLLER_DIFFERENT'],
    needs: ['source/ingressclasses', 'target/ingressclasses'],
    run: ingressClasses,
  },
  {
    id: 'traffic/gateway-classes',
    group: 'traffic',
    describe: 'gateway classes',
    codes: ['GATEWAY_CLASS_MISSING'],
    needs: ['target/gatewayclasses'],
    run: gatewayClasses,
  },
  {
    id: 'traffic/hosts',
    group: 'traffic',
    describe: 'host names that something on the target serves already',
    codes: ['HOST_TAKEN'],
    needs: ['target/ingresses', 'target/gateways', 'target/httproutes'],
    run: hosts,
  },
  {
    id: 'traffic/external-dns',
    group: 'traffic',
    describe: 'names that external-dns publishes',
    codes: ['EXTERNAL_DNS_OWNER'],
    needs: [],
    run: externalDns,
  },
];

function services(facts: AssessFacts): RawFinding[] {
  return scopeObjects<ServiceObject>(facts, 'Service', '').flatMap(({ ref, object, meant: { spec } }) => {
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

/** Ports somebody chose: an allocated one is left out by the transforms and cannot collide. */
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
  return scopeObjects<ServiceObject>(facts, 'Service', '').flatMap(({ ref, meant: object }) =>
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

const classAnnotation = 'kubernetes.io/ingress.class';
const defaultClassAnnotation = 'ingressclass.kubernetes.io/is-default-class';

function ingressClasses(facts: AssessFacts): RawFinding[] {
  const there = new Map(listOf<ClassObject>(facts.target, 'ingressclasses').map((one) => [one.metadata.name, one]));
  const before = new Map(listOf<ClassObject>(facts.source, 'ingressclasses').map((one) => [one.metadata.name, one]));
  const hasDefault = [...there.values()].some(
    ({ metadata }) => metadata.annotations?.[defaultClassAnnotation] === 'true'
  );
  const evidence = `ingress classes of ${facts.target.name}: ${[...there.keys()].sort().join(', ') || 'none'}`;
  return scopeObjects<IngressObject>(facts, 'Ingress', 'networking.k8s.io').flatMap(
    ({ ref, meant: object }): RawFinding[] => {
      const name = object.spec?.ingressClassName ?? object.metadata.annotations?.[classAnnotation] ?? '';
      const common = {
        subject: `Ingress ${ref.namespace}/${ref.name}`,
        namespace: ref.namespace,
        side: 'target',
        evidence,
      } as const;
      if (name === '') {
        const message = 'it names no class and there is no default';
        return hasDefault ? [] : [{ ...common, code: 'INGRESS_CLASS_MISSING', message }];
      }
      const found = there.get(name);
      if (found === undefined) return [{ ...common, code: 'INGRESS_CLASS_MISSING', message: `it names class ${name}` }];
      const [old, now] = [before.get(name)?.spec?.controller, found.spec?.controller];
      if (old === undefined || now === undefined || old === now) return [];
      const message = `class ${name} is served by ${old} on the source and ${now} on the target`;
      return [{ ...common, code: 'INGRESS_CONTROLLER_DIFFERENT', message }];
    }
  );
}

function gatewayClasses(facts: AssessFacts): RawFinding[] {
  const names = listOf(facts.target, 'gatewayclasses').map(({ metadata }) => metadata.name);
  return scopeObjects<GatewayObject>(facts, 'Gateway', 'gateway.networking.k8s.io').flatMap(
    ({ ref, meant: object }): RawFinding[] => {
      const name = object.spec?.gatewayClassName ?? '';
      if (names.includes(name)) return [];
      return [
        {
          code: 'GATEWAY_CLASS_MISSING',
          subject: `Gateway ${ref.namespace}/${ref.name}`,
          namespace: ref.namespace,
          side: 'target',
          message: `it names class ${name}`,
          evidence: `gateway classes of ${facts.target.name}: ${names.join(', ') || 'none'}`,
        },
      ];
    }
  );
}

interface HostUse {
  readonly host: string;
  readonly subject: string;
  readonly namespace: string;
  /** `Kind namespace/name` as it will be on the target. */
  readonly identity: string;
}

function usesOf(kind: string, object: Kube, namespace: string, identity: string): readonly HostUse[] {
  const subject = `${kind} ${namespace}/${object.metadata.name}`;
  return [...new Set(hostsOf(kind, object))].map((host) => ({ host, subject, namespace, identity }));
}

/** Host names an object asks to serve; without a host it serves every one, which is no collision by itself. */
function hostsOf(kind: string, object: Kube): readonly string[] {
  const all =
    kind === 'Ingress'
      ? ((object as IngressObject).spec?.rules ?? []).map(({ host }) => host)
      : kind === 'Gateway'
        ? ((object as GatewayObject).spec?.listeners ?? []).map(({ hostname }) => hostname)
        : ((object as RouteObject).spec?.hostnames ?? []);
  return all.flatMap((host) => (host === undefined || host === '' ? [] : [host.toLowerCase()]));
}

function hosts(facts: AssessFacts): RawFinding[] {
  const kinds = [
    ['Ingress', 'ingresses'],
    ['Gateway', 'gateways'],
    ['HTTPRoute', 'httproutes'],
  ] as const;
  const coming = kinds.flatMap(([kind]) =>
    scopeObjects(facts, kind).flatMap(({ ref, targetNamespace, meant: object }) =>
      usesOf(kind, object, ref.namespace, `${kind} ${targetNamespace}/${ref.name}`)
    )
  );
  const mine = new Set(coming.map(({ identity }) => identity));
  const there = kinds.flatMap(([kind, list]) =>
    listOf(facts.target, list).flatMap((object) => {
      const namespace = object.metadata.namespace ?? '';
      return usesOf(kind, object, namespace, `${kind} ${namespace}/${object.metadata.name}`);
    })
  );
  const owners = new Map(there.filter(({ identity }) => !mine.has(identity)).map((one) => [one.host, one.subject]));
  return coming.flatMap(({ host, subject, namespace }): RawFinding[] => {
    const owner = owners.get(host);
    if (owner === undefined) return [];
    const message = `${host} is served by ${owner}`;
    const evidence = `Ingresses, Gateways and HTTPRoutes of ${facts.target.name}`;
    return [{ code: 'HOST_TAKEN', subject, namespace, side: 'target', message, evidence }];
  });
}

/** Both generations of external-dns' annotations. */
const dnsAnnotation = /^external-dns\.(alpha\.)?kubernetes\.io\/(internal-)?hostname$/;

function externalDns(facts: AssessFacts): RawFinding[] {
  return facts.scope.objects.flatMap(({ ref, meant: object }): RawFinding[] => {
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
