import type { PlanAction, PlanContent } from './plan.ts';

/**
 * JSON with keys sorted by code unit and no white space; undefined members are omitted. Values are texts, safe whole
 * numbers, booleans, lists and maps: the same on every machine.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Readonly<Record<string, unknown>>;
  let members = '';
  for (const key of Object.keys(record).sort()) {
    const member = record[key];
    if (member === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}

/** One action as it stands in the file and in the hash. */
export function actionLine(action: PlanAction): string {
  return canonicalJson(action);
}

/**
 * The bytes whose SHA-256 is the hash of a plan: everything but the actions as one line, then each action on a line of
 * its own, each with a line feed. Given in pieces, so that a plan of any size is hashed as it is made.
 */
export function* canonicalPlan(content: PlanContent): Generator<string> {
  const { actions, ...head } = content;
  yield `${canonicalJson(head)}\n`;
  for (const action of actions) yield `${actionLine(action)}\n`;
}
