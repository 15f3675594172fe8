const factors: Readonly<Record<string, number>> = {
  ...{ '': 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/**
 * Gives the bytes of a Kubernetes quantity (`10Gi`, `5e9`, `500M`), rounded up; undefined when it is none. Beyond 2^53
 * bytes (8 PiB) the result is the nearest number.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantityBytes(quantity: string): number | undefined {
  const parts = /^([+-]?\d*\.?\d*)(?:([eE][+-]?\d+)|([KMGTPE]i|[mkMGTPE])?)$/.exec(quantity);
  if (parts === null || parts[1] === '' || parts[1] === '.') return undefined;
  const value = Number(`${parts[1]}${parts[2] ?? ''}`) * (factors[parts[3] ?? ''] ?? 1);
  return Number.isFinite(value) ? Math.ceil(value) : undefined;
}

/** Gives the larger of two quantities as it was written; the first when they are equal or one is none. */
export function largerQuantity(first: string, second: string | undefined): string {
  const left = quantityBytes(first);
  const right = second === undefined ? undefined : quantityBytes(second);
  return second !== undefined && left !== undefined && right !== undefined && right > left ? second : first;
}
