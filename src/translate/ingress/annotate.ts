import { ensureTree, type Draft } from '../draft.ts';

/** Sets annotations in one step. */
export function annotate(draft: Draft, reason: string, values: Readonly<Record<string, string>>): void {
  draft.step(reason, (root) => Object.assign(ensureTree(ensureTree(root, 'metadata'), 'annotations'), values));
}
