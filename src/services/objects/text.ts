const decoder = new TextDecoder('utf-8', { fatal: true });

/** The text of a raw object. JSON is UTF-8 (RFC 8259 section 8.1); bytes that are not are refused, never replaced. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
