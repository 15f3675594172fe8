import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kopia } from '../../lab/binaries/catalogue.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import { createIdentity } from '../../src/cli/location-keys/create.ts';
import type { MoverConfig, RepositoryConnection } from '../../src/core/volumes/mover-protocol.ts';
import type { LocationSpec } from '../../src/core/spec/spec.ts';
import { loadFile } from '../../src/model/load-file.ts';
import { openLocation } from '../../src/locations/open-location.ts';
import { runMover } from '../../src/movers/program/main.ts';
import { makeOddTree } from '../mover/odd-tree.ts';
import { startMoverStores, type MoverStores } from '../mover/stores.ts';
import { commit, sample } from './location-capture.ts';

/* The real command reads single files of a volume from every kind of store, with nothing but a file, a key and kopia. */

const command = fileURLToPath(new URL('../../bin/landfall.mjs', import.meta.url));
const providers = ['filesystem', 's3', 'azure', 'gcs'] as const;
type Provider = (typeof providers)[number];
const secrets = { TEST_PASSWORD: 'word of the repository', TEST_AZURE_KEY: '' };

let root = '';
let stores: MoverStores;
let kopiaPath = '';
let source = '';
/** Of each provider: the file, and what its commands need in their environment. */
const documents = new Map<Provider, { readonly file: string; readonly env: NodeJS.ProcessEnv }>();

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'landfall-files-test-'));
  kopiaPath = (await resolveBinary(kopia)).path;
  stores = await startMoverStores(root);
  source = folder('source');
  makeOddTree(source);
  // More lines than one answer has, in a folder of their own.
  for (let at = 0; at < 1200; at++)
    writeFileSync(join(folder('source/large folder'), `n ${String(at).padStart(5, '0')}`), `${at}`);
  for (const provider of providers) documents.set(provider, await prepare(provider));
}, 600_000);

afterAll(() => {
  stores.close();
  rmSync(root, { recursive: true, force: true });
});

function folder(name: string): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** A Location with a recovery point of one volume, as a backup leaves it; that of S3 is encrypted. */
async function prepare(provider: Provider): Promise<{ readonly file: string; readonly env: NodeJS.ProcessEnv }> {
  const { repository, proxy, ca } = stores.repositories[provider];
  const identity = join(root, `identity-${provider}.txt`);
  const encryption =
    provider === 's3' ? { recipients: [await createIdentity(identity, 0)], identity: { file: identity } } : 'none';
  const path = join(root, `${provider}.yaml`);
  const spec = {
    ...(await storeOf(repository, ca)),
    encryption,
    ...(provider === 's3' ? {} : { repositoryPassword: { env: 'TEST_PASSWORD' } }),
  };
  const document = { apiVersion: 'landfall.dev/v1alpha1', kind: 'Location', metadata: { name: 'store' }, spec };
  writeFileSync(path, JSON.stringify(document));
  const env = { ...secrets, ...(proxy === undefined ? {} : { HTTPS_PROXY: proxy }) };
  Object.assign(process.env, env);
  try {
    const [location] = (await loadFile(path)).locations;
    if (location === undefined) throw new Error('no Location');
    await writePoint(location, { repository, ...(proxy && { proxy }), ...(ca && { ca }) });
  } finally {
    for (const name of Object.keys(env)) delete process.env[name];
  }
  return { file: path, env };
}

async function storeOf(repository: RepositoryConnection, ca = ''): Promise<object> {
  const prefix = 'p';
  switch (repository.provider) {
    case 's3': {
      const file = join(root, 'credentials');
      writeFileSync(file, '[default]\naws_access_key_id = key\naws_secret_access_key = secret\n', { mode: 0o600 });
      const { bucket, region, endpoint } = repository;
      return { provider: 's3', bucket, region, endpoint: `http://${endpoint}`, prefix, credentials: { file } };
    }
    case 'azure': {
      const { account, container, accountKey = '', storageDomain } = repository;
      secrets.TEST_AZURE_KEY = accountKey;
      const caFile = join(root, 'azure-ca.pem');
      writeFileSync(caFile, ca);
      const endpoint = `https://${account}.${storageDomain}`;
      return {
        provider: 'azure',
        account,
        container,
        prefix,
        endpoint,
        accountKey: { env: 'TEST_AZURE_KEY' },
        caFile,
      };
    }
    case 'gcs':
      return { provider: 'gcs', bucket: repository.bucket, prefix, endpoint: repository.emulator, anonymous: true };
    case 'filesystem':
      return { provider: 'filesystem', path: folder('directory'), prefix };
  }
}

