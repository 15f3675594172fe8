import { hash } from 'node:crypto';

/** SHA-256 of a text's UTF-8 bytes, hex. In one go: an object for each hash would wait for a full garbage collection. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
