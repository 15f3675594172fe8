/**
 * Kubernetes quantities, exact: the grammar, the cap and the rounding of apimachinery's `resource.Quantity`, by which
 * `1024Mi` is `1Gi` and `0.5` is `500m`. Decimal and binary suffixes are scaled to integers, never to a double.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */

/** One that is not negative. Quantities have few digits: more could only cost time. */
export const quantityForm =
  /^(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?$/;

const nano = 1_000_000_000n;
const milli = 1_000_000n;
const most = ((1n << 63n) - 1n) * nano;

const decimal = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

/**
 * The value in billionths; undefined when the text is no quantity. As the server does, anything finer is rounded away from
 * zero, and anything beyond 2^63 - 1 counts as that.
 */
export function parseQuantity(text: string): bigint | undefined {
  const isNegative = text.startsWith('-');
  const amount = /^[+-]/.test(text) ? text.slice(1) : text;
  if (!quantityForm.test(amount)) return undefined;
  const [, whole = '', fraction = '', suffix = ''] = /^([0-9]*)\.?([0-9]*)(.*)$/.exec(amount) ?? [];
  const [multiply, divide] = scaleOf(suffix);
  const divisor = divide * 10n ** BigInt(fraction.length);
  const rounded = (BigInt(whole + fraction) * multiply + divisor - 1n) / divisor;
  const value = rounded > most ? most : rounded;
  return isNegative ? -value : value;
}

/** From units with this suffix to billionths. */
function scaleOf(suffix: string): readonly [multiply: bigint, divide: bigint] {
  if (/^[eE]./.test(suffix) && suffix !== 'Ei') return powerOfTen(BigInt(suffix.slice(1).replace('+', '')));
  const exponent = binary.indexOf(suffix);
  if (exponent > 0) return [nano << BigInt(10 * exponent), 1n];
  return powerOfTen(3n * BigInt(decimal.indexOf(suffix) - 3));
}

function powerOfTen(exponent: bigint): readonly [multiply: bigint, divide: bigint] {
  return exponent < 0n ? [nano, 10n ** -exponent] : [nano * 10n ** exponent, 1n];
}

/** The value in whole units, rounded up: bytes, pods, gigabytes. Beyond 2^53 the nearest number. Undefined when it is none. */
export function quantityValue(text: string): number | undefined {
  return scaled(text, nano);
}

/** The value in thousandths, rounded up: `500m` of a CPU is 500. Undefined when it is none. */
export function quantityMilliValue(text: string): number | undefined {
  return scaled(text, milli);
}

function scaled(text: string, unit: bigint): number | undefined {
  const value = parseQuantity(text);
  if (value === undefined) return undefined;
  const truncated = value / unit;
  return Number(value > truncated * unit ? truncated + 1n : truncated);
}

/** Compares quantities by value; undefined when one of the two is none. */
export function equalQuantities(a: string, b: string): boolean | undefined {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return left === undefined || right === undefined ? undefined : left === right;
}

/** Gives the larger of two quantities as it was written; the first when they are equal or one is none. */
export function largerQuantity(first: string, second: string | undefined): string {
  const left = parseQuantity(first);
  const right = second === undefined ? undefined : parseQuantity(second);
  return second !== undefined && left !== undefined && right !== undefined && right > left ? second : first;
}
