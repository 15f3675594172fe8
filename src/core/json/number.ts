/**
 * The one spelling of a JSON number by its exact decimal value: `1.0`, `1`, `10e-1` become `1`; `-0` becomes `0`.
 * Never goes through a double, so 9007199254740993 stays itself. `text` must be a JSON number (RFC 8259 section 6);
 * undefined when it is not.
 */
export function normaliseNumber(text: string): string | undefined {
  if (/^-?[1-9][0-9]{0,20}$/.test(text)) return text;
  const parts = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/.exec(text);
  if (parts === null) return undefined;
  const fraction = parts[3] ?? '';
  const digits = stripLeadingZeros((parts[2] ?? '') + fraction);
  if (digits === '') return '0';
  const significant = stripTrailingZeros(digits);
  // BigInt: an exponent may itself be longer than a double can hold, and two such numbers still differ.
  const exponent = BigInt(parts[4] ?? '0') - BigInt(fraction.length) + BigInt(digits.length - significant.length);
  const sign = parts[1] ?? '';
  if (exponent === 0n) return sign + significant;
  if (exponent > 0n && exponent + BigInt(significant.length) <= 21n) {
    return sign + significant + '0'.repeat(Number(exponent));
  }
  return `${sign}${significant}e${exponent}`;
}

/** True when a double holds exactly this decimal value, so that decoding and writing it again loses nothing. */
export function isExactDouble(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) return false;
  return text.length < 16 || normaliseNumber(String(value)) === normaliseNumber(text);
}

// Loops, not /0+$/: that expression is quadratic on a long run of zeros that does not end the number.
function stripLeadingZeros(digits: string): string {
  let from = 0;
  while (digits.charCodeAt(from) === 0x30) from++;
  return digits.slice(from);
}

function stripTrailingZeros(digits: string): string {
  let to = digits.length;
  while (digits.charCodeAt(to - 1) === 0x30) to--;
  return digits.slice(0, to);
}
