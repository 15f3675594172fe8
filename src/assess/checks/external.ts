import { serviceOfHost } from '../../core/edge/service-hosts.ts';
import { cloudHost } from '../../core/external/cloud-places.ts';
import { isAddress, isInNetwork, isPrivate } from '../addresses.ts';
import type { AddressUse } from '../addresses.ts';
import { describeRef } from '../../core/resource.ts';
import type { ObjectRef } from '../../core/resource.ts';
import { listOf, scopeObjects } from '../facts.ts';
import type { AssessFacts, Check } from '../facts.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import type {
  EndpointsObject,
  Kube,
  NodeObject,
  PodObject,
  ServiceObject,
  SliceObject,
} from '../../core/kube-objects.ts';

/** What the application talks to. */
export const externalChecks: readonly Check[] = [
  {
    id: 'external/addresses',
    group: 'external',
    describe: 'host names and addresses in variables, ConfigMaps and Secrets (host and port only)',
    codes: ['EXTERNAL_ADDRESS'],
    needs: ['source/services', 'source/nodes', 'source/pods'],
    run: outside,
  },
  {
    id: 'external/source-only',
    group: 'external',
    describe: 'cluster, node and pod addresses of the source in settings',
    codes: ['ADDRESS_CLUSTER_IP', 'ADDRESS_NODE_IP', 'ADDRESS_POD_IP'],
    needs: ['source/services', 'source/nodes', 'source/pods'],
    isPlanned: true,
    run: sourceOnly,
  },
  {
    id: 'external/services',
    group: 'external',
    describe: 'names of Services that are neither moved nor on the target',
    codes: ['SERVICE_OUT_OF_SCOPE'],
    needs: ['source/services', 'target/services'],
    isPlanned: true,
    run: outOfScope,
  },
  {
    id: 'external/aliases',
    group: 'external',
    describe: 'ExternalName Services, and manually created Endpoints and EndpointSlices',
    codes: ['EXTERNAL_NAME', 'ENDPOINTS_MANUAL'],
    needs: [],
    run: aliases,
  },
];

type Place = 'cluster' | 'node' | 'pod' | 'service' | 'outside';

interface Places {
  readonly of: (host: string) => { readonly place: Place; readonly owner: string };
}

/** Reports where a host of the source leads. */
function placesOf({ source }: AssessFacts): Places {
  const services = new Map(
    listOf<ServiceObject>(source, 'services').flatMap(({ metadata, spec }) =>
      [...(spec.clusterIPs ?? []), spec.clusterIP ?? ''].map((ip) => [ip, nameOf(metadata)] as const)
    )
  );
  const nodes = listOf<NodeObject>(source, 'nodes');
  const nodeAddresses = new Map(
    nodes.flatMap(({ metadata, status }) =>
      (status?.addresses ?? []).map(({ address }) => [address, metadata.name] as const)
    )
  );
  const pods = new Map(
    listOf<PodObject>(source, 'pods').map(({ metadata, status }) => [status?.podIP ?? '', nameOf(metadata)])
  );
  const isKnown = knownServices(source);
  const networks = nodes.flatMap(({ spec }) => spec?.podCIDRs ?? []);
  return {
    of(host) {
      const service = services.get(host);
      if (service !== undefined) return { place: 'cluster', owner: `Service ${service}` };
      const node = nodeAddresses.get(host);
      if (node !== undefined) return { place: 'node', owner: `Node ${node}` };
      const pod = pods.get(host);
      if (pod !== undefined) return { place: 'pod', owner: `Pod ${pod}` };
      const network = networks.find((one) => isInNetwork(host, one));
      if (network !== undefined) return { place: 'pod', owner: `the pod network ${network}` };
      return { place: serviceOfHost(host, isKnown) === undefined ? 'outside' : 'service', owner: '' };
    },
  };
}

/** A name of two labels is a Service where there is one: `db.shop` could be a name of the outside as well. */
function knownServices(cluster: AssessFacts['source']): (service: string) => boolean {
  const names = new Set(listOf<ServiceObject>(cluster, 'services').map(({ metadata }) => nameOf(metadata)));
  return (service) => names.has(service);
}

function nameOf({ namespace = '', name }: Kube['metadata']): string {
  return `${namespace}/${name}`;
}

/** Addresses that lead out of the cluster, once each, with every place they stand in. Also what the probe asks. */
export function outsideAddresses(facts: AssessFacts): readonly (readonly [AddressUse, ...AddressUse[]])[] {
  const places = placesOf(facts);
  const out = facts.scope.addresses.filter(({ host }) => places.of(host).place === 'outside');
  const groups = Map.groupBy(out, ({ host, port }) => `${host}:${port}`);
  return [...groups.keys()].sort().map((key) => groups.get(key) as unknown as readonly [AddressUse, ...AddressUse[]]);
}

function outside(facts: AssessFacts): RawFinding[] {
  // Places of clouds are findings of the planning pass.
  const named = outsideAddresses(facts).filter(([{ host }]) => cloudHost(host) === undefined);
  return named.map((uses): RawFinding => {
    const [first] = uses;
    const namespaces = new Set(uses.map(({ ref }) => ref.namespace));
    const kind = isAddress(first.host) ? (isPrivate(first.host) ? 'a private address' : 'a public address') : 'a name';
    return {
      code: 'EXTERNAL_ADDRESS',
      subject: `${first.host}${first.port === 0 ? '' : `:${first.port}`}`,
      namespace: namespaces.size === 1 ? first.ref.namespace : '',
      side: 'source',
      message: `${kind} (${first.protocol}) in ${whereText(uses)}`,
      evidence: 'recognised by its format; only host and port are kept',
    };
  });
}

