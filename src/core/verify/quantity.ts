/**
 * Compares quantities by value: `1024Mi` and `1Gi`, `0.5` and `500m` (apimachinery `resource.Quantity`). Undefined when
 * one of the two is no quantity. Exact: decimal and binary suffixes are scaled to a common integer, never to a double.
 */
export function equalQuantities(a: string, b: string): boolean | undefined {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return left === undefined || right === undefined ? undefined : left === right;
}

const nano = 1_000_000_000n;
const suffixes: Readonly<Partial<Record<string, readonly [multiply: bigint, divide: bigint]>>> = {
  '': [1n, 1n],
  n: [1n, nano],
  u: [1n, 1_000_000n],
  m: [1n, 1_000n],
  k: [1_000n, 1n],
  M: [1_000_000n, 1n],
  G: [nano, 1n],
  T: [nano * 1_000n, 1n],
  P: [nano * 1_000_000n, 1n],
  E: [nano * nano, 1n],
  Ki: [1n << 10n, 1n],
  Mi: [1n << 20n, 1n],
  Gi: [1n << 30n, 1n],
  Ti: [1n << 40n, 1n],
  Pi: [1n << 50n, 1n],
  Ei: [1n << 60n, 1n],
};

/** The value in billionths, rounded up as the server does with anything finer. */
function parseQuantity(text: string): bigint | undefined {
  const parts = /^([+-]?)([0-9]{1,30})?(?:\.([0-9]{0,30}))?(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(
    text
  );
  if (parts === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0', suffix = ''] = parts;
  const scale = suffixes[suffix];
  if (whole + fraction === '' || scale === undefined) return undefined;
  const power = BigInt(exponent);
  const multiply = scale[0] * nano * (power > 0n ? 10n ** power : 1n);
  const divide = scale[1] * 10n ** BigInt(fraction.length) * (power < 0n ? 10n ** -power : 1n);
  const value = BigInt(whole + fraction) * multiply;
  const rounded = (value + divide - 1n) / divide;
  return sign === '-' ? -rounded : rounded;
}
