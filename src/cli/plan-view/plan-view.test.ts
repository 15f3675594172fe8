import { describe, expect, it } from 'vitest';
import { aPlan, digest } from '../../../test/support/a-plan.ts';
import { planHtml } from './html.ts';
import { planMarkdown } from './markdown.ts';
import { planText } from './text.ts';

describe('what is shown of a plan', () => {
  const evil = '<script>alert(1)</script>|`*_[x](javascript:1)\u001b[31m\u202e';
  const plan = aPlan({
    losses: [{ rule: evil, message: evil, count: 1, examples: [evil] }],
    actions: [
      {
        on: 'target',
        do: 'change',
        applyGroup: evil,
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
