import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLandfallError } from '../../core/errors.ts';
import type { Plan, PlanContent } from '../../core/plan/plan.ts';
import { planHtml } from '../../cli/plan-view/html.ts';
import { planMarkdown } from '../../cli/plan-view/markdown.ts';
import { planText } from '../../cli/plan-view/text.ts';
import { formatPlan, hashPlan } from './format.ts';
import { parsePlan } from './read.ts';

const digest = 'a'.repeat(64);
const ref = { key: 'runs/shop-7f3k/spec/x.json', sha256: digest, sizeBytes: 3 };
const range = { lowMs: 1, highMs: 2, basis: 'b' };

function aPlan(more: Partial<PlanContent> = {}): Plan {
  const content: PlanContent = {
    name: 'shop',
    landfall: '0.1.0',
    configuration: digest,
    source: { name: 'old', platform: 'vks', uid: '1', version: 'v1.34.4' },
    target: { name: 'new', platform: 'eks', uid: '2', version: 'v1.34.4' },
    location: 'store',
    approval: { required: true, approvers: ['bo'], fourEyes: true, expiresAfterMs: 1_000 },
    existingResourcePolicy: 'update',
    onFailure: 'rollback',
    namespaces: [{ from: 'shop', to: 'shop-new' }],
    storageClasses: [],
    totals: { create: 1, change: 1 },
    losses: [{ rule: 'r', message: 'no: "counterpart"', count: 1, examples: ['Ingress shop/web /x'] }],
    findings: [],
    mayDrift: [],
    actions: [
      { on: 'target', do: 'create', wave: 'w', object: '/ConfigMap/shop/a', digest, rules: ['one'] },
      {
        on: 'target',
        do: 'change',
        wave: 'w',
        object: '/ConfigMap/shop/b',
        digest,
        live: digest,
        diff: [{ path: '/data/x', from: '"1"', to: '"2"' }],
      },
    ],
    ...more,
  };
  return {
    hash: hashPlan(content),
    made: {
      run: 'shop-7f3k',
      by: 'ana',
      at: '2026-11-21T10:00:00.000Z',
      location: { name: 'store', provider: 'filesystem', path: '/tmp/x', prefix: '' },
      spec: ref,
      plan: ref,
      estimate: {
        phases: [{ phase: 'apply', ...range }],
        lowMs: 1,
        highMs: 2,
        bytes: { objects: 1, volumesMax: 0, basis: 'b' },
        downtime: range,
      },
      seen: { captured: 2, leftOut: [], findings: [] },
    },
    content,
  };
}

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
            wave: 'w',
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
      text.replace('{"digest"', '{"__proto__":{"a":1},"digest"'),
      /not an action|in its original form/,
    ],
    ['an unknown verb', text.replace('"do":"create"', '"do":"destroy"'), /not an action this version knows/],
    ['another form of YAML', text.replace(/^ {2}- \{.*$/m, '  - do: create'), /not on a line of its own as JSON/],
    ['a second document', `${text.replace('actions:', '---\na: 1\nactions:')}`, /a single document/],
  ])('with %s is refused', (_, edited, problem) => {
    expect(refusal(edited).join('\n')).toMatch(problem);
  });

  it('tells all of its problems at once, with their lines', () => {
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

describe('what is shown of a plan', () => {
  const evil = '<script>alert(1)</script>|`*_[x](javascript:1)\u001b[31m\u202e';
  const plan = aPlan({
    losses: [{ rule: evil, message: evil, count: 1, examples: [evil] }],
    actions: [
      {
        on: 'target',
        do: 'change',
        wave: evil,
        object: `/ConfigMap/n/${evil}`,
        digest,
        rules: [evil],
        diff: [{ path: evil, from: evil, to: '' }],
      },
    ],
  });

  it('is text, whatever the names are', () => {
    const html = planHtml(plan);
    expect(html).not.toContain('<script>alert');
    expect(html.match(/<script/g)).toHaveLength(2);
    // Code spans are literal; everywhere else nothing may be markup.
    const prose = planMarkdown(plan).replaceAll(/(`+) .*? \1/g, '');
    expect(prose).not.toMatch(/<script>|(?<!\\)\]\(javascript/);
    for (const all of [html, planMarkdown(plan), planText(plan, { color: false, all: true }).join('\n')]) {
      expect(all).not.toMatch(/[\u001b\u202e]/);
      expect(all).toContain(plan.hash);
    }
  });

  it('has nothing from elsewhere, and a policy that forbids it', () => {
    const html = planHtml(plan);
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/\b(src|action)=|\bhref=(?!"#)|url\(|@import/);
    // Every link of the page leads to a place on it.
    const ids = new Set([...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
    for (const [, id] of html.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(id);
  });

  it('says first what cannot be undone, then losses, then downtime', () => {
    const lines = planText(plan, { color: false, all: false });
    const at = (label: string) => lines.findIndex((line) => line.startsWith(`  ${label}`));
    expect([at('cannot be undone'), at('losses'), at('downtime')]).toEqual(
      [...[at('cannot be undone'), at('losses'), at('downtime')]].sort((a, b) => a - b)
    );
  });
});
