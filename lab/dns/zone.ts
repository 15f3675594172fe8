import { recordTypes, type Answer, type ResourceRecord } from './message.ts';

export interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly externalName?: string;
    readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port: number }[];
  };
}

export interface EndpointSlice {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly endpoints?: readonly {
    readonly addresses: readonly string[];
    readonly hostname?: string;
    readonly conditions?: { readonly ready?: boolean };
  }[];
  readonly ports?: readonly { readonly name?: string; readonly protocol?: string; readonly port?: number }[];
}

/** What a cluster's API server says about names; kept current by whoever feeds it. */
export interface ClusterNames {
  readonly services: ReadonlyMap<string, Service>;
  readonly slices: ReadonlyMap<string, EndpointSlice>;
}

const nothing: Answer = { code: 'NXDOMAIN', records: [] };
const empty: Answer = { code: 'NOERROR', records: [] };

/**
 * Answers a question by the rules of the Kubernetes DNS specification (version 1.1.0): services, headless services and their
 * named endpoints, SRV of named ports. A name outside the cluster does not exist: a lab has no outside.
 */
export function answerQuestion(
  names: ClusterNames,
  domain: string,
  question: { readonly name: string; readonly type: number }
): Answer {
  const suffix = `.svc.${domain}`;
  if (!question.name.endsWith(suffix))
    return question.name === domain || question.name === suffix.slice(1) ? empty : nothing;
  const labels = question.name.slice(0, -suffix.length).split('.');
  const [namespace, service] = [labels.at(-1), labels.at(-2)];
  if (service === undefined)
    return [...names.services.keys()].some((key) => key.startsWith(`${namespace}/`)) ? empty : nothing;
  const found = names.services.get(`${namespace}/${service}`);
  if (found === undefined) return nothing;
  const records = recordsBelow(names, found, { name: question.name, prefix: labels.slice(0, -2), suffix });
  if (records.length === 0) return nothing;
  // A record of another type proves that the name exists; a CNAME answers every type.
  return {
    code: 'NOERROR',
    records: records.filter((record) => record.type === 'CNAME' || recordTypes[record.type] === question.type),
  };
}

interface Asked {
  readonly name: string;
  /** The labels before the service's name: none, an endpoint's hostname, or `_port._protocol`. */
  readonly prefix: readonly string[];
  readonly suffix: string;
}

function recordsBelow(names: ClusterNames, service: Service, asked: Asked): ResourceRecord[] {
  const { prefix, name } = asked;
  if (service.spec.type === 'ExternalName') {
    return prefix.length === 0 ? [{ name, type: 'CNAME', target: service.spec.externalName ?? '' }] : [];
  }
  const [first, second] = prefix;
  if (prefix.length === 2 && first?.startsWith('_') === true && second?.startsWith('_') === true) {
    return portRecords(names, service, { ...asked, port: first.slice(1), protocol: second.slice(1) });
  }
  const endpoints = endpointsOf(names, service);
  if (prefix.length === 0) {
    const addresses = isHeadless(service)
      ? endpoints.map((endpoint) => endpoint.address)
      : [service.spec.clusterIP ?? ''];
    return addressRecords(name, addresses);
  }
  if (prefix.length !== 1 || !isHeadless(service)) return [];
  return addressRecords(
    name,
    endpoints.filter((endpoint) => endpoint.hostname === first).map((endpoint) => endpoint.address)
  );
}

function portRecords(
  names: ClusterNames,
  service: Service,
  asked: Asked & { port: string; protocol: string }
): ResourceRecord[] {
  const { name, namespace } = service.metadata;
  const own = `${name}.${namespace}${asked.suffix}`;
  const matches = (port: { readonly name?: string; readonly protocol?: string }): boolean =>
    port.name === asked.port && (port.protocol ?? 'TCP').toLowerCase() === asked.protocol;
  if (!isHeadless(service)) {
    return (service.spec.ports ?? [])
      .filter(matches)
      .map(({ port }) => ({ name: asked.name, type: 'SRV', port, target: own }));
  }
  return slicesOf(names, service).flatMap((slice) =>
    (slice.ports ?? []).filter(matches).flatMap(({ port }) =>
      readyEndpoints(slice).map((endpoint): ResourceRecord => {
        const host = endpoint.hostname ?? endpoint.address.replaceAll('.', '-');
        return { name: asked.name, type: 'SRV', port: port ?? 0, target: `${host}.${own}` };
      })
    )
  );
}

function addressRecords(name: string, addresses: readonly string[]): ResourceRecord[] {
  return [...new Set(addresses)].map((address) => ({ name, type: 'A' as const, address }));
}

function isHeadless(service: Service): boolean {
  return service.spec.clusterIP === 'None';
}

function slicesOf(names: ClusterNames, service: Service): EndpointSlice[] {
  const { name, namespace } = service.metadata;
  return [...names.slices.values()].filter(
    (slice) => slice.metadata.namespace === namespace && slice.metadata.labels?.['kubernetes.io/service-name'] === name
  );
}

interface Endpoint {
  readonly address: string;
  readonly hostname?: string;
}

function endpointsOf(names: ClusterNames, service: Service): Endpoint[] {
  return slicesOf(names, service).flatMap((slice) => readyEndpoints(slice));
}

/** The slice controller already marks endpoints ready where a service publishes those that are not. */
function readyEndpoints(slice: EndpointSlice): Endpoint[] {
  return (slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false)
    .flatMap(({ addresses, hostname }) =>
      addresses.map((address) => ({ address, ...(hostname === undefined ? {} : { hostname }) }))
    );
}
