import { read } from '../json/node.ts';
import { isJsonObject, type JsonValue } from '../json/value.ts';
import { excluded, taken, type Decision } from './decision.ts';
import { controlPlane, isApiServerService } from './derived.ts';
import type { ObjectHead } from './head.ts';

/** What is known of the Service that endpoints belong to. */
export interface EndpointsService {
  readonly hasSelector: boolean;
  /** Addresses in the Endpoints of that name; empty where there are none. */
  readonly addresses: ReadonlySet<string>;
}

export interface ServiceContext {
  /** The Service of endpoints, undefined where there is none. Absent: marks on the endpoints decide alone. */
  readonly serviceOf?: (namespace: string, name: string) => EndpointsService | undefined;
}

const serviceLabel = 'kubernetes.io/service-name';
const managedBy = 'endpointslice.kubernetes.io/managed-by';
const mirroring = 'endpointslicemirroring-controller.k8s.io';
const again = excluded('derived/endpoints', 'recreated for its Service from the pods on the target');

/** The Service that Endpoints or a slice belong to; '' when they belong to none. */
export function serviceNameOf(head: ObjectHead): string {
  if (isKind(head, '', 'Endpoints')) return head.ref.name;
  return isKind(head, 'discovery.k8s.io', 'EndpointSlice') ? (head.labels[serviceLabel] ?? '') : '';
}

/**
 * Endpoints that a controller makes again are excluded. Their marks stay when a Service loses its selector, and from
 * then on nobody writes them but people (kubernetes#91072), so the Service as it is now decides:
 *
 *   Service          Endpoints          slice of the endpoint controller         mirrored slice
 *   has a selector   made again         made again                               made again
 *   has none         data               data, unless Endpoints hold the same     made again from Endpoints
 *   gone             by their marks: what carries one of a controller is a remainder
 */
export function decideEndpoints(head: ObjectHead, text: string, context: ServiceContext): Decision {
  const isSlice = isKind(head, 'discovery.k8s.io', 'EndpointSlice');
  if (!isSlice && !isKind(head, '', 'Endpoints')) return taken;
  if (isApiServerService(head)) return again;
  if (!(isSlice ? hasSliceMark(head) : hasEndpointsMark(head))) return taken;
  const { serviceOf } = context;
  if (serviceOf === undefined) return again;
  const service = serviceOf(head.ref.namespace, serviceNameOf(head));
  if (service === undefined)
    return excluded('derived/endpoints', 'created by a controller for a Service that no longer exists');
  if (service.hasSelector) return again;
  return isSlice ? decideKeptSlice(head, text, service) : decideKeptEndpoints(text);
}

/** Endpoints of a Service with a selector have no owner, only a label since 1.33 (fact 28), before that an annotation. */
function hasEndpointsMark(head: ObjectHead): boolean {
  return (
    head.labels['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller' ||
    head.annotations['endpoints.kubernetes.io/last-change-trigger-time'] !== undefined ||
    (head.managers.length > 0 && head.managers.every((manager) => controlPlane.has(manager.manager)))
  );
}

/** Slices that people wrote for a Service without selector carry another manager, or none, and are taken. */
function hasSliceMark(head: ObjectHead): boolean {
  return (head.labels[managedBy] ?? '').endsWith('.k8s.io');
}

function decideKeptEndpoints(text: string): Decision {
  return ofPods(addressesAt(text, '/subsets', 'addresses')) ?? taken;
}

function decideKeptSlice(head: ObjectHead, text: string, service: EndpointsService): Decision {
  if (head.labels[managedBy] === mirroring) {
    return excluded('derived/endpoints', 'mirrored again from the Endpoints of its Service');
  }
  const held = addressesOfSlice(text);
  if (held.every(({ ip }) => service.addresses.has(ip))) {
    return excluded('derived/endpoints', 'the Endpoints of its Service hold the same addresses and are mirrored');
  }
  return ofPods(held) ?? taken;
}

interface Held {
  readonly ip: string;
  readonly isPod: boolean;
}

/** Addresses of pods say where pods of the source are; on the target others may have them. */
function ofPods(held: readonly Held[]): Decision | undefined {
  return held.length > 0 && held.every(({ isPod }) => isPod)
    ? excluded(
        'derived/endpoints-of-pods',
        'it only holds addresses of pods on the source, and its Service has no selector'
      )
    : undefined;
}

/** Whether controllers make endpoints of a Service; an empty selector is none. */
export function hasSelector(serviceText: string): boolean {
  const selector = read(serviceText, '/spec/selector');
  return isJsonObject(selector) && Object.keys(selector).length > 0;
}

/** The addresses in the subsets of Endpoints, ready and not. */
export function addressesOfEndpoints(text: string): ReadonlySet<string> {
  const all = [...addressesAt(text, '/subsets', 'addresses'), ...addressesAt(text, '/subsets', 'notReadyAddresses')];
  return new Set(all.map(({ ip }) => ip));
}

function addressesAt(text: string, pointer: string, list: string): readonly Held[] {
  return objects(read(text, pointer)).flatMap((subset) =>
    objects(subset[list]).map((address) => ({ ip: textOf(address['ip']), isPod: isPod(address) }))
  );
}

function addressesOfSlice(text: string): readonly Held[] {
  return objects(read(text, '/endpoints')).flatMap((endpoint) => {
    const addresses = Array.isArray(endpoint['addresses']) ? (endpoint['addresses'] as readonly JsonValue[]) : [];
    return addresses.map((ip) => ({ ip: textOf(ip), isPod: isPod(endpoint) }));
  });
}

function isPod(holder: { readonly [key: string]: JsonValue }): boolean {
  return isJsonObject(holder['targetRef']) && holder['targetRef']['kind'] === 'Pod';
}

function objects(value: JsonValue | undefined): readonly { readonly [key: string]: JsonValue }[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isKind({ ref }: ObjectHead, group: string, kind: string): boolean {
  return ref.group === group && ref.kind === kind;
}
