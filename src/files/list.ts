import type { LocationSpec } from '../core/spec/spec.ts';
import { parseFilePath } from './file-path.ts';
import type { PointVolume, VolumeWish } from './find-volume.ts';
import { openVolume } from './open-volume.ts';
import { withScratch } from './scratch.ts';
import { findEntry, rowsOf, type FolderRow } from './select.ts';
import type { TreeEntry } from '../core/volumes/tree-entry.ts';

/** Which lines of a volume are wanted. */
export interface ListWish extends VolumeWish {
  readonly path: string;
  readonly recursive: boolean;
  /** Lines at most; 0: all. */
  readonly limit: number;
  /** The last path of an earlier answer. */
  readonly after?: string;
}

/** A path of a volume, and the lines that belong to it. */
export interface ListedFiles extends PointVolume {
  /** What was asked for: a folder, or one that is not. */
  readonly entry: TreeEntry;
  readonly rows: AsyncIterable<FolderRow>;
  /** The path to go on after, once the rows are read; undefined when they were all. */
  next(): string | undefined;
}

/** Lists files of a volume; `show` reads the rows while they come. Throws what `openVolume` throws, and FILE_NOT_FOUND. */
export function listFiles(
  spec: LocationSpec,
  wish: ListWish,
  show: (listed: ListedFiles) => Promise<void>
): Promise<void> {
  const path = parseFilePath(wish.path);
  const after = wish.after === undefined ? undefined : parseFilePath(wish.after);
  return withScratch(async (scratch) => {
    const { pointId, volume, listing } = await openVolume(spec, wish, scratch);
    const entry = await findEntry(listing(), path);
    let next: string | undefined;
    async function* rows(): AsyncGenerator<FolderRow> {
      if (entry.type !== 'dir') return yield { entry };
      const all = rowsOf(listing(), path, { recursive: wish.recursive, ...(after === undefined ? {} : { after }) });
      let [count, last] = [0, ''];
      for await (const row of all) {
        if (wish.limit > 0 && count === wish.limit) {
          next = last;
          return;
        }
        yield row;
        [count, last] = [count + 1, row.entry.path];
      }
    }
    await show({ pointId, volume, entry, rows: rows(), next: () => next });
  });
}
