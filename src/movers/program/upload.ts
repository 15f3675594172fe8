import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { MoverConfig, MoverResult } from '../../core/volumes/mover-protocol.ts';
import { createTreeHash, hashTree, type HashedEntry } from './hash-tree.ts';
import { openKnownContent } from './known-content.ts';
import type { Kopia } from './kopia.ts';
import { createCollidedStore } from './collided.ts';
import { collectList } from './collect-list.ts';
import { listingName, writeListing } from './listing.ts';
import type { Output } from './output.ts';
import { collectXattrs } from './xattrs.ts';

/**
 * Copies the volume into the repository and hashes the tree at the same time, by readers that share nothing; then puts
 * the listing there as a second snapshot, under a source of its own. The volume is not written to. Repeated, it makes
 * new snapshots of the same content, which cost nothing but their manifests; files that have not changed since are read
 * by neither, unless `rereadAll` says so.
 */
export async function upload(config: MoverConfig, kopia: Kopia, output: Output): Promise<MoverResult> {
  const volumeId = config.volumeId ?? '';
  const rereadAll = config.rereadAll ?? false;
  const xattrsPath = join(config.scratchPath, 'xattrs.jsonl');
  let measured: { readonly files: number; readonly sizeBytes: number } | undefined;
  const measuring = collectXattrs(config.volumePath, xattrsPath).then((size) => (measured = size));
  await Promise.race([kopia.connect(), failureOf(measuring)]);
  let isCopied = false;
  const copying = kopia
    .snapshot({
      directory: config.volumePath,
      source: `/${volumeId}`,
      rereadAll,
      // What was measured is the truth; what kopia has counted so far grows on the way.
      onProgress: ({ doneBytes, totalBytes, doneFiles }) =>
        output.progress('copying', {
          doneBytes,
          totalBytes: measured?.sizeBytes ?? totalBytes,
          files: { done: doneFiles, total: measured?.files ?? 0 },
        }),
    })
    .finally(() => (isCopied = true));
  const previous = join(config.scratchPath, 'previous');
  const [size, known] = await Promise.race([
    Promise.all([measuring, rereadAll ? undefined : openKnownContent(kopia, metadataSourceOf(volumeId), previous)]),
    failureOf(copying),
  ]);
  const excluded = collectList<{ path: string; reason: string }>((item) => output.line({ type: 'excluded', ...item }));
  const hash = createTreeHash();
  let hashedBytes = 0;
  const entries = hashTree({
    volumePath: config.volumePath,
    xattrsPath,
    parallel: config.parallel,
    ...(known === undefined ? {} : { known }),
    onExcluded: excluded.add,
    onBytes(bytes) {
      hashedBytes += bytes;
      // One bar: while it copies, that is what people wait for.
      if (isCopied) output.progress('hashing', { doneBytes: hashedBytes, totalBytes: size.sizeBytes });
    },
  });
  const metadataPath = join(config.scratchPath, 'metadata');
  mkdirSync(metadataPath, { recursive: true });
  const collided = createCollidedStore(config.volumePath, metadataPath);
  await writeListing(join(metadataPath, listingName), hashed(entries, hash, collided));
  await collided.close();
  const data = await copying;
  const metadata = await kopia.snapshot({
    directory: metadataPath,
    source: metadataSourceOf(volumeId),
    rereadAll: true,
    onProgress: () => undefined,
  });
  return {
    snapshotId: data.id,
    metadataSnapshotId: metadata.id,
    files: size.files,
    sizeBytes: size.sizeBytes,
    hashedBytes,
    transferredBytes: data.uploadedBytes + metadata.uploadedBytes,
    treeSha256: hash.digest(),
    excluded: excluded.items,
    excludedTotal: excluded.total(),
    different: [],
    differentTotal: 0,
  };
}

/** Settles only when the work fails: to stop waiting for something else, and so that no failure goes unhandled. */
function failureOf(work: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => void work.catch(reject));
}

/** The second snapshot of a volume: docs/formats-volumes.md. */
function metadataSourceOf(volumeId: string): string {
  return `/${volumeId}.metadata`;
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
