/** What a Service asks of its load balancer, in nobody's words. Absent: it does not say. */
export interface LoadBalancerModel {
  exposure?: 'internal' | 'public';
  /** True: the exposure is the platform's default and not the Service's own word. */
  exposureIsDefault?: boolean;
  /** Addresses it is pinned to: IPs, or names of allocations. */
  readonly addresses: string[];
  /** Services with the same word share one address. */
  shared?: string;
  /** Addresses that other Services of the source are pinned to as well. */
  sharedWith?: readonly SharedAddress[];
  /** CIDRs that may connect. */
  readonly sourceRanges: string[];
  health: HealthCheck;
  idleTimeoutSeconds?: number;
  proxyProtocol?: boolean;
  certificate?: { readonly name: string; readonly ports: readonly string[] };
  /** Behind the certificate pods are spoken to by TLS again. */
  backendTls?: boolean;
  crossZone?: boolean;
  preserveClientIp?: boolean;
  readonly subnets: string[];
  /** DNS name of the address, given by the cloud. */
  dnsLabel?: string;
  /** What has no form outside of the platform: annotation to what it did. */
  readonly unmapped: Unmapped[];
  /** What kept connections out and has no form outside of the platform. */
  readonly opening: Unmapped[];
  /** Who may connect beside `sourceRanges`: lost without them, anybody may; lost beside them, fewer may. */
  readonly grants: Unmapped[];
  /** Annotations that were read: all of them are removed. */
  readonly read: Set<string>;
}

export interface SharedAddress {
  readonly address: string;
  /** All of them, as `namespace/name`, in order. */
  readonly services: readonly string[];
  readonly isFirst: boolean;
}

export interface Unmapped {
  readonly key: string;
  readonly what: string;
}

/**
 * Where a health check knocks, when not at the port it is for. Platforms count ports otherwise: targets by address are
 * asked on ports of the pod, Azure and instance targets on ports of the node.
 */
export type ProbePort =
  { readonly of: 'service'; readonly port: string } | { readonly of: 'pod' | 'node'; readonly port: number };

export interface HealthCheck {
  protocol?: 'TCP' | 'HTTP' | 'HTTPS';
  port?: ProbePort;
  path?: string;
  intervalSeconds?: number;
  timeoutSeconds?: number;
  unhealthyCount?: number;
  healthyCount?: number;
}

export function emptyModel(): LoadBalancerModel {
  return {
    addresses: [],
    sourceRanges: [],
    subnets: [],
    unmapped: [],
    opening: [],
    grants: [],
    read: new Set(),
    health: {},
  };
}

/** One annotation of a platform: what it says, or what is gone with it. */
export interface FieldReader {
  readonly key: RegExp;
  read(model: LoadBalancerModel, value: string, key: string): void;
}

export const commaList = (value: string): string[] =>
  value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

/** Health-check protocols as platforms write them: `Http`, `TCP`, `https`. */
export function protocolOf(value: string): 'TCP' | 'HTTP' | 'HTTPS' {
  const upper = value.toUpperCase();
  return upper === 'HTTP' || upper === 'HTTPS' ? upper : 'TCP';
}

/** A whole number written as text; undefined for anything else, which its controller ignores or refuses. */
export function whole(value: string): number | undefined {
  return /^[0-9]{1,7}$/.test(value.trim()) ? Number(value) : undefined;
}

export function lost(key: RegExp, what: string): FieldReader {
  return { key, read: (model, _value, name) => model.unmapped.push({ key: name, what }) };
}

/** Something that kept connections out, or eyes off them. */
export function opening(key: RegExp, what: string): FieldReader {
  return { key, read: (model, _value, name) => model.opening.push({ key: name, what }) };
}
