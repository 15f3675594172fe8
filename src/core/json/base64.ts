const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const values = new Map(Array.from(alphabet, (character, value) => [character, value] as const));

/**
 * Decodes base64 to text in which every byte is one character: enough to look for names, which are ASCII. Text that is no
 * base64 gives ''. Only the first `bytesMax` bytes are decoded.
 */
export function decodeBase64(text: string, bytesMax: number): string {
  const parts: string[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text) {
    if (character === '=' || parts.length >= bytesMax) break;
    const value = values.get(character);
    if (value === undefined) return '';
    held = ((held << 6) | value) & 0xff_ff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    parts.push(String.fromCharCode((held >> bits) & 0xff));
  }
  return parts.join('');
}
