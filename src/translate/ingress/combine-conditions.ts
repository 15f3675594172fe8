/** One condition of Contour on a header or query parameter. */
export interface Test {
  readonly kind:
    'exact' | 'regex' | 'contains' | 'prefix' | 'suffix' | 'present' | 'notexact' | 'notcontains' | 'notpresent';
  readonly value: string;
  readonly ignoreCase: boolean;
}

export interface Expression {
  readonly type: 'Exact' | 'RegularExpression';
  readonly value: string;
}

export interface Combined {
  /** 'never': no value passes all of them. Undefined: nothing is left to ask. */
  readonly expression: Expression | 'never' | undefined;
  /** Conditions it does not say, in words. */
  readonly lost: readonly string[];
}

/**
 * All conditions on one name as one. Gateway API asks for a name once, by a value or by an expression that has to match
 * the whole value (RE2, which looks neither ahead nor behind): two parts are asked in both orders, a value that is known
 * answers the rest here, and a negation has no form.
 */
export function expressionOf(tests: readonly Test[]): Combined {
  const exact = tests.find(({ kind }) => kind === 'exact');
  if (exact !== undefined) return besideValue(exact, tests);
  const lost = tests.filter(({ kind }) => kind.startsWith('not')).map(() => 'the negated condition');
  const parts = distinct(tests.filter(({ kind }) => kind !== 'present' && !kind.startsWith('not')));
  const [first, second, ...more] = parts;
  if (first === undefined) {
    const asked = tests.some(({ kind }) => kind === 'present');
    return { expression: asked ? { type: 'RegularExpression', value: '.*' } : undefined, lost };
  }
  if (second === undefined) return { expression: matching(partOf(first)), lost };
  const hasExpression = parts.some(({ kind }) => kind === 'regex');
  if (hasExpression || more.length > 0) {
    const kept = parts.find(({ kind }) => kind === 'regex') ?? first;
    const remaining = parts.filter((one) => one !== kept).map(({ kind }) => `the second condition (${kind})`);
    return { expression: matching(partOf(kept)), lost: [...lost, ...remaining] };
  }
  const both = bothOf(first, second);
  return { expression: both === undefined ? 'never' : matching(both), lost };
}

function matching(value: string): Expression {
  return { type: 'RegularExpression', value };
}

/** Where a value is named, it answers the other conditions: they hold, or the route never matched. */
function besideValue(exact: Test, tests: readonly Test[]): Combined {
  const lost: string[] = [];
  for (const test of tests) {
    if (test === exact) continue;
    const holds = answer(test, exact);
    if (holds === false) return { expression: 'never', lost: [] };
    if (holds === undefined) lost.push(`the second condition (${test.kind})`);
  }
  const { value, ignoreCase } = exact;
  return { expression: ignoreCase ? matching(escaped(exact)) : { type: 'Exact', value }, lost };
}

/** Whether a value passes a condition; undefined: not known here. */
function answer({ kind, value, ignoreCase }: Test, exact: Test): boolean | undefined {
  const unsure = exact.ignoreCase && !ignoreCase && exact.value.toLowerCase() !== exact.value.toUpperCase();
  const fold = (word: string): string => (ignoreCase || exact.ignoreCase ? word.toLowerCase() : word);
  const whole = fold(exact.value);
  const part = fold(value);
  const sure = (holds: boolean): boolean | undefined => (unsure ? (holds ? undefined : false) : holds);
  switch (kind) {
    case 'present':
      return true;
    case 'notpresent':
      return false;
    case 'exact':
      return sure(whole === part);
    case 'contains':
      return sure(whole.includes(part));
    case 'prefix':
      return sure(whole.startsWith(part));
    case 'suffix':
      return sure(whole.endsWith(part));
    case 'notexact':
      return whole === part ? (unsure ? undefined : false) : true;
    case 'notcontains':
      return whole.includes(part) ? (unsure ? undefined : false) : true;
    case 'regex':
      return undefined;
  }
}

function distinct(tests: readonly Test[]): readonly Test[] {
  return [...new Map(tests.map((one) => [JSON.stringify(one), one])).values()];
}

function escaped({ value, ignoreCase }: Pick<Test, 'value' | 'ignoreCase'>): string {
  const plain = value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return ignoreCase ? `(?i:${plain})` : plain;
}

function partOf(test: Test): string {
  const part = test.kind === 'regex' ? test.value : escaped(test);
  if (test.kind === 'regex') return part;
  return `${test.kind === 'prefix' ? '' : '.*'}${part}${test.kind === 'suffix' ? '' : '.*'}`;
}

/** Undefined: no value has both. Two parts in one value: one after the other, in the orders their ends allow, or laid over each other. */
function bothOf(one: Test, other: Test): string | undefined {
  const isEnd = (kind: Test['kind']): boolean => kind === 'prefix' || kind === 'suffix';
  const fold = (test: Test): string => (test.ignoreCase ? test.value.toLowerCase() : test.value);
  if (one.kind === other.kind && isEnd(one.kind)) {
    const [short, long] = fold(one).length < fold(other).length ? [one, other] : [other, one];
    const fits = one.kind === 'prefix' ? fold(long).startsWith(fold(short)) : fold(long).endsWith(fold(short));
    return fits ? partOf(long) : one.ignoreCase || other.ignoreCase ? partOf(long) : undefined;
  }
  const orders = (
    [
      [one, other],
      [other, one],
    ] as const
  ).filter(([left, right]) => left.kind !== 'suffix' && right.kind !== 'prefix');
  const ways = orders.flatMap(([left, right]) => {
    const before = left.kind === 'prefix' ? '' : '.*';
    const after = right.kind === 'suffix' ? '' : '.*';
    return [`${escaped(left)}.*${escaped(right)}`, ...overlaps(left, right)].map((way) => `${before}${way}${after}`);
  });
  return [...new Set(ways)].join('|');
}

/** The right part begins within the left one, or lies in it as a whole. */
function overlaps(left: Test, right: Test): readonly string[] {
  if (left.ignoreCase !== right.ignoreCase) return [];
  const fold = (word: string): string => (left.ignoreCase ? word.toLowerCase() : word);
  const { ignoreCase } = left;
  const found: string[] = [];
  const reaches =
    right.kind === 'suffix'
      ? fold(left.value).endsWith(fold(right.value))
      : fold(left.value).includes(fold(right.value));
  if (reaches) found.push(escaped(left));
  const most = Math.min(left.value.length, right.value.length) - 1;
  for (let count = 1; count <= most; count++) {
    if (!fold(left.value).endsWith(fold(right.value).slice(0, count))) continue;
    found.push(escaped({ value: left.value + right.value.slice(count), ignoreCase }));
  }
  return found;
}
