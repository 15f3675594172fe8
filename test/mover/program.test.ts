import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kopia } from '../../lab/binaries/catalogue.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import type {
  MoverConfig,
  MoverLine,
  MoverOutcome,
  MoverResult,
  RepositoryConnection,
} from '../../src/core/volumes/mover-protocol.ts';
import { runMover } from '../../src/movers/program/main.ts';
import type { Output } from '../../src/movers/program/output.ts';
import { makeOddTree, witness } from './odd-tree.ts';
import { startMoverStores, type MoverStores, type ReachedRepository } from './stores.ts';

let root = '';
let kopiaPath = '';
let stores: MoverStores;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'landfall-mover-'));
  kopiaPath = (await resolveBinary(kopia)).path;
  stores = await startMoverStores(root);
}, 600_000);

afterAll(() => {
  stores.close();
  rmSync(root, { recursive: true, force: true });
});

interface Ran {
  readonly outcome: MoverOutcome;
  readonly lines: readonly MoverLine[];
}

let runs = 0;

async function run(
  config: Partial<MoverConfig> & Pick<MoverConfig, 'mode' | 'repository' | 'volumePath'>
): Promise<Ran> {
  const lines: MoverLine[] = [];
  const output: Output = {
    line: (line) => void lines.push(line),
    progress: (state, moved) => void lines.push({ type: 'progress', state, ...moved }),
  };
  const scratchPath = join(root, `scratch-${++runs}`);
  const fixed = { password: 'word', runId: 'r1', volumeId: 'shop/data', kopia: kopiaPath, parallel: 4 };
  const outcome = await runMover({ ...fixed, scratchPath, resultPath: join(scratchPath, 'result'), ...config }, output);
  rmSync(scratchPath, { recursive: true, force: true });
  return { outcome, lines };
}

function resultOf(ran: Ran): MoverResult {
  if (!ran.outcome.ok) throw new Error(JSON.stringify(ran.outcome.error));
  return ran.outcome.result;
}

