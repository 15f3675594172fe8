import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MoverConfig, MoverResult } from '../../core/volumes/mover-protocol.ts';
import { createTreeHash, hashTree, type HashedEntry } from './hash-tree.ts';
import type { Kopia } from './kopia.ts';
import { createCollidedStore } from './collided.ts';
import { collectList } from './collect-list.ts';
import { listingName, writeListing } from './listing.ts';
import type { Output } from './output.ts';
import { collectXattrs } from './xattrs.ts';

/**
 * Copies the volume into the repository, then hashes the tree and puts its listing there as a second snapshot, under a
 * source of its own. The volume is not written to. Repeated, it makes new snapshots of the same content, which cost
 * nothing but their manifests.
 */
export async function upload(config: MoverConfig, kopia: Kopia, output: Output): Promise<MoverResult> {
  const volumeId = config.volumeId ?? '';
  await kopia.connect();
  const data = await kopia.snapshot({
    directory: config.volumePath,
    source: `/${volumeId}`,
    rereadAll: config.rereadAll ?? false,
    onProgress: ({ doneBytes, totalBytes }) => output.progress('copying', doneBytes, totalBytes),
  });
  const xattrsPath = join(config.scratchPath, 'xattrs.jsonl');
  const size = await collectXattrs(config.volumePath, xattrsPath);
  const leftOut = collectList<{ path: string; reason: string }>((item) => output.line({ type: 'left-out', ...item }));
  const hash = createTreeHash();
  let hashedBytes = 0;
  const entries = hashTree({
    volumePath: config.volumePath,
    xattrsPath,
    parallel: config.parallel,
    onLeftOut: leftOut.add,
    onBytes(bytes) {
      hashedBytes += bytes;
      output.progress('hashing', hashedBytes, size.sizeBytes);
    },
  });
  const metadataPath = join(config.scratchPath, 'metadata');
  mkdirSync(metadataPath, { recursive: true });
  const collided = createCollidedStore(config.volumePath, metadataPath);
  await writeListing(join(metadataPath, listingName), hashed(entries, hash, collided));
  await collided.close();
  const metadata = await kopia.snapshot({
    directory: metadataPath,
    source: `/${volumeId}.metadata`,
    rereadAll: true,
    onProgress: () => undefined,
  });
  return {
    snapshotId: data.id,
    metadataSnapshotId: metadata.id,
    files: size.files,
    sizeBytes: size.sizeBytes,
    transferredBytes: data.uploadedBytes + metadata.uploadedBytes,
    treeSha256: hash.digest(),
    leftOut: leftOut.items,
    leftOutTotal: leftOut.total(),
    different: [],
    differentTotal: 0,
  };
}

async function* hashed(
  entries: AsyncIterable<HashedEntry>,
  hash: ReturnType<typeof createTreeHash>,
  collided: ReturnType<typeof createCollidedStore>
): AsyncGenerator<HashedEntry> {
  for await (const listed of entries) {
    hash.add(listed.entry);
    collided.add(listed);
    yield listed;
  }
}
