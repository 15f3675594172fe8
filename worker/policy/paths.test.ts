import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalPath, findProgram, isWithin } from './paths.ts';

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'landfall-paths-')));
  await mkdir(join(root, 'allowed/deep'), { recursive: true });
  await mkdir(join(root, 'secret'));
  await writeFile(join(root, 'secret/key'), 'x');
  await writeFile(join(root, 'allowed/file'), 'x');
  await symlink(join(root, 'secret/key'), join(root, 'allowed/link'));
  await symlink(join(root, 'secret'), join(root, 'allowed/folder'));
  await symlink(join(root, 'nowhere'), join(root, 'allowed/dangling'));
  await symlink('loop', join(root, 'allowed/loop'));
});
afterAll(() => rm(root, { recursive: true }));

describe('canonicalPath', () => {
  it.each([
    ['a file', 'allowed/file', 'allowed/file'],
    ['slashes and dots', 'allowed//.//file', 'allowed/file'],
    ['a way out and back', 'allowed/../allowed/file', 'allowed/file'],
    ['a link', 'allowed/link', 'secret/key'],
    ['a folder that is a link', 'allowed/folder/key', 'secret/key'],
    ['the parent of a link, as the kernel takes it', 'allowed/folder/../allowed/file', 'allowed/file'],
    ['what does not exist', 'allowed/new/file', 'allowed/new/file'],
    ['what does not exist below a link', 'allowed/folder/new', 'secret/new'],
  ])('follows %s', async (_name, path, expected) => {
    expect(await canonicalPath(`${root}/${path}`)).toBe(join(root, expected));
  });

  it.each([
    ['a link that leads nowhere', 'allowed/dangling'],
    ['what is below it', 'allowed/dangling/file'],
    ['a loop', 'allowed/loop'],
    ['a way up from what does not exist', 'allowed/new/../../secret/key'],
    ['a file taken for a folder', 'allowed/file/x'],
    ['a null byte', 'allowed/file\0'],
  ])('does not answer for %s', async (_name, path) => {
    expect(await canonicalPath(`${root}/${path}`)).toBeUndefined();
  });

  it('does not answer for a relative path', async () => {
    expect(await canonicalPath('allowed/file')).toBeUndefined();
  });
});

it('takes names as wholes', () => {
  expect(isWithin('/srv/a', '/srv/a')).toBe(true);
  expect(isWithin('/srv/a/b', '/srv/a')).toBe(true);
  expect(isWithin('/srv/ab', '/srv/a')).toBe(false);
  expect(isWithin('/srv', '/srv/a')).toBe(false);
  expect(isWithin('/srv/a', '/')).toBe(true);
});

it('finds a program where PATH has it first, and none in the working directory', async () => {
  const path = ['', '.', `${root}/secret`, `${root}/allowed`].join(':');
  expect(await findProgram('file', path)).toBe(join(root, 'allowed/file'));
  expect(await findProgram('package.json', path)).toBeUndefined();
});
