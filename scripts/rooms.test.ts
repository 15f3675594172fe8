import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

interface Lint {
  readonly overrides: readonly { readonly files: readonly string[]; readonly rules: object }[];
}

const lint = JSON.parse(readFileSync('.oxlintrc.json', 'utf8')) as Lint;
const page = readFileSync('docs/ARCHITECTURE.md', 'utf8');
const inSource = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
const rooms = [...inSource.map(({ name }) => `src/${name}`), 'activities', 'workflows', 'worker'];

describe('a room', () => {
  it.each(rooms)('%s has its arrow in lint and its row on the page', (room) => {
    const arrows = lint.overrides.filter(({ files }) => files.includes(`${room}/**`));
    expect(arrows.filter(({ rules }) => 'no-restricted-imports' in rules)).toHaveLength(1);
    expect(page).toMatch(new RegExp(`^\\| \`${room}\` `, 'm'));
  });

  it('is found where the page says', () => {
    const named = [...page.matchAll(/`((?:src|activities|workflows|worker|scripts|test)\/[\w./-]+)`/g)];
    const paths = named.map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !existsSync(path))).toEqual([]);
  });
});
