import { text, tree, trees } from '../draft.ts';
import { expressionOf, type Test } from './combine-conditions.ts';
import type { Tree } from '../../core/json/tree.ts';

/** Reports what a route of the target cannot say; `opens`: requests it kept out are let in. */
export type ReportLoss = (path: string, what: string, opens?: 'opens') => void;

/** How conditions on query parameters are compared: by RE2 expressions, or by the wildcards of an ALB. */
export type QueryDialect = 'expressions' | 'wildcards';

/** Conditions of a route as one match; 'never' where they contradict each other, undefined where there are none. */
export function convertConditions(route: Tree, dialect: QueryDialect, report: ReportLoss): Tree | 'never' | undefined {
  const match: Tree = {};
  const conditions = trees(route, 'conditions');
  for (const condition of conditions) {
    if (condition['exact'] !== undefined) match['path'] = { type: 'Exact', value: text(condition, 'exact') };
    else if (condition['regex'] !== undefined)
      match['path'] = { type: 'RegularExpression', value: text(condition, 'regex') };
    else if (condition['prefix'] !== undefined)
      match['path'] = { type: 'PathPrefix', value: text(condition, 'prefix') };
  }
  const headers = namedTests(conditions, 'header', (name) => name.toLowerCase());
  const method = headers.get(':method');
  if (method !== undefined) {
    headers.delete(':method');
    const named = method.tests.find(({ kind, ignoreCase }) => kind === 'exact' && !ignoreCase);
    if (named === undefined || method.tests.length > 1)
      report('/conditions', 'the condition on the method; requests it denied are accepted', 'opens');
    else match['method'] = named.value;
  }
  const asked = matchesOf(headers, 'header', report);
  const parameters = matchesOf(
    namedTests(conditions, 'queryParameter', (name) => name),
    dialect === 'wildcards' ? 'query parameter by wildcards' : 'query parameter',
    report
  );
  if (asked === 'never' || parameters === 'never') return 'never';
  if (asked.length > 0) match['headers'] = asked;
  if (parameters.length > 0) match['queryParams'] = parameters;
  return Object.keys(match).length === 0 ? undefined : match;
}

interface Named {
  /** As it is written first. */
  readonly name: string;
  readonly tests: Test[];
}

const kinds = [
  'exact',
  'regex',
  'contains',
  'prefix',
  'suffix',
  'present',
  'notexact',
  'notcontains',
  'notpresent',
] as const;

/** All conditions on one name together: a route of Gateway API may ask for a name only once. */
function namedTests(
  conditions: readonly Tree[],
  key: 'header' | 'queryParameter',
  same: (name: string) => string
): Map<string, Named> {
  const found = new Map<string, Named>();
  for (const condition of conditions) {
    const asked = tree(condition, key);
    if (asked === undefined) continue;
    const name = text(asked, 'name');
    const named = found.get(same(name)) ?? { name, tests: [] };
    found.set(same(name), named);
    const ignoreCase = asked['ignoreCase'] === true;
    for (const kind of kinds) {
      const value = asked[kind];
      if (typeof value === 'string' && value !== '') named.tests.push({ kind, value, ignoreCase });
      else if (value === true) named.tests.push({ kind, value: '', ignoreCase });
    }
  }
  return found;
}

/** Names of headers in Gateway API; pseudo headers of HTTP/2 are none. */
const headerName = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}$/;

function matchesOf(named: Map<string, Named>, what: string, report: ReportLoss): readonly Tree[] | 'never' {
  const matches: Tree[] = [];
  for (const { name, tests } of named.values()) {
    const byWildcards = what.endsWith('wildcards');
    const subject = `${byWildcards ? 'query parameter' : what} ${name}`;
    if (what === 'header' && !headerName.test(name)) {
      report('/conditions', `the condition on ${subject}; requests it denied are accepted`, 'opens');
      continue;
    }
    const { expression, lost } = expressionOf(tests);
    if (expression === 'never') return 'never';
    for (const one of lost) report('/conditions', `${one} on ${subject}; requests it denied are accepted`, 'opens');
    if (expression === undefined) continue;
    const match = byWildcards ? wildcardsOf(tests, subject, report) : expression;
    if (match !== undefined) matches.push({ name, ...match });
  }
  return matches;
}

/** An ALB takes * and ? of a query parameter for wildcards, whatever the type, and knows no expressions there. */
function wildcardsOf(tests: readonly Test[], subject: string, report: ReportLoss): Tree | undefined {
  const asked = tests.filter(({ kind }) => kind !== 'present' && !kind.startsWith('not'));
  const [first] = asked;
  if (first?.kind === 'regex' || asked.length > 1) {
    report(
      '/conditions',
      `the expression on ${subject}, which an ALB cannot match; requests it denied are accepted`,
      'opens'
    );
    return undefined;
  }
  const value = first === undefined ? '' : first.value.replace(/[*?\\]/g, '\\$&');
  const words = { exact: value, contains: `*${value}*`, prefix: `${value}*`, suffix: `*${value}` } as const;
  const word = first === undefined ? '*' : words[first.kind as keyof typeof words];
  if (first?.kind !== 'exact')
    report('/conditions', `an ALB matches the ${subject} with wildcards and ignores case: it matches ${word}`);
  return { type: 'Exact', value: word };
}
