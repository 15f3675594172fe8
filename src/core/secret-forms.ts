/** What stands where a secret was. */
export const hidden = '[redacted]';

/** Forms of secrets: what is kept before, what is hidden. Hashes and object names must pass. */
const forms: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, hidden],
  // JSON Web Tokens: service accounts, OIDC.
  [/\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?/g, hidden],
  [/\b(Bearer|Basic|SharedKey(?:Lite)?)\s+[\w.:~+/=-]{6,}/gi, `$1 ${hidden}`],
  // Signatures, credentials and tokens in addresses of S3 (V2, V4), Azure and Google.
  [
    /([?&;](?:X-(?:Amz|Goog)-(?:Signature|Credential|Security-Token)|Signature|AWSAccessKeyId|sig|token|access_token)=)[^&\s"']+/gi,
    `$1${hidden}`,
  ],
  // The same in the headers and connection strings of stores.
  [
    /\b(Signature|Credential|SharedAccessSignature|sig(?==)|aws_[a-z_]*(?:key|token)[a-z_]*)(\s*[=:]\s*)[^\s&;,"'<]+/gi,
    `$1$2${hidden}`,
  ],
  [/\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b/g, hidden],
  // Access tokens of Google.
  [/\bya29\.[\w-]{8,}/g, hidden],
  [/\b(?:gh[pousr]_[A-Za-z0-9]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,})\b/g, hidden],
  [/([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]*:[^\s/@]+@/gi, `$1${hidden}@`],
  [
    /((?:^|[^\w-])["']?[\w-]*(?:password|passwd|pwd|secret[_-]?(?:access[_-]?)?key|account[_-]?key|api[_-]?key|client[_-]?secret|session[_-]?token|x-amz-security-token)["']?\s*[=:]\s*)(?!\{ )(?:"[^"]*"|'[^']*'|[^\s"',;&}\]]+)/gi,
    `$1${hidden}`,
  ],
];

/** Takes out of a text what has the form of a secret, wherever the text comes from: keys, tokens, passwords in addresses. Pure. */
export function withoutSecretForms(text: string): string {
  let result = text;
  for (const [form, replacement] of forms) result = result.replace(form, replacement);
  return result;
}
