import { hidden, withoutSecretForms } from '../core/secret-forms.ts';

/**
 * Secrets never reach what people see or what is kept. Two nets: the values that were read as secrets in this process, and
 * what has the form of one wherever it comes from (messages of servers quote requests).
 */

/** Shorter values are found everywhere and give nothing away. */
const valueLengthMin = 4;

/** Takes secrets out of texts and of data. */
export interface Redactor {
  text(value: string): string;
  /** A copy of plain data with every text in it redacted; keys stay. */
  data<T>(value: T): T;
}

/** A redactor that also knows these values; forms of secrets it knows anyway. */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const values = [...new Set(secrets.flatMap(variants))]
    .filter((value) => value.length >= valueLengthMin)
    .sort((a, b) => b.length - a.length);
  const text = (value: string): string => {
    let result = value;
    for (const secret of values) result = result.replaceAll(secret, hidden);
    return withoutSecretForms(result);
  };
  return { text, data: <T>(value: T): T => mapTexts(value, text) as T };
}

/** As it is, in an address, in base64: the ways in which a value turns up in messages. */
function variants(secret: string): string[] {
  const trimmed = secret.trim();
  const inJson = JSON.stringify(trimmed).slice(1, -1);
  return [trimmed, inJson, encodeURIComponent(trimmed), Buffer.from(trimmed).toString('base64').replace(/=+$/, '')];
}

function mapTexts(value: unknown, text: (value: string) => string): unknown {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, text));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, mapTexts(inner, text)]));
}
