import { describe, expect, it } from 'vitest';
import { breakableHtml, escapeHtml, tableHtml, tableStyle } from './html-text.ts';

describe('text of a page', () => {
  it.each([
    ['count', 'count'],
    ['since when', 'since when'],
    ['re-sync', 're-sync'],
    ['Deployment.apps/shop/web', 'Deployment.<wbr>apps/<wbr>shop/<wbr>web'],
    ['registry.example.com/a:1', 'registry.<wbr>example.<wbr>com/<wbr>a:<wbr>1'],
    ['PersistentVolumeClaim shop/x', 'PersistentVolumeClaim shop/x'],
    ['a'.repeat(64), `<span class="long">${'a'.repeat(64)}</span>`],
    [`sha256:${'0'.repeat(64)}`, `sha256:<wbr><span class="long">${'0'.repeat(64)}</span>`],
    ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/<wbr>script&gt;'],
  ])('breaks %s only where it may', (text, html) => {
    expect(breakableHtml(text)).toBe(html);
    expect(breakableHtml(text).replaceAll(/<wbr>|<\/?span[^>]*>/g, '')).toBe(escapeHtml(text));
  });

  it('labels the cells of a table, for a narrow screen', () => {
    expect(tableHtml(['a "b"', ''], [['1', '2']])).toContain(
      '<td data-label="a &quot;b&quot;">1</td><td data-label="">2</td>'
    );
  });

  it('breaks no word of a table, only what is marked as long', () => {
    expect(tableStyle.match(/[^}]*overflow-wrap: anywhere/g)?.map((rule) => rule.trim().split(' ')[0])).toEqual([
      '.long',
    ]);
  });
});