async function writePoint(
  spec: LocationSpec,
  reached: Pick<MoverConfig, 'repository' | 'proxy' | 'ca'>
): Promise<void> {
  const location = await openLocation(spec);
  try {
    const password = (await location.seal?.forWriting())?.volumePassword ?? secrets.TEST_PASSWORD;
    const isDirectory = spec.provider === 'filesystem';
    const repository: RepositoryConnection = isDirectory
      ? { provider: 'filesystem', path: folder('directory/p/volumes') }
      : reached.repository;
    const moved = (mode: 'prepare' | 'upload') => {
      const scratchPath = mkdtempSync(join(root, 'scratch-'));
      const more = {
        runId: 'r1',
        volumeId: 'shop/data/1',
        volumePath: source,
        parallel: 4,
        resultPath: join(scratchPath, 'result'),
      };
      const config = { ...reached, mode, repository, password, scratchPath, kopia: kopiaPath, ...more };
      return runMover(config, { line: () => undefined, progress: () => undefined });
    };
    await moved('prepare');
    const uploaded = await moved('upload');
    if (!uploaded.ok) throw new Error(JSON.stringify(uploaded.error));
    const { snapshotId, metadataSnapshotId, treeSha256, files, sizeBytes } = uploaded.result;
    const claims = ['raw', 'left'].map((name) =>
      sample(name, JSON.stringify({ spec: { volumeMode: name === 'raw' ? 'Block' : 'Filesystem' } }), {
        kind: 'PersistentVolumeClaim',
      })
    );
    const volume = { claim: 'shop/data', class: 'fast', size: '1Gi', snapshotId, metadataSnapshotId, treeSha256 };
    const about = { bytes: sizeBytes, files, excluded: 1, dataAsOf: '2026-11-21T03:04:05Z' };
    await commit(location, 'shop-aaaa', [claims], { volumes: [{ ...volume, ...about }] });
  } finally {
    await location.close();
  }
}

interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const temporary = (): string => folder('tmp');

