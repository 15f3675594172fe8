import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { LandfallError } from '../../core/errors.ts';
import type { MoverConfig, MoverResult } from '../../core/volumes/mover-protocol.ts';
import { applyAttributes } from './apply-attributes.ts';
import { readCollided } from './collided.ts';
import { collectList } from './collect-list.ts';
import { hashTree } from './hash-tree.ts';
import type { Kopia } from './kopia.ts';
import { listingName, readListing } from './listing.ts';
import type { Output } from './output.ts';
import { removeExtras, restoreStructure } from './restore-structure.ts';
import { verifyTree } from './verify-tree.ts';
import { walkTree } from './walk.ts';
import { collectXattrs } from './xattrs.ts';

/**
 * Restores a volume from its two snapshots and compares every path with the source's listing. Goes on where an earlier
 * attempt stopped: files that are whole are not fetched again. Differences are a result, not an error.
 */
export async function download(config: MoverConfig, kopia: Kopia, output: Output): Promise<MoverResult> {
  const { volumePath, scratchPath, snapshotId = '', metadataSnapshotId = '' } = config;
  const presentBytes = fileBytes(volumePath);
  await kopia.connect();
  const metadataPath = join(scratchPath, 'metadata');
  mkdirSync(metadataPath, { recursive: true });
  await kopia.restore({
    snapshotId: metadataSnapshotId,
    directory: metadataPath,
    intoVolume: false,
    onProgress: () => undefined,
  });
  await kopia.restore({
    snapshotId,
    directory: volumePath,
    intoVolume: true,
    onProgress: ({ doneBytes, totalBytes, doneFiles, totalFiles }) =>
      output.progress('copying', { doneBytes, totalBytes, files: { done: doneFiles, total: totalFiles } }),
  });
  const listingPath = join(metadataPath, listingName);
  await intoVolume(async () => {
    await restoreStructure(volumePath, readListing(listingPath), await readCollided(metadataPath));
    await removeExtras(volumePath, readListing(listingPath));
    await applyAttributes(volumePath, readListing(listingPath));
  });
  const verified = await verify(config, listingPath, output);
  const transferredBytes = Math.max(0, verified.sizeBytes - presentBytes);
  return { ...verified, snapshotId, metadataSnapshotId, transferredBytes };
}

type Verified = Omit<MoverResult, 'snapshotId' | 'metadataSnapshotId' | 'transferredBytes'>;

async function verify(config: MoverConfig, listingPath: string, output: Output): Promise<Verified> {
  const xattrsPath = join(config.scratchPath, 'xattrs.jsonl');
  const size = await collectXattrs(config.volumePath, xattrsPath);
  const excluded = collectList<{ path: string; reason: string }>((item) => output.line({ type: 'excluded', ...item }));
  const different = collectList<string>(() => undefined);
  let hashedBytes = 0;
  const target = hashTree({
    volumePath: config.volumePath,
    xattrsPath,
    parallel: config.parallel,
    onExcluded: excluded.add,
    onBytes(bytes) {
      hashedBytes += bytes;
      output.progress('hashing', { doneBytes: hashedBytes, totalBytes: size.sizeBytes });
    },
  });
  const treeSha256 = await verifyTree(readListing(listingPath), target, (difference) => {
    different.add(`${difference.path}: ${difference.fields}`);
    if (different.total() <= 10_000) output.line({ type: 'different', ...difference });
  });
  return {
    files: size.files,
    sizeBytes: size.sizeBytes,
    hashedBytes,
    treeSha256,
    excluded: excluded.items,
    excludedTotal: excluded.total(),
    different: different.items,
    differentTotal: different.total(),
  };
}

async function intoVolume(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    throw new LandfallError('VOLUME_FULL', { what: 'the volume is too small for the data', cause: error });
  }
}

/** What an earlier attempt has left: not fetched again. */
function fileBytes(volumePath: string): number {
  let bytes = 0;
  for (const { stats } of walkTree(volumePath)) if (stats.isFile()) bytes += Number(stats.size);
  return bytes;
}
