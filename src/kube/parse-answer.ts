import type { ApiAnswer } from './api-client.ts';
import { IncompleteJson, visitObject } from './json-scan.ts';

/** Parses an answer that is the server talking about itself (discovery, reviews). Objects are never parsed this way. */
export function parseAnswer(answer: ApiAnswer): unknown {
  try {
    return JSON.parse(answer.body.toString('utf8')) as unknown;
  } catch {
    throw new IncompleteJson('the answer is not JSON', answer.body.length);
  }
}

/** The answer as it came, after checking that it is one complete object. */
export function rawAnswer(answer: ApiAnswer): { readonly bytes: Buffer } {
  visitObject(answer.body, () => undefined);
  return { bytes: answer.body };
}
