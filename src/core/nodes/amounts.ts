import { formatBytes } from '../run/format.ts';
import { quantityMilliValue, quantityValue } from '../quantity.ts';
import type { Container, PodSpec, Quantities } from '../kube-objects.ts';

/** What pods ask for: thousandths of a CPU and bytes. */
export interface Amounts {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

export const noAmounts: Amounts = { cpuMilli: 0, memoryBytes: 0 };

/** Thousandths of a CPU: `500m`, `0.5`, `2`. Anything else is 0. */
export function cpuMilli(quantity: string | undefined): number {
  return quantityMilliValue(quantity ?? '') ?? 0;
}

export function bytesOf(quantity: string | undefined): number {
  return quantityValue(quantity ?? '') ?? 0;
}

export function amountsOf(quantities: Quantities | undefined): Amounts {
  return { cpuMilli: cpuMilli(quantities?.['cpu']), memoryBytes: bytesOf(quantities?.['memory']) };
}

export function add(one: Amounts, other: Amounts): Amounts {
  return { cpuMilli: one.cpuMilli + other.cpuMilli, memoryBytes: one.memoryBytes + other.memoryBytes };
}

export function times(one: Amounts, factor: number): Amounts {
  return { cpuMilli: one.cpuMilli * factor, memoryBytes: one.memoryBytes * factor };
}

/**
 * What the scheduler counts for a pod: all containers and sidecars together, or its largest init container, whichever
 * is more, and the overhead of its runtime. A limit without a request is the request.
 * https://kubernetes.io/docs/concepts/workloads/pods/init-containers/#resource-sharing-within-containers
 */
export function podAmounts(pod: PodSpec): Amounts {
  const { containers = [], initContainers = [] } = pod;
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  const running = [...containers, ...sidecars].map(requestsOf).reduce(add, noAmounts);
  const starting = initContainers.map(requestsOf);
  const most = (pick: (amounts: Amounts) => number) => Math.max(pick(running), ...starting.map(pick));
  return add(
    { cpuMilli: most((amounts) => amounts.cpuMilli), memoryBytes: most((amounts) => amounts.memoryBytes) },
    amountsOf(pod.overhead)
  );
}

function requestsOf({ resources }: Container): Amounts {
  return amountsOf({ ...resources?.limits, ...resources?.requests });
}

/** `1.5 CPU, 12 GiB`. */
export function amountsText({ cpuMilli: milli, memoryBytes }: Amounts): string {
  return `${Math.round(milli / 10) / 100} CPU, ${formatBytes(memoryBytes)}`;
}