function directory(name: string): string {
  const path = join(root, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/** The same repository where nobody answers; a directory always does, so that one of S3 stands for it. */
function unreached({ repository, ...way }: ReachedRepository): ReachedRepository {
  switch (repository.provider) {
    case 's3':
      return { repository: { ...repository, endpoint: '127.0.0.1:9' } };
    case 'azure':
      return { repository, ...way, proxy: 'http://127.0.0.1:9' };
    case 'gcs':
      return { repository: { ...repository, emulator: 'http://127.0.0.1:9' } };
    case 'filesystem':
      return unreached(stores.repositories.s3);
  }
}

describe.each(['filesystem', 's3', 'azure', 'gcs'] as const)('the mover program with a %s repository', (provider) => {
  const reached = (): ReachedRepository => stores.repositories[provider];

  test('an odd tree arrives exactly, and a second upload carries only what changed', async () => {
    const source = directory(`source-${provider}`);
    makeOddTree(source);
    resultOf(await run({ mode: 'prepare', ...reached(), volumePath: source }));
    resultOf(await run({ mode: 'prepare', ...reached(), volumePath: source }));

    const first = await run({ mode: 'upload', ...reached(), volumePath: source });
    const uploaded = resultOf(first);
    expect(uploaded.excluded).toEqual([{ path: 'null', reason: 'character device' }]);
    expect(uploaded.transferredBytes).toBeGreaterThan(3_000_000);

    const target = directory(`target-${provider}`);
    mkdirSync(join(target, 'lost+found'));
    writeFileSync(join(target, 'noise'), 'from an earlier attempt');
    const ids = { snapshotId: uploaded.snapshotId, metadataSnapshotId: uploaded.metadataSnapshotId };
    const downloaded = resultOf(await run({ mode: 'download', ...reached(), volumePath: target, ...ids }));
    expect(downloaded.different).toEqual([]);
    expect(downloaded.treeSha256).toBe(uploaded.treeSha256);
    expect(downloaded.files).toBe(uploaded.files - 1);
    rmSync(join(target, 'lost+found'), { recursive: true });
    execFileSync('touch', ['-d', '2001-02-03 04:05:06.123456789 UTC', target]);
    expect(witness(target)).toBe(witness(source));
    expect(statSync(join(target, 'sparse')).blocks * 512).toBeLessThan(1_000_000);

    const again = resultOf(await run({ mode: 'download', ...reached(), volumePath: target, ...ids }));
    expect(again.different).toEqual([]);
    expect(again.transferredBytes).toBeLessThan(100);

    appendFileSync(join(source, 'zero'), 'one byte more');
    const second = resultOf(await run({ mode: 'upload', ...reached(), volumePath: source }));
    expect(second.treeSha256).not.toBe(uploaded.treeSha256);
    expect(second.transferredBytes).toBeLessThan(100_000);
    // Only the file that was appended to is read again, and its hash is the right one.
    expect(second.hashedBytes).toBe(statSync(join(source, 'zero')).size);
    expect(uploaded.hashedBytes).toBeGreaterThan(50_000_000);
    const all = { mode: 'upload', ...reached(), volumePath: source, rereadAll: true } as const;
    const reread = resultOf(await run(all));
    expect(reread.treeSha256).toBe(second.treeSha256);
    expect(reread.hashedBytes).toBe(uploaded.hashedBytes + second.hashedBytes);
    console.log(provider, {
      first: uploaded.transferredBytes,
      second: second.transferredBytes,
      files: uploaded.files,
      bytes: uploaded.sizeBytes,
    });
  }, 120_000);

  test('another password, a missing snapshot and a dead store each have their code', async () => {
    const volumePath = directory('any');
    resultOf(await run({ mode: 'prepare', ...reached(), volumePath }));
    const wrong = await run({ mode: 'prepare', ...reached(), volumePath, password: 'other' });
    expect(wrong.outcome).toMatchObject({ ok: false, error: { code: 'LOCATION_CREDENTIALS' } });
    const ids = {
      snapshotId: 'ffffffffffffffffffffffffffffffff',
      metadataSnapshotId: 'ffffffffffffffffffffffffffffffff',
    };
    const missing = await run({ mode: 'download', ...reached(), volumePath, ...ids });
    expect(missing.outcome).toMatchObject({ ok: false, error: { code: 'STORED_OBJECT_MISSING' } });
    const dead = await run({ mode: 'prepare', ...unreached(reached()), volumePath });
    expect(dead.outcome).toMatchObject({ ok: false, error: { code: 'LOCATION_UNREACHABLE' } });
  }, 120_000);
});

test('a repository of Azure that was made with the key opens by a shared access signature', async () => {
  const volumePath = directory('signed');
  writeFileSync(join(volumePath, 'a'), 'content');
  const password = 'word of the signed one';
  const { repository, ...way } = stores.azureBySignature;
  const signed = { ...way, repository: { ...repository, prefix: 'signed/volumes/' } as RepositoryConnection };
  const { repositories } = stores;
  const keyed = {
    ...way,
    repository: { ...repositories.azure.repository, prefix: 'signed/volumes/' } as RepositoryConnection,
  };
  resultOf(await run({ mode: 'prepare', ...keyed, volumePath, password }));
  const uploaded = resultOf(await run({ mode: 'upload', ...signed, volumePath, password }));
  expect(uploaded.files).toBe(1);
  const ids = { snapshotId: uploaded.snapshotId, metadataSnapshotId: uploaded.metadataSnapshotId };
  const target = directory('signed-target');
  const filled = resultOf(await run({ mode: 'download', ...signed, volumePath: target, password, ...ids }));
  expect(filled.treeSha256).toBe(uploaded.treeSha256);
}, 120_000);

test('a volume without room gives VOLUME_FULL', async () => {
  const repository: RepositoryConnection = { provider: 'filesystem', path: directory('repository-full') };
  const source = directory('source-full');

  execFileSync('bash', ['-c', 'head -c 8000000 /dev/urandom > big'], { cwd: source });
  resultOf(await run({ mode: 'prepare', repository, volumePath: source }));
  const { snapshotId, metadataSnapshotId } = resultOf(await run({ mode: 'upload', repository, volumePath: source }));
  const target = directory('target-full');
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', target]);
  try {
    const ran = await run({ mode: 'download', repository, volumePath: target, snapshotId, metadataSnapshotId });
    expect(ran.outcome).toMatchObject({ ok: false, error: { code: 'VOLUME_FULL' } });
  } finally {
    execFileSync('umount', [target]);
  }
}, 60_000);
