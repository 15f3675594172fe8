/** What a Service asks of its load balancer, in nobody's words. Absent: it does not say. */
export interface LoadBalancerModel {
  exposure?: 'internal' | 'public';
  /** True: the exposure is the platform's default and not the Service's own word. */
  exposureIsDefault?: boolean;
  /** Addresses it is pinned to: IPs, or names of allocations. */
  readonly addresses: string[];
  /** Services with the same word share one address. */
  shared?: string;
  /** CIDRs that may connect. */
  readonly sourceRanges: string[];
  health: HealthCheck;
  idleTimeoutSeconds?: number;
  proxyProtocol?: boolean;
  certificate?: { readonly name: string; readonly ports: readonly string[] };
  crossZone?: boolean;
  preserveClientIp?: boolean;
  readonly subnets: string[];
  /** DNS name of the address, given by the cloud. */
  dnsLabel?: string;
  /** What has no form outside of the platform: annotation to what it did. */
  readonly unmapped: { readonly key: string; readonly what: string }[];
  /** Annotations that were read: all of them are removed. */
  readonly read: Set<string>;
}

export interface HealthCheck {
  protocol?: 'TCP' | 'HTTP' | 'HTTPS';
  port?: string;
  path?: string;
  intervalSeconds?: number;
  timeoutSeconds?: number;
  unhealthyCount?: number;
  healthyCount?: number;
}

export function emptyModel(): LoadBalancerModel {
  return { addresses: [], sourceRanges: [], subnets: [], unmapped: [], read: new Set(), health: {} };
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

export function lost(key: RegExp, what: string): FieldReader {
  return { key, read: (model, _value, name) => model.unmapped.push({ key: name, what }) };
}
