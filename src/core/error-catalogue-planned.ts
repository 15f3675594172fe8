import { plannedWords } from './planned-words.ts';
import type { ErrorEntry } from './error-entry.ts';

type PlannedCode = keyof typeof plannedWords;

/**
 * Findings of the planning pass that stop a run as well: the same code with the same words; a part of the catalogue. A
 * blocker without an entry here could not become the error of a run.
 */
export const plannedErrors = Object.fromEntries(
  (Object.keys(plannedWords) as PlannedCode[]).map((code) => [code, errorOf(code)])
) as Readonly<Record<PlannedCode, ErrorEntry>>;

function errorOf(code: PlannedCode): ErrorEntry {
  const { summary, consequence, remedy } = plannedWords[code];
  return { group: 'target', retry: 'never', summary: `${summary} ${consequence}`, fix: remedy, acceptance: 'any' };
}
