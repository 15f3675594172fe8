import { copyFileSync, createReadStream, createWriteStream, existsSync, mkdirSync, unlinkSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { LandfallError } from '../../core/errors.ts';
import { escapePath, unescapePath } from '../../core/volumes/tree-path.ts';
import type { HashedEntry } from './hash-tree.ts';
import { splitLines } from './split-lines.ts';
import { systemPath } from './walk.ts';

/** Most that names which collide in kopia may hold: it goes through the mover's scratch space. */
const collidedBytesMax = 1024 * 1024 * 1024;

/**
 * Copies the files whose names collide in kopia (see kopia-names.ts) next to the listing: `collided/N`, and
 * `collided.jsonl` with their paths. Throws VOLUME_MOVER_FAILED when they are more than the scratch space can take.
 */
export function createCollidedStore(
  volumePath: string,
  metadataPath: string
): { add(entry: HashedEntry): void; close(): Promise<void> } {
  let names: NodeJS.WritableStream | undefined;
  let count = 0;
  let bytes = 0;
  return {
    add({ entry, collided }) {
      if (!collided) return;
      bytes += entry.sizeBytes ?? 0;
      if (bytes > collidedBytesMax) throw tooMuch(entry.path);
      mkdirSync(join(metadataPath, 'collided'), { recursive: true });
      names ??= createWriteStream(join(metadataPath, 'collided.jsonl'));
      names.write(`${JSON.stringify({ path: escapePath(entry.path), file: count })}\n`);
      if (entry.type === 'file')
        copyFileSync(systemPath(volumePath, entry.path), join(metadataPath, 'collided', `${count}`));
      count++;
    },
    async close() {
      if (names === undefined) return;
      names.end();
      await once(names, 'finish');
    },
  };
}

/** Gives the paths of a metadata snapshot that collided in kopia, with where their content is. */
export async function readCollided(metadataPath: string): Promise<ReadonlyMap<string, string>> {
  const listPath = join(metadataPath, 'collided.jsonl');
  const collided = new Map<string, string>();
  if (!existsSync(listPath)) return collided;
  for await (const line of splitLines(createReadStream(listPath, 'utf8'))) {
    const { path, file } = JSON.parse(line) as { readonly path: string; readonly file: number };
    collided.set(unescapePath(path), join(metadataPath, 'collided', `${file}`));
  }
  return collided;
}

/** Puts the content of a collided file in its place, whatever kopia has restored there. */
export function restoreCollided(location: Buffer, contentPath: string): void {
  try {
    unlinkSync(location);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  copyFileSync(contentPath, location);
}

function tooMuch(path: string): LandfallError {
  return new LandfallError('VOLUME_MOVER_FAILED', {
    what: `files whose names are not valid UTF-8 and differ only in such bytes have more than 1 GiB, up to ${escapePath(path)}`,
    fix: 'rename the files so that their names are UTF-8',
  });
}
