import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readHead } from '../../src/core/select/head.ts';
import { createTranslationChecks } from '../../src/translate/checks/checks.ts';
import { directions } from '../../src/core/profile/cluster-profile.ts';
import { manifestsOf, translate, translationOf } from './setting.ts';

/**
 * What the checks say of all manifests of a platform together, after the rules: everything in it is a breach that a
 * person has to accept, and nothing else may come in. LANDFALL_UPDATE_GOLDEN=1 writes the files again.
 */
const update = process.env['LANDFALL_UPDATE_GOLDEN'] === '1';

describe('breaches of translated manifests', () => {
  it.each(directions)('from $from to $to are as reviewed', (direction) => {
    const translation = translationOf(direction);
    const { from, to, source, target, tables } = translation;
    const { defaultExposure } = tables.loadBalancers;
    const checks = createTranslationChecks({ from, to, source, target, defaultExposure, namespaceMapping: {} });
    for (const { text, resource } of manifestsOf(from))
      checks.add(readHead(text, resource).ref, text, translate(text, resource, translation));
    const lines = checks
      .findings()
      .map(({ severity, code, subject, message }) => `${severity} ${code} ${subject}: ${message}`);
    const file = new URL(`golden/checks-${from}-${to}.txt`, import.meta.url);
    const actual = `${lines.join('\n')}\n`;
    if (update) writeFileSync(file, actual);
    expect(actual).toBe(readFileSync(file, 'utf8'));
  });
});
