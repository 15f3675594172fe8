/**
 * Secrets never reach a skin (T15). Two nets: the values that were read as secrets in this process, and what has the
 * form of one wherever it comes from (messages of servers quote requests).
 */

const hidden = '[redacted]';
/** Shorter values are found everywhere and give nothing away. */
const valueLengthMin = 6;

/** Forms of secrets: what is kept before, what is hidden. Hashes and object names must pass. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  // JSON Web Tokens: service accounts, OIDC.
  [/\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g, hidden],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, `$1 ${hidden}`],
  // Signatures, credentials and tokens in addresses of S3 (V2, V4), Azure and Google.
  [
    /([?&;](?:X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|sig|token|access_token)=)[^&\s"']+/gi,
    `$1${hidden}`,
  ],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, hidden],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,})\b/g, hidden],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi, `$1${hidden}@`],
  [
    /((?:^|[^\w-])["']?[\w-]*(?:password|passwd|pwd|secret[_-]?(?:access[_-]?)?key|account[_-]?key|api[_-]?key|client[_-]?secret|session[_-]?token|x-amz-security-token)["']?\s*[=:]\s*)(?!\{ )(?:"[^"]*"|'[^']*'|[^\s"',;&}\]]+)/gi,
    `$1${hidden}`,
  ],
];

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
    for (const [form, replacement] of forms) result = result.replace(form, replacement);
    return result;
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
