import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LandfallError } from '../../core/errors.ts';
import { formatListed, parseListed, treeFormat, type ListedEntry } from '../../core/volumes/tree-entry.ts';
import { splitLines } from './split-lines.ts';

/** Name of the listing inside the metadata snapshot. */
export const listingName = 'tree.jsonl';

/** Writes a listing as its entries come by; not compressed, so that kopia finds what has not changed, and compresses it. */
export async function writeListing(path: string, entries: AsyncIterable<ListedEntry>): Promise<void> {
  async function* lines(): AsyncGenerator<string> {
    yield `${treeFormat}\n`;
    for await (const listed of entries) yield `${formatListed(listed)}\n`;
  }
  await pipeline(Readable.from(lines()), createWriteStream(path, { mode: 0o600 }));
}

/** Reads a listing entry by entry; throws STORED_OBJECT_CORRUPT or FORMAT_TOO_NEW when it is not one. */
export async function* readListing(path: string): AsyncGenerator<ListedEntry> {
  const input = createReadStream(path, 'utf8');
  try {
    let first = true;
    for await (const line of splitLines(input)) {
      if (first) checkFormat(line);
      else yield parseListed(line);
      first = false;
    }
  } catch (error) {
    if (error instanceof LandfallError) throw error;
    throw new LandfallError('STORED_OBJECT_CORRUPT', {
      what: 'the tree listing of the volume cannot be read',
      cause: error,
    });
  } finally {
    input.destroy();
  }
}

function checkFormat(line: string): void {
  if (line === treeFormat) return;
  const known = line.startsWith('landfall-tree/');
  throw new LandfallError(known ? 'FORMAT_TOO_NEW' : 'STORED_OBJECT_CORRUPT', {
    what: `the tree listing has the format ${JSON.stringify(line.slice(0, 40))}, not ${treeFormat}`,
  });
}
