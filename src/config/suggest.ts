import { distance } from 'fastest-levenshtein';

/** The candidate that was probably intended, or undefined: at most a third of the letters differ, ignoring case. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const found = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (found < bestDistance) {
      best = candidate;
      bestDistance = found;
    }
  }
  return best;
}

/** `did you mean X?`, else what there is to choose from. */
export function suggestion(word: string, candidates: readonly string[], noun: string): string {
  const suggestion = closest(word, candidates);
  if (suggestion !== undefined) return `did you mean ${suggestion}?`;
  if (candidates.length === 0) return `there is no ${noun} to name`;
  const shown = candidates.slice(0, 12).join(', ');
  return `${noun} here: ${shown}${candidates.length > 12 ? ', …' : ''}`;
}

/** Insertions, deletions and replacements; letters in another order are one mistake, the most frequent of all. */
function editDistance(a: string, b: string): number {
  const isReordered = a !== b && sorted(a) === sorted(b);
  return isReordered ? 1 : distance(a, b);
}

function sorted(word: string): string {
  return Array.from(word).sort().join('');
}
