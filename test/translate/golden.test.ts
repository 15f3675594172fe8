import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explainLines } from '../../src/translate/explain-lines.ts';
import { directions, platforms } from '../../src/core/profile/cluster-profile.ts';
import { explain, manifestsOf, translationOf } from './setting.ts';

/**
 * Every manifest in both directions that leave its platform, as `landfall explain` reports it, compared with what was
 * reviewed. LANDFALL_UPDATE_GOLDEN=1 writes the files again; read the difference before committing it.
 */
const update = process.env['LANDFALL_UPDATE_GOLDEN'] === '1';

describe('translated manifests', () => {
  it('are at least 150 over all platforms', () => {
    const counts = platforms.map((platform) => manifestsOf(platform).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(150);
  });

  it.each(directions)('from $from to $to are as reviewed', (direction) => {
    const translation = translationOf(direction);
    const isShown = (rule: string): boolean => rule.startsWith('translate/');
    const lines = manifestsOf(direction.from).flatMap(({ text, resource }) => [
      ...explainLines(explain(text, resource, translation), { isShown }),
      '',
    ]);
    const file = new URL(`golden/${direction.from}-${direction.to}.txt`, import.meta.url);
    const actual = `${lines.join('\n').trimEnd()}\n`;
    if (update) writeFileSync(file, actual);
    expect(actual).toBe(readFileSync(file, 'utf8'));
  });
});
