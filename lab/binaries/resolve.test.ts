import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { publishedDigest, verifyDigest } from '../../src/binaries/download.ts';
import { isNewEnough } from './go-toolchain.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import type { BinarySpec } from '../../src/binaries/spec.ts';

const spec: BinarySpec = {
  name: 'lab-probe',
  version: '1.2.3',
  versionProbe: { args: ['--version'], pattern: /probe v(\S+)/ },
  official: { url: 'http://127.0.0.1:9/lab-probe', checksumsUrl: 'http://127.0.0.1:9/lab-probe.sha256' },
};

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lab-binaries-'));
  vi.stubEnv('PATH', `${directory}:${process.env['PATH'] ?? ''}`);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true });
});

function placeExecutable(file: string, version: string): string {
  const path = join(directory, file);
  writeFileSync(path, `#!/bin/sh\necho probe v${version}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('resolveBinary', () => {
  it('takes the copy on PATH when it is the wanted version', async () => {
    const path = placeExecutable('lab-probe', '1.2.3');
    await expect(resolveBinary(spec, { cacheDir: directory })).resolves.toMatchObject({ path, origin: 'PATH' });
  });

  it('passes over a copy on PATH of another version and takes the cached one', async () => {
    placeExecutable('lab-probe', '1.2.4');
    const path = placeExecutable('lab-probe-1.2.3', '1.2.3');
    await expect(resolveBinary(spec, { cacheDir: directory })).resolves.toMatchObject({ path, origin: 'cache' });
  });

  it('names every place it looked at when none has it', async () => {
    placeExecutable('lab-probe', '1.2.4');
    const attempt = resolveBinary(spec, { cacheDir: directory });
    await expect(attempt).rejects.toThrow(/no lab-probe 1\.2\.3 on this machine/);
    await expect(attempt).rejects.toThrow(/PATH: .* is version 1\.2\.4/);
    await expect(attempt).rejects.toThrow(/cache: .*lab-probe-1\.2\.3 does not exist/);
    await expect(attempt).rejects.toThrow(/official download: 127\.0\.0\.1:9 is not reachable/);
    await expect(attempt).rejects.not.toThrow(/build/);
  });
});

describe('a build', () => {
  const built: BinarySpec = {
    ...{ name: 'lab-probe', version: '1.2.3' },
    build: {
      expectedMinutes: 1,
      run: (target) => {
        writeFileSync(target, '#!/bin/sh\n');
        return Promise.resolve();
      },
    },
  };

  it('is the last resort, said before it begins, and kept', async () => {
    const said: string[] = [];
    const options = { cacheDir: directory, onProgress: (message: string) => said.push(message) };
    const path = join(directory, 'lab-probe-1.2.3');
    await expect(resolveBinary(built, options)).resolves.toMatchObject({ path, origin: 'build' });
    await expect(resolveBinary(built, options)).resolves.toMatchObject({ path, origin: 'cache' });
    expect(said).toEqual(['building lab-probe 1.2.3, up to 1 min the first time']);
  });

  it('that fails is named with its reason', async () => {
    const run = () => Promise.reject(new Error('no compiler'));
    const failing = { ...built, build: { expectedMinutes: 1, run } };
    await expect(resolveBinary(failing, { cacheDir: directory })).rejects.toThrow(/build on this machine: no compiler/);
  });
});

describe('digests', () => {
  const digest = 'a'.repeat(64);

  it.each([
    ['a list', `${'b'.repeat(64)}  other\n${digest}  tool.tar.gz\n`],
    ['a list of binary files', `${digest} *tool.tar.gz\n`],
    ['a bare digest', `${digest}\n`],
  ])('are found in %s', (_, list) => {
    expect(publishedDigest(list, 'tool.tar.gz')).toBe(digest);
  });

  it('are missing from a list of other files, or from a page that is none', () => {
    expect(() => publishedDigest(`${digest}  other\n`, 'tool')).toThrow(/no SHA-256 of tool/);
    expect(() => publishedDigest('<html>', 'tool')).toThrow(/no SHA-256 of tool/);
  });

  it('refuse other bytes', () => {
    expect(() => verifyDigest(Buffer.from('x'), digest, 'tool')).toThrow(/refused/);
  });
});

it.each([
  ['go1.26.0', true],
  ['go1.27rc1', true],
  ['go2.0', true],
  ['go1.25.9', false],
  ['devel', false],
])('judges %s new enough: %s', (version, expected) => {
  expect(isNewEnough(version)).toBe(expected);
});
