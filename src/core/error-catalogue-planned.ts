import type { ErrorEntry } from './errors.ts';
import { plannedWords } from './planned-words.ts';

/** Findings about the target that stop a run as well: the same code with the same words; a part of the catalogue. */
export const plannedErrors = {
  CRD_CONVERSION_DEAD: errorOf('CRD_CONVERSION_DEAD'),
  EXTERNAL_SHARED: errorOf('EXTERNAL_SHARED'),
  NODE_PORT_TAKEN: errorOf('NODE_PORT_TAKEN'),
  QUOTA_SHORT: errorOf('QUOTA_SHORT'),
  LIMIT_RANGE_REFUSES: errorOf('LIMIT_RANGE_REFUSES'),
} as const satisfies Record<string, ErrorEntry>;

function errorOf(code: keyof typeof plannedWords): ErrorEntry {
  const { summary, consequence, remedy } = plannedWords[code];
  return { group: 'target', retry: 'never', summary: `${summary} ${consequence}`, fix: remedy, acceptance: 'any' };
}
