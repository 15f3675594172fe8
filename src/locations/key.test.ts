import fc from 'fast-check';
import { expect, it } from 'vitest';
import { join, relative } from 'node:path';
import { checkKey, checkPrefix } from './key.ts';

it('lets no key through that a filesystem would resolve outside of the root', () => {
  const part = fc.constantFrom('..', '.', '', 'a', '\\', '...', 'a..b', '\0', '~', 'ä', ' ', '.landfall-tmp');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const key = parts.join('/');
      try {
        checkKey(key);
      } catch {
        return;
      }
      const path = relative('/root', join('/root', key));
      expect(path).toBe(key);
      expect(path.split('/')).not.toContain('..');
    })
  );
});

it('takes the keys Landfall makes, and prefixes that end inside a segment', () => {
  expect(checkKey(`objects/segments/ab/${'0'.repeat(64)}`)).toContain('objects/');
  expect(checkPrefix('')).toBe('');
  expect(checkPrefix('points/2026-')).toBe('points/2026-');
  expect(() => checkPrefix('points/../x')).toThrow('INTERNAL');
});
