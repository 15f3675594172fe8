import { startCommand } from './run-command.ts';
import { splitLines } from './split-lines.ts';

/** Runs kopia with its configuration; the caller knows where that is. */
export interface KopiaCommand {
  readonly path: string;
  /** Arguments every command ends with. */
  readonly options: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Files up to this size are small: the request for one costs more than its bytes. */
const smallBytes = 128 * 1024;
/** With fewer of them nothing is gained. */
const worthItFiles = 500;
/** What may lie in the cache on the scratch volume; kopia's own limit is set to it for a restore. */
export const prefetchedBytesMax = 1024 * 1024 * 1024;
/** Ids a command takes: 33 bytes each, far from what Linux allows for arguments. */
const batchIds = 30_000;

/** `-rw-r--r--  1111 2026-11-30 07:58:13 UTC 97c0aa91b73c538ebaf60312e5e34929   d25/f73`; ids with an `I` are of large files. */
const fileLine = /^-\S+ +(\d+) \S+ \S+ \S+ ([0-9a-z]+) /;

/** What of a snapshot is fetched ahead. */
export interface Prefetch {
  readonly ids: readonly string[];
  /** `blobs` fetches each pack whole; else only those of which most is wanted, so that no large volume comes along. */
  readonly hint: 'blobs' | 'default';
}

/** Chooses from the lines of `kopia ls -r -l`. undefined: there are too few small files to gain anything. */
export async function choosePrefetch(lines: AsyncIterable<string>): Promise<Prefetch | undefined> {
  const ids: string[] = [];
  let chosenBytes = 0;
  let allBytes = 0;
  for await (const line of lines) {
    const [, size = '', id = ''] = fileLine.exec(line) ?? [];
    if (id === '') continue;
    const bytes = Number(size);
    allBytes += bytes;
    if (bytes === 0 || bytes > smallBytes || chosenBytes + bytes > prefetchedBytesMax / 4) continue;
    chosenBytes += bytes;
    ids.push(id);
  }
  if (ids.length < worthItFiles) return undefined;
  return { ids, hint: allBytes <= prefetchedBytesMax ? 'blobs' : 'default' };
}

/**
 * Fetches the packs of a snapshot's small files into kopia's cache: a restore asks the store for each file by itself, and
 * a thousand requests for a kilobyte take longer than a few for twenty megabytes. A help and no more: whatever fails here the
 * restore fetches, and reports.
 */
export async function prefetchSmallFiles(kopia: KopiaCommand, snapshotId: string): Promise<void> {
  const listing = startCommand(kopia.path, ['ls', '-r', '-l', snapshotId, ...kopia.options], { env: kopia.env });
  listing.child.stdin?.end();
  const stdout = listing.child.stdout as NodeJS.ReadableStream;
  const chosen = await choosePrefetch(splitLines(stdout.setEncoding('utf8')));
  await listing.ended;
  if (chosen === undefined) return;
  for (let at = 0; at < chosen.ids.length; at += batchIds) {
    const ids = chosen.ids.slice(at, at + batchIds);
    const args = ['cache', 'prefetch', `--hint=${chosen.hint}`, ...ids, ...kopia.options];
    const fetching = startCommand(kopia.path, args, { env: kopia.env });
    fetching.child.stdin?.end();
    fetching.child.stdout?.resume();
    await fetching.ended;
  }
}
