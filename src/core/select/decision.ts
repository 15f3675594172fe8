/** Whether something is in, and if not, by which rule and why: what the report says of it. */
export type Decision = { readonly in: true } | { readonly in: false; readonly rule: string; readonly reason: string };

export const taken: Decision = { in: true };

export function excluded(rule: string, reason: string): Decision {
  return { in: false, rule, reason };
}
