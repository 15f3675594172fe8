import { createHash } from 'node:crypto';
import { stringify } from 'yaml';
import { actionLine, canonicalPlan } from '../../core/plan/canonical-plan.ts';
import { planSchema } from '../../core/plan/plan.ts';
import type { Plan, PlanContent } from '../../core/plan/plan.ts';

/** The line after which every line is an action. */
export const actionsLine = 'actions:';
/** What stands before an action on its line; the rest is its canonical JSON, which is YAML too. */
export const actionPrefix = '  - ';

const preamble = [
  '# A Landfall plan. Read it with: landfall plan show FILE. Run it with: landfall migrate --plan FILE.',
  '# The hash covers content and actions. A modified file is rejected: plan again instead.',
];

/** SHA-256 of the content of a plan (docs/formats-plan.md), 64 hex digits. */
export function hashPlan(content: PlanContent): string {
  const hash = createHash('sha256');
  for (const piece of canonicalPlan(content)) hash.update(piece);
  return hash.digest('hex');
}

/** A plan file, byte for byte: the same plan gives the same bytes. One line an action, so that it can be compared line by line. */
export function formatPlan({ hash, made, content }: Plan): string {
  const { actions, ...head } = content;
  const yaml = stringify(
    { schema: planSchema, hash, made, content: head },
    { lineWidth: 0, aliasDuplicateObjects: false, sortMapEntries: false }
  );
  const lines = [...preamble, yaml.trimEnd(), actions.length === 0 ? `${actionsLine} []` : actionsLine];
  for (const action of actions) lines.push(`${actionPrefix}${actionLine(action)}`);
  return `${lines.join('\n')}\n`;
}
