import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aPlan, digest } from '../../../test/support/a-plan.ts';
import { isLandfallError } from '../../core/errors.ts';
import { formatPlan } from './format.ts';
import { parsePlan } from './read.ts';

/** What a text is refused with: line and sentence of every problem. */
function refusal(text: string): string[] {
  try {
    parsePlan(text, 'plan.yaml');
    return [];
  } catch (error) {
    if (!isLandfallError(error, 'PLAN_INVALID')) throw error;
    // Every problem says what to do about it.
    return error.problems.map(
      ({ ref: at = '', what, fix }) => `${at.replace('plan.yaml:', '')} ${fix === '' ? '' : what}`
    );
  }
}

describe('a plan file', () => {
  const plan = aPlan();
  const text = formatPlan(plan);

  it('comes back as it was written, byte for byte, whatever is in it', () => {
    expect(parsePlan(text, 'plan.yaml')).toEqual(plan);
    const odd = fc.string({ unit: 'grapheme', maxLength: 20 });
    fc.assert(
      fc.property(odd, odd, fc.array(odd, { maxLength: 3 }), (name, message, objects) => {
        const one = aPlan({
          name,
          losses: [{ rule: 'r', message, count: 1, examples: objects }],
          actions: objects.map((object) => ({
            on: 'target',
            do: 'create',
            applyGroup: 'w',
            object: `/ConfigMap/n/${object}`,
            digest,
          })),
        });
        const written = formatPlan(one);
        const read = parsePlan(written, 'plan.yaml');
        expect(read).toEqual(one);
        expect(formatPlan(read)).toBe(written);
      }),
      { numRuns: 30 }
    );
  });

  it('is not bound by who made it when, and is by everything else', () => {
    expect(parsePlan(text.replace('by: ana', 'by: eve'), 'plan.yaml').hash).toBe(plan.hash);
    const lines = text.split('\n');
    const content = lines.findIndex((line) => line === 'content:');
    const bound = lines.flatMap((line, index) => (index > content && /: [a-z0-9]/.test(line) ? [index] : []));
    expect(bound.length).toBeGreaterThan(10);
    for (const index of bound) {
      const edited = lines.with(index, (lines[index] ?? '').replace(/: ([a-z0-9])/, ': 9$1')).join('\n');
      expect([lines[index], ...refusal(edited)].length).toBeGreaterThan(1);
    }
  });

  it.each([
    [
      'an action taken out',
      text.replace(/^ {2}- .*"do":"change".*\n/m, ''),
      /^4:7 hash is .*… *, but the content has the hash .*the file was changed after it was created/,
    ],
    [
      'another version',
      text.replace('plan/v1', 'plan/v2'),
      /^3:\d+ schema is landfall.dev\/plan\/v2, and this version reads landfall.dev\/plan\/v1/,
    ],
    ['no plan', 'apiVersion: v1\nkind: ConfigMap\n', /schema is nothing: it is not a Landfall plan/],
    ['nothing', '', /is not a plan: a plan is a single document/],
    ['a key twice', text.replace('content:\n', 'content:\n  name: other\n'), /written twice|key twice|duplicate|twice/],
    ['a prototype key', text.replace('content:\n', 'content:\n  __proto__: {a: 1}\n'), /__proto__/],
    ['an alias', text.replace('by: ana', 'by: *ana'), /alias|anchor/],
    ['an unknown key', text.replace('content:\n', 'content:\n  extra: 1\n'), /content\.extra is not a key of a plan/],
    ['a key twice in an action', text.replace('"do":"create"', '"do":"create","do":"create"'), /a duplicate key/],
    [
      'a prototype key in an action',
      text.replace('{"applyGroup"', '{"__proto__":{"a":1},"applyGroup"'),
      /not an action|in its original form/,
    ],
    ['an unknown verb', text.replace('"do":"create"', '"do":"destroy"'), /not an action this version knows/],
    ['another form of YAML', text.replace(/^ {2}- \{.*$/m, '  - do: create'), /not on a line of its own as JSON/],
    ['a second document', `${text.replace('actions:', '---\na: 1\nactions:')}`, /a single document/],
  ])('with %s is refused', (_, edited, problem) => {
    expect(refusal(edited).join('\n')).toMatch(problem);
  });

  it('reports all of its problems at once, with their lines', () => {
    const edited = text
      .replace('"do":"create"', '"do":"destroy"')
      .replace('"do":"change"', '"do":"x"')
      .replace('by: ana', 'by: 7');
    const problems = refusal(edited);
    expect(problems).toHaveLength(3);
    expect(problems.map((one) => Number.parseInt(one, 10))).toEqual(
      [...problems.map((one) => Number.parseInt(one, 10))].sort((a, b) => a - b)
    );
  });

  it('with anchors that grow without end is refused at once', () => {
    const anchors = Array.from(
      { length: 30 },
      (_, index) => `  a${index}: &a${index} [${index === 0 ? 'x' : `*a${index - 1}, *a${index - 1}`}]`
    );
    expect(refusal(text.replace('content:\n', `content:\n${anchors.join('\n')}\n`)).join('\n')).toMatch(
      /too large|aliases/
    );
  });
});
