/** Where secrets stand in the messages of object stores and their SDKs: presigned URLs, SAS, headers, key ids. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [
    /\b((?:X-Amz-(?:Signature|Security-Token|Credential)|sig|AccountKey|SharedAccessSignature|aws_[a-z_]+)\s*[=:]\s*)[^\s&;,"'<]+/giu,
    '$1***',
  ],
  [/\b(Signature|Credential)=[^\s,&"'<]+/gu, '$1=***'],
  [/\b(SharedKey(?:Lite)?|Bearer)\s+\S+/gu, '$1 ***'],
  [/\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b/gu, '***'],
  [/\/\/[^/\s:@]+:[^/\s@]+@/gu, '//***@'],
  // Keys and signatures in base64 (an AWS secret has 40 characters, an Azure key 88).
  [
    /(?<![A-Za-z0-9+/])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{40,}={0,2}/gu,
    '***',
  ],
];

/** Takes everything out of a foreign message that could be a credential, and cuts it to a readable length. */
export function redact(text: string): string {
  let result = text;
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return result.length > 400 ? `${result.slice(0, 400)}…` : result;
}
