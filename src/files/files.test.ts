import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { ListedEntry, TreeEntry } from '../core/volumes/tree-entry.ts';
import { linkedPath, parseFilePath } from './file-path.ts';
import { findEntry, rowsOf } from './select.ts';
import { tarEnd, tarHeader, tarPadding, type TarEntry } from './tar.ts';

function entry(path: string, more: Partial<TreeEntry> = {}): TreeEntry {
  return { path, type: 'file', mode: 0o644, uid: 1, gid: 2, mtime: '1700000000.000000000', sizeBytes: 3, ...more };
}

const tree = [
  entry('.', { type: 'dir' }),
  entry('a', { type: 'dir' }),
  entry('a/b', { type: 'dir' }),
  entry('a/b/one'),
  entry('a/two', { sizeBytes: 4 }),
  entry('a-c'),
  entry('current', { type: 'link', target: 'a/b' }),
  entry('outside', { type: 'link', target: '../../etc' }),
];

async function* listing(): AsyncGenerator<ListedEntry> {
  for (const one of tree) yield { entry: one, allocatedBytes: 0 };
}

describe('a path', () => {
  it.each([
    ['', '.'],
    ['/', '.'],
    ['./a//b/', 'a/b'],
    ['é', '\xc3\xa9'],
    ['non\\xff', 'non\xff'],
    ['back\\\\slash', 'back\\slash'],
  ])('%j is %j', (text, path) => expect(parseFilePath(text)).toBe(path));

  it.each(['..', 'a/../b', '\\x00'])('%j is none', (text) =>
    expect(() => parseFilePath(text)).toThrow(/CONFIG_INVALID/)
  );

  it.each([
    ['a/l', '../b', 'b'],
    ['l', './x/../y', 'y'],
    ['a/l', '..', '.'],
    ['l', '../x', undefined],
    ['l', '/etc', undefined],
  ])('the link %s to %s leads to %s', (link, target, to) => expect(linkedPath(link, target)).toBe(to));
});

describe('a path that is not there', () => {
  it.each([
    ['a/b/onee', 'fix', 'did you mean one in a/b?'],
    ['a/zzzzzz', 'why', 'a holds b, two'],
    ['a-c/x', 'why', 'a-c is no folder'],
    ['current/one', 'fix', 'use a/b/one'],
    ['outside/x', 'why', 'outside is a symbolic link to ../../etc, outside of the volume'],
    ['zzzzzzzzzz', 'why', 'the root of the volume holds a, a-c, current, outside'],
  ])('%s: %s is %s', async (path, field, text) => {
    await expect(findEntry(listing(), path)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      detail: { [field]: text },
    });
  });
});

describe('the lines of a folder', () => {
  const paths = async (folder: string, options: { recursive: boolean; after?: string }): Promise<string[]> =>
    (await Array.fromAsync(rowsOf(listing(), folder, options))).map(
      ({ entry: { path }, below }) => `${path}${below === undefined ? '' : ` ${below.files}/${below.sizeBytes}`}`
    );

  it.each([
    ['.', { recursive: false }, ['a 2/7', 'a-c', 'current', 'outside']],
    ['a', { recursive: false }, ['a/b 1/3', 'a/two']],
    ['a', { recursive: true }, ['a/b', 'a/b/one', 'a/two']],
    ['.', { recursive: false, after: 'a' }, ['a-c', 'current', 'outside']],
    ['a', { recursive: true, after: 'a/b' }, ['a/b/one', 'a/two']],
  ])('%s %j', async (folder, options, expected) => expect(await paths(folder, options)).toEqual(expected));
});

describe('an archive', () => {
  const list = (entries: readonly (readonly [TarEntry, string])[]): string => {
    const parts = entries.flatMap(([one, content]) => [
      tarHeader(one),
      Buffer.from(content),
      tarPadding(content.length),
    ]);
    const input = Buffer.concat([...parts, tarEnd]);
    const args = ['-tvf', '-', '--full-time', '--numeric-owner', '--quoting-style=escape'];
    return execFileSync('tar', args, { input, encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' } });
  };

  it.each([
    [entry('f'), 'abc', '-rw-r--r-- 1/2 +3 2023-11-14 22:13:20 f'],
    [entry('d', { type: 'dir', mode: 0o2755 }), '', 'drwxr-sr-x 1/2 +0 2023-11-14 22:13:20 d/'],
    [entry('l', { type: 'link', target: 't\xff' }), '', 'l.* l -> t\\\\377'],
    [entry('n\xff', { uid: 3_000_000 }), 'abc', '-rw-r--r-- 3000000/2 +3 2023-11-14 22:13:20 n\\\\377'],
    [entry('p', { type: 'fifo' }), '', 'prw-r--r-- .* p'],
    [entry('x'.repeat(300)), 'abc', `-rw.* x{300}`],
  ])('%o', (one, content, expected) => {
    expect(list([[{ ...one, name: one.path }, content]]).trimEnd()).toMatch(new RegExp(`^${expected}$`));
  });

  it('has a time before 1970 with its sign before all of it', () => {
    expect(tarHeader({ ...entry('f', { mtime: '-2.500000000' }), name: 'f' }).toString('latin1')).toContain(
      'mtime=-1.500000000\n'
    );
  });

  it('has the other name of a file without content', () => {
    expect(list([[{ ...entry('b'), name: 'b', hardLinkTo: 'a' }, '']])).toMatch(/b link to a/);
  });
});