function landfall(provider: Provider, words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const { file, env } = documents.get(provider) ?? { file: '', env: {} };
  const path = `${dirname(kopiaPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  const { HTTPS_PROXY: _, ...own } = process.env;
  const child = spawn(process.execPath, [command, ...words, '-f', file], {
    env: { ...own, PATH: path, TMPDIR: temporary(), ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout: Buffer.concat(out), stderr })));
}

interface Listed {
  readonly entries: readonly {
    readonly path: string;
    readonly sha256?: string;
    readonly below?: { readonly files: number };
  }[];
  readonly next?: string;
}

async function list(provider: Provider, words: readonly string[]): Promise<Listed> {
  const ran = await landfall(provider, ['files', 'ls', 'latest', 'shop/data', ...words, '-o', 'json']);
  expect(ran.stderr).toBe('');
  return JSON.parse(ran.stdout.toString()) as Listed;
}

const get = (provider: Provider, words: readonly string[]): Promise<Ran> =>
  landfall(provider, ['files', 'get', 'shop-aaaa', 'shop/data', ...words]);

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.each(providers)('files of a volume in a %s Location', (provider) => {
  test('are listed with their hashes, and come as they were', async () => {
    const { entries } = await list(provider, []);
    const big = readFileSync(join(source, 'big'));
    expect(entries.find(({ path }) => path === 'big')).toMatchObject({ sha256: sha256(big) });
    expect(entries.find(({ path }) => path === 'large folder')).toMatchObject({ below: { files: 1200 } });

    expect((await get(provider, ['big'])).stdout.equals(big)).toBe(true);
    const output = folder(`out-${provider}`);
    const got = await get(provider, ['deep/../big', '--output', output]);
    expect(got.code).toBe(2);
    const written = await get(provider, ['/sparse', '--output', output]);
    expect(written).toMatchObject({ code: 0, stderr: '' });
    expect(written.stdout.toString()).toContain(sha256(readFileSync(join(source, 'sparse'))));
    expect(readFileSync(join(output, 'sparse')).equals(readFileSync(join(source, 'sparse')))).toBe(true);
    expect(statSync(join(output, 'sparse')).blocks * 512).toBeLessThan(1_000_000);

    const again = await get(provider, ['/sparse', '--output', output]);
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('FILE_EXISTS') as string });
    expect(readdirSync(output)).toEqual(['sparse']);
    expect(readdirSync(temporary())).toEqual([]);
  }, 120_000);

  test('come as a folder and as an archive', async () => {
    const output = folder(`folder-${provider}`);
    expect(await get(provider, ['large folder', '--output', output])).toMatchObject({ code: 0, stderr: '' });
    execFileSync('diff', ['-r', join(source, 'large folder'), join(output, 'large folder')]);
    const archive = join(output, 'many.tar');
    expect(await get(provider, ['many', '--output', archive])).toMatchObject({ code: 0, stderr: '' });
    execFileSync('tar', ['-xf', archive, '-C', output]);
    execFileSync('diff', ['-r', join(source, 'many'), join(output, 'many')]);
    expect(readdirSync(output).toSorted()).toEqual(['large folder', 'many', 'many.tar']);
  }, 120_000);
});

describe('names, links and what is not there', () => {
  test.each([
    ['a path in its escaped form', 'non\\xff\\xfeutf8', 'x'],
    ['a name that kopia mixes up', 'same\\xff', '1'],
    ['another of these', 'same\\xfe', '22'],
    ['a name that is that of kopia', 'same\ufffd', '333'],
    ['a folder whose name is no text', 'd\\xe9/\u00e9', 'y'],
    ['a backslash', 'back\\\\slash', 'x'],
    ['a line break', 'new\\x0aline', 'x'],
    ['a space before and a dash', ' lead', 'x'],
    ['a hard link', 'deep/a/link-of-setuid', 'hi\n'],
    ['an empty file', 'zero', ''],
  ])('%s', async (_, path, content) => {
    expect(await get('filesystem', [path])).toMatchObject({ code: 0, stdout: Buffer.from(content), stderr: '' });
  });

  test.each([
    ['biig', 'FILE_NOT_FOUND', 'did you mean big'],
    ['many/zzzzzz', 'FILE_NOT_FOUND', 'many holds 1, 10, 100'],
    ['a/x', 'FILE_NOT_FOUND', 'a is no folder'],
    ['dangling', 'FILE_WITHOUT_CONTENT', 'get nowhere'],
    ['absolute', 'FILE_WITHOUT_CONTENT', 'outside of the volume'],
    ['fifo', 'FILE_WITHOUT_CONTENT', 'named pipe'],
  ])('%s is refused with %s', async (path, code, text) => {
    const ran = await get('filesystem', [path]);
    expect(ran).toMatchObject({ code: 2, stdout: Buffer.alloc(0) });
    expect(ran.stderr).toContain(code);
    expect(ran.stderr).toContain(text);
  });

  test.each([
    ['shop/dota', 'did you mean shop/data?'],
    ['shop/raw', 'it is a raw block volume'],
    ['shop/left', 'captured without its data'],
  ])('claim %s: %s', async (claim, text) => {
    const ran = await landfall('filesystem', ['files', 'ls', 'shop-aaaa', claim]);
    expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('VOLUME_NOT_IN_POINT') as string });
    expect(ran.stderr.replace(/\s+/gu, ' ')).toContain(text);
  });

  test('a large folder is listed page by page, and as text', async () => {
    const first = await list('filesystem', ['large folder']);
    expect(first.entries).toHaveLength(1000);
    const second = await list('filesystem', ['large folder', '--after', first.next ?? '']);
    expect(second).toMatchObject({ entries: { length: 200 } });
    expect(second.next).toBeUndefined();
    expect((await list('filesystem', ['.', '-r', '--limit', '0'])).entries.length).toBeGreaterThan(1800);
    const text = (
      await landfall('filesystem', ['files', 'ls', 'latest', 'shop/data', 'large folder'])
    ).stdout.toString();
    expect(text).toContain("--after 'large folder/n 00999'");
  });

  test('the whole volume comes as an archive, with owners, links and attributes', async () => {
    const output = folder('whole');
    expect(await get('filesystem', ['.', '--output', join(output, 'all.tar')])).toMatchObject({ code: 0, stderr: '' });
    const target = folder('whole/all');
    execFileSync('tar', ['--xattrs', '--xattrs-include=*', '-xpf', join(output, 'all.tar'), '-C', target]);
    const facts = (at: string): string =>
      execFileSync(
        'bash',
        [
          '-c',
          "find . -path ./null -prune -o -path ./far-future -prune -o -printf '%P %y %m %U:%G %s %l %n\\n' | LC_ALL=C sort; getfattr -h -d -m '^user' -R -P . | sort",
        ],
        { cwd: at, encoding: 'latin1' }
      );
    const sizes = (text: string): string => text.replaceAll(/ d (\d+) (\S+) \d+ /gu, ' d $1 $2 ');
    expect(sizes(facts(target))).toBe(sizes(facts(source)));
  });

  test('a folder of odd names comes as a directory', async () => {
    const target = join(root, 'odd-copy');
    expect(await get('filesystem', ['.', '--output', target])).toMatchObject({ code: 0, stderr: '' });
    expect(statSync(join(target, 'setuid')).uid).toBe(1234);
    execFileSync('rm', ['-f', join(target, 'fifo')]);
    const sums = (at: string): string =>
      execFileSync('bash', ['-c', 'find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum'], {
        cwd: at,
        encoding: 'latin1',
      });
    expect(sums(target)).toBe(sums(source));
    expect(existsSync(`${target}.part`)).toBe(false);
  });
});

describe('what goes wrong', () => {
  test('another password and damaged packs each have their code, and leave nothing', async () => {
    const wrong = await landfall('filesystem', ['files', 'ls', 'latest', 'shop/data'], { TEST_PASSWORD: 'other' });
    expect(wrong).toMatchObject({ code: 12, stderr: expect.stringContaining('LOCATION_CREDENTIALS') as string });
    expect(`${wrong.stderr}${wrong.stdout.toString()}`).not.toContain('pod');

    const packs = join(root, 'directory/p/volumes');
    const damaged = execFileSync('find', [packs, '-name', '*.f', '-path', '*/volumes/p*'], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const kept = damaged.map((path) => [path, readFileSync(path)] as const);
    for (const [path, bytes] of kept) {
      const changed = Buffer.from(bytes);
      for (let at = 64; at < changed.length; at += 512) changed[at] = (changed[at] ?? 0) ^ 1;
      writeFileSync(path, changed);
    }
    try {
      const output = folder('damaged');
      const ran = await get('filesystem', ['big', '--output', output]);
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain('STORED_OBJECT_CORRUPT');
      const whole = await get('filesystem', ['.', '--output', join(output, 'all')]);
      expect(whole.code).toBe(1);
      expect(readdirSync(output)).toEqual([]);
    } finally {
      for (const [path, bytes] of kept) writeFileSync(path, bytes);
    }
    expect(readdirSync(temporary())).toEqual([]);
  });

  test('a signal ends it and leaves nothing', async () => {
    const output = folder('ended');
    const { file, env } = documents.get('filesystem') ?? { file: '', env: {} };
    const words = ['files', 'get', 'latest', 'shop/data', '.', '--output', join(output, 'all'), '-f', file];
    const child = spawn(process.execPath, [command, ...words], {
      env: { ...process.env, ...env, TMPDIR: temporary() },
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    await expect.poll(() => readdirSync(output), { timeout: 60_000, interval: 5 }).toEqual(['all.part']);
    child.kill('SIGTERM');
    expect(await ended).toBe(143);
    expect(readdirSync(output)).toEqual([]);
    expect(readdirSync(temporary())).toEqual([]);
  });
});
