import { text, tree, trees } from '../draft.ts';
import type { Tree } from '../../core/json/tree.ts';

/** What the API server takes of an HTTPRoute (gateway-api, apis/v1/httproute_types.go). */
export const routeLimits = { rules: 16, matches: 128, backends: 16, filters: 16, name: 253 } as const;

/**
 * Rules in as many lists as fit into one HTTPRoute each. Over all routes of a host the most specific match counts, so it
 * does not matter which list a rule is in; only among equals the order does, so rules that tie stay together, in order.
 */
export function splitRules(rules: readonly Tree[]): readonly (readonly Tree[])[] {
  const parts: Tree[][] = [];
  let room = 0;
  let matches = 0;
  for (const group of tied(rules)) {
    const count = group.reduce((sum, rule) => sum + matchesIn(rule), 0);
    const fits = group.length <= room && matches + count <= routeLimits.matches;
    for (const [index, rule] of group.entries()) {
      const isFull = room === 0 || matches + matchesIn(rule) > routeLimits.matches;
      if (isFull || (index === 0 && !fits)) {
        parts.push([]);
        room = routeLimits.rules;
        matches = 0;
      }
      parts.at(-1)?.push(rule);
      room -= 1;
      matches += matchesIn(rule);
    }
  }
  return parts;
}

/** The API server writes one match into a rule without any. */
function matchesIn(rule: Tree): number {
  return Math.max(1, trees(rule, 'matches').length);
}

/** Rules in groups of the same specificity, in the order of the first of each. */
function tied(rules: readonly Tree[]): readonly (readonly Tree[])[] {
  const groups = new Map<string, Tree[]>();
  for (const rule of rules) {
    const key = JSON.stringify(trees(rule, 'matches').map(specificity));
    groups.set(key, [...(groups.get(key) ?? []), rule]);
  }
  return [...groups.values()];
}

/** Path, method, number of headers and of query parameters; among expressions controllers have orders of their own. */
function specificity(match: Tree): readonly unknown[] {
  const path = tree(match, 'path');
  const type = text(path, 'type') || 'PathPrefix';
  const value = type === 'RegularExpression' ? '' : text(path, 'value') || '/';
  return [
    type,
    value,
    match['method'] !== undefined,
    trees(match, 'headers').length,
    trees(match, 'queryParams').length,
  ];
}

/**
 * The name of a part: the first has the name of the whole, the others a number and a mark, so that they sort after it and
 * are no other object's by chance. The same every time.
 */
export function partName(name: string, part: number, namespace: string): string {
  if (part === 0) return name;
  const mark = hash(`${namespace}/${name}/${part}`);
  const end = `-part-${String(part + 1).padStart(2, '0')}-${mark}`;
  return `${name.slice(0, routeLimits.name - end.length).replace(/[-.]+$/, '')}${end}`;
}

/** FNV-1a, in as many signs as make an accident unlikely. */
function hash(value: string): string {
  let sum = 0x811c9dc5;
  for (const char of value) sum = Math.imul(sum ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return sum.toString(36).padStart(7, '0');
}
