import { describeRef } from '../resource.ts';
import type { ObjectRef } from '../resource.ts';
import type { TransformNote } from '../transform/rule.ts';
import type { PlannedLoss } from './plan.ts';

const examplesMax = 5;
/** Groups of losses in the head of a plan. */
const lossesMax = 200;

/** What rules note that does not survive, by rule and sentence, most frequent first. The order of the notes plays no part. */
export function lossesOf(
  notes: readonly { readonly ref: ObjectRef; readonly note: TransformNote }[]
): readonly PlannedLoss[] {
  const groups = new Map<string, { rule: string; message: string; names: string[] }>();
  for (const { ref, note } of notes) {
    const key = `${note.rule}\n${note.message}`;
    const group = groups.get(key) ?? { rule: note.rule, message: note.message, names: [] };
    group.names.push(`${describeRef(ref)} ${note.path}`.trim());
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ rule, message, names }) => ({
      rule,
      message,
      count: names.length,
      examples: names.sort().slice(0, examplesMax),
    }))
    .sort((a, b) => b.count - a.count || compareText(a.rule, b.rule) || compareText(a.message, b.message))
    .slice(0, lossesMax);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