/** The first places an address stands in. */
export function whereText(uses: readonly AddressUse[]): string {
  const places = [...new Set(uses.map(({ ref, where }) => `${describeRef(ref)} ${where}`))];
  return `${places.slice(0, 3).join(', ')}${places.length > 3 ? ` and ${places.length - 3} more` : ''}`;
}

const sourceCodes = { cluster: 'ADDRESS_CLUSTER_IP', node: 'ADDRESS_NODE_IP', pod: 'ADDRESS_POD_IP' } as const;

function sourceOnly(facts: AssessFacts): RawFinding[] {
  const places = placesOf(facts);
  return facts.scope.addresses.flatMap(({ host, port, ref, where }): RawFinding[] => {
    const { place, owner } = places.of(host);
    if (place === 'outside' || place === 'service') return [];
    return [
      {
        code: sourceCodes[place],
        subject: `${describeRef(ref)} ${where}`,
        namespace: ref.namespace,
        side: 'source',
        message: `it contains ${host}${port === 0 ? '' : `:${port}`}, which is ${owner}`,
        evidence: `addresses of ${facts.source.name}`,
      },
    ];
  });
}

function outOfScope(facts: AssessFacts): RawFinding[] {
  const { scope, spec } = facts;
  const onSource = new Set(listOf(facts.source, 'services').map(({ metadata }) => nameOf(metadata)));
  const onTarget = new Set(listOf(facts.target, 'services').map(({ metadata }) => nameOf(metadata)));
  const moving = new Set(scope.namespaces);
  const arriving = new Set(scope.namespaces.map((name) => spec.namespaceMapping[name] ?? name));
  const isKnown = (service: string): boolean => onSource.has(service);
  return scope.addresses.flatMap(({ host, ref, where }): RawFinding[] => {
    const service = serviceOfHost(host, isKnown);
    if (service === undefined) return [];
    const { namespace, name } = service;
    const renamed = spec.namespaceMapping[namespace];
    if (moving.has(namespace) && (renamed === undefined || renamed === namespace)) return [];
    // A transform has put the name of the target there already.
    if (!moving.has(namespace) && arriving.has(namespace)) return [];
    if (onTarget.has(`${namespace}/${name}`)) return [];
    const isThere = onSource.has(`${namespace}/${name}`);
    const why = !isThere
      ? `there is no Service ${namespace}/${name} on either side`
      : moving.has(namespace)
        ? `namespace ${namespace} becomes ${renamed}`
        : `Service ${namespace}/${name} does not move`;
    return [
      {
        code: 'SERVICE_OUT_OF_SCOPE',
        // A name that leads to nothing on the source either is no loss of the move.
        ...(isThere ? {} : { severity: 'warning', remedy: 'correct the setting if anything reads it, or remove it' }),
        subject: `${describeRef(ref)} ${where}`,
        namespace: ref.namespace,
        side: 'target',
        message: `it refers to ${host}; ${why}`,
        evidence: `Services of ${facts.source.name} and ${facts.target.name}`,
      },
    ];
  });
}

function aliases(facts: AssessFacts): RawFinding[] {
  const services = scopeObjects<ServiceObject>(facts, 'Service', '');
  const names = services
    .filter(({ object }) => object.spec.type === 'ExternalName')
    .map(({ ref, object }): RawFinding => {
      const subject = `Service ${ref.namespace}/${ref.name}`;
      const message = `it is an alias of ${object.spec.externalName ?? ''}`;
      return {
        code: 'EXTERNAL_NAME',
        subject,
        namespace: ref.namespace,
        side: 'source',
        message,
        evidence: 'its spec',
      };
    });
  const selecting = new Set(
    services.filter(({ object }) => object.spec.selector !== undefined).map(({ ref }) => `${ref.namespace}/${ref.name}`)
  );
  const manual = scopeObjects<EndpointsObject>(facts, 'Endpoints', '').flatMap(({ ref, object }): RawFinding[] => {
    const addresses = (object.subsets ?? []).flatMap((subset) => (subset.addresses ?? []).map(({ ip }) => ip));
    if (addresses.length === 0 || selecting.has(`${ref.namespace}/${ref.name}`)) return [];
    return [manualEndpoints(ref, addresses, 'subsets')];
  });
  // Those of controllers are excluded; what is in the scope is somebody's.
  const slices = scopeObjects<SliceObject>(facts, 'EndpointSlice', 'discovery.k8s.io').flatMap(
    ({ ref, object }): RawFinding[] => {
      const addresses = (object.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []);
      return addresses.length === 0 ? [] : [manualEndpoints(ref, addresses, 'endpoints')];
    }
  );
  return [...names, ...manual, ...slices];
}

function manualEndpoints(ref: ObjectRef, addresses: readonly string[], evidence: string): RawFinding {
  return {
    code: 'ENDPOINTS_MANUAL',
    subject: `${ref.kind} ${ref.namespace}/${ref.name}`,
    namespace: ref.namespace,
    side: 'source',
    message: `they are ${addresses.slice(0, 5).join(', ')}`,
    evidence,
  };
}
