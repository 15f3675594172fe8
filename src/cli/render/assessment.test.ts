import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { assemble } from '../../assess/report.ts';
import type { RawFinding } from '../../core/findings/finding.ts';
import { assessmentHtml } from './assessment-html.ts';
import { assessmentMarkdown } from './assessment-markdown.ts';
import { assessmentText } from './assessment-text.ts';

const hostile = `</script><script>alert(1)</script>"'&\u2028\u001b[2J`;
const now = '2026-11-21T10:00:00Z';

function assessment(count: number) {
  const side = { name: 'a', platform: 'generic', version: 'v1', uid: 'u' };
  const raw = Array.from({ length: count }, (_, index): RawFinding => ({
    code: index === 0 ? 'QUOTA_SHORT' : 'EXTERNAL_IPS',
    subject: `Service shop/${index} ${hostile}`,
    namespace: 'shop',
    message: hostile,
    evidence: hostile,
  }));
  return assemble({
    ...{ run: 'r', name: 'shop', landfall: '0', started: now, finished: now, source: side, target: side },
    scope: { namespaces: ['shop'], objects: 1, claims: 0, specSha256: '' },
    measures: {},
    raw,
    outcomes: [{ id: 'x/y', group: 'api', ran: false, why: hostile }],
    waivers: [],
    previous: undefined,
  });
}

describe('the page of an assessment', () => {
  const page = assessmentHtml(assessment(3));

  it('has one style and one script, both named by hash in its policy, and runs nothing else', () => {
    for (const element of ['style', 'script'] as const) {
      const found = [...page.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, 'g'))];
      expect(found).toHaveLength(1);
      const digest = createHash('sha256')
        .update(found[0]?.[1] ?? '')
        .digest('base64');
      expect(page).toContain(`${element}-src 'sha256-${digest}'`);
    }
    expect(page).not.toContain('alert(1)</script>');
    expect(page).not.toMatch(/ on[a-z]+=|javascript:| src=| href=/);
  });

  it('holds the data it shows, readable by programs', () => {
    const [, json = ''] = /<script type="application\/json" id="assessment">(.*?)<\/script>/s.exec(page) ?? [];
    expect(JSON.parse(json)).toEqual(assessment(3));
  });

  it('stays below 5 MB for 10,000 findings of a usual length', () => {
    const many = assessment(10);
    const [first] = many.findings;
    if (first === undefined) throw new Error('no finding');
    const short = {
      ...first,
      subject: 'Service shop/web',
      message: 'externalIPs are 203.0.113.9',
      evidence: 'its spec',
    };
    const page10k = assessmentHtml({ ...many, findings: Array.from({ length: 10_000 }, () => short) });
    expect(page10k.length).toBeLessThan(5 * 1024 * 1024);
  });
});

describe('text of an assessment', () => {
  it('lets no control character of a cluster through', () => {
    // oxlint-disable-next-line no-control-regex -- that is what is looked for
    expect(assessmentText(assessment(3), 'more').join('\n')).not.toMatch(/\u001b/);
    // oxlint-disable-next-line no-control-regex -- that is what is looked for
    expect(assessmentMarkdown(assessment(3))).not.toMatch(/\u001b|<script>/);
  });

  it('groups by cause and counts what it does not show', () => {
    const lines = assessmentText(assessment(9), 'more');
    expect(lines[0]).toMatch(/^NOT READY shop/);
    expect(lines).toContain('  - and 5 more');
    expect(lines.join('\n')).toContain('not checked');
  });
});
