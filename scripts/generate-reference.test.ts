import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../src/core/error-catalogue.ts';
import { referencePages } from './reference/pages.ts';

describe('generate-reference', () => {
  it('finds docs/reference current', () => {
    const script = new URL('./generate-reference.ts', import.meta.url).pathname;
    expect(() => execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' })).not.toThrow();
  });

  it('gives every error code an anchor that messages point to', () => {
    const page = readFileSync(new URL('../docs/reference/errors.md', import.meta.url), 'utf8');
    for (const code of Object.keys(catalogue)) expect(page).toContain(`\n## ${code}\n`);
  });

  it('publishes schemas that let unknown fields of later versions through', () => {
    const pages = referencePages();
    for (const name of ['events.schema.json', 'report.schema.json']) {
      expect(pages[name]).not.toContain('"additionalProperties":false');
    }
  });
});
