import { LandfallError } from '../errors.ts';

export type LabelOperator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'GreaterThan' | 'LessThan';

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** All requirements must hold; none = everything. */
export type LabelSelector = readonly LabelRequirement[];

/**
 * Parses the selector grammar of Kubernetes (`labels.Parse`): `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`,
 * `!a`, `a>1`, `a<1`, joined by commas. Throws CONFIG_INVALID.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const tokens = tokenise(text);
  const requirements: LabelRequirement[] = [];
  let at = 0;
  const next = (): string => tokens[at++] ?? '';
  while (at < tokens.length) {
    requirements.push(parseRequirement(text, next, () => tokens[at] ?? ''));
    if (at < tokens.length && (next() !== ',' || at === tokens.length))
      throw invalid(text, 'a requirement after a comma');
  }
  return requirements;
}

/** True when labels meet a selector. `!=` and `notin` also hold where the label is absent, as in Kubernetes. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return selector.every((requirement) => holds(requirement, labels));
}

/** The selector of `{matchLabels, matchExpressions}` (meta/v1 LabelSelector). Throws CONFIG_INVALID. */
export function selectorOf(source: unknown): LabelSelector {
  const selector = (source ?? {}) as { readonly matchLabels?: unknown; readonly matchExpressions?: unknown };
  const requirements: LabelRequirement[] = [];
  for (const [key, value] of Object.entries((selector.matchLabels ?? {}) as Record<string, unknown>)) {
    requirements.push(checked('matchLabels', { key, operator: 'In', values: [String(value)] }));
  }
  const expressions: unknown = selector.matchExpressions ?? [];
  if (!Array.isArray(expressions)) throw invalid('matchExpressions', 'a list');
  for (const expression of expressions as readonly Partial<LabelRequirement>[]) {
    const { key = '', operator, values = [] } = expression;
    if (operator !== 'In' && operator !== 'NotIn' && operator !== 'Exists' && operator !== 'DoesNotExist') {
      throw invalid('matchExpressions', 'operator In, NotIn, Exists or DoesNotExist');
    }
    requirements.push(checked('matchExpressions', { key, operator, values: values.map(String) }));
  }
  return requirements;
}

/** Writes a selector in the grammar that `parseLabelSelector` reads. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector.map(formatRequirement).join(',');
}

function formatRequirement({ key, operator, values }: LabelRequirement): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  if (operator === 'In') return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`;
  if (operator === 'NotIn') return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(',')})`;
  return `${key}${operator === 'GreaterThan' ? '>' : '<'}${values[0]}`;
}

function tokenise(text: string): string[] {
  const tokens = text.match(/==|!=|[=!,()<>]|[^\s=!,()<>]+/g) ?? [];
  return [...tokens];
}

function parseRequirement(text: string, next: () => string, peek: () => string): LabelRequirement {
  const first = next();
  if (first === '!') return checked(text, { key: next(), operator: 'DoesNotExist', values: [] });
  const operator = peek();
  if (operator === '' || operator === ',') return checked(text, { key: first, operator: 'Exists', values: [] });
  next();
  if (operator === 'in' || operator === 'notin') {
    return checked(text, {
      key: first,
      operator: operator === 'in' ? 'In' : 'NotIn',
      values: parseSet(text, next, peek),
    });
  }
  const named = operators[operator];
  if (named === undefined) throw invalid(text, `an operator instead of ${JSON.stringify(operator)}`);
  const value = peek() === '' || peek() === ',' ? '' : next();
  return checked(text, { key: first, operator: named, values: [value] });
}

const operators: Readonly<Partial<Record<string, LabelOperator>>> = {
  '=': 'In',
  '==': 'In',
  '!=': 'NotIn',
  '>': 'GreaterThan',
  '<': 'LessThan',
};

function parseSet(text: string, next: () => string, peek: () => string): string[] {
  if (next() !== '(') throw invalid(text, "'(' after in or notin");
  const values: string[] = [];
  for (;;) {
    const value = peek() === ',' || peek() === ')' ? '' : next();
    values.push(value);
    const separator = next();
    if (separator === ')') return values;
    if (separator !== ',') throw invalid(text, "',' or ')' in a set");
  }
}

/** Keys and values as api-machinery validates them: a qualified name, and at most 63 characters of a label value. */
function checked(text: string, requirement: LabelRequirement): LabelRequirement {
  const { key, operator, values } = requirement;
  const [name = '', prefix] = key.split('/').reverse();
  const prefixValid = prefix === undefined || (prefix.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(prefix));
  if (!prefixValid || key.split('/').length > 2 || !isLabelText(name) || name === '')
    throw invalid(text, 'a label key');
  if (operator === 'GreaterThan' || operator === 'LessThan') {
    if (!/^-?[0-9]{1,18}$/.test(values[0] ?? '')) throw invalid(text, 'a whole number after < or >');
  } else if (!values.every(isLabelText)) throw invalid(text, 'label values');
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues ? values.length === 0 : (operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0) {
    throw invalid(text, needsValues ? 'at least one value' : 'no values');
  }
  return requirement;
}

function isLabelText(value: string): boolean {
  return value === '' || (value.length <= 63 && /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/.test(value));
}

function holds({ key, operator, values }: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default: {
      if (value === undefined || !/^-?[0-9]{1,18}$/.test(value)) return false;
      const bound = BigInt(values[0] ?? '0');
      return operator === 'GreaterThan' ? BigInt(value) > bound : BigInt(value) < bound;
    }
  }
}

function invalid(text: string, expected: string): LandfallError {
  return new LandfallError('CONFIG_INVALID', {
    what: `${JSON.stringify(text.slice(0, 200))} is not a label selector: ${expected} expected`,
    fix: 'write it as for kubectl, e.g. app=web,tier in (front,back),!canary',
  });
}
