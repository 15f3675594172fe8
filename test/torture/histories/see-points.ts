import {
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { openUploads, readStore } from '../oracle/read-store.ts';
import type { Damage } from './operation.ts';
import type { Objects, SeenPoint } from './judge-history.ts';

/** Every recovery point below the root of a Location, read from its disk by docs/formats.md alone. */
export function seePoints(root: string, rename: (objects: Objects) => Objects): SeenPoint[] {
  const folder = join(root, 'points');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .map((id) => {
      const { point, problems } = readStore(root, { runId: id, pointId: id });
      const uses = join(folder, id, 'uses');
      return {
        id,
        isMarked: existsSync(join(folder, id, 'deleted.json')),
        ...(point === undefined ? {} : { objects: rename(point) }),
        ...(problems[0] === undefined ? {} : { problem: problems[0] }),
        uses: existsSync(uses) ? readdirSync(uses).map((name) => name.replace(/\.json$/u, '')) : [],
      };
    });
}

/** What should not be there when every point was deleted and swept: the marks and the records of runs stay. */
export function seeLeftovers(root: string): string[] {
  const left = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((key) => /^(?:objects|probe|sweeps)\/|^points\/[^/]+\/(?:manifest|uses)/u.test(key));
  return [...left.toSorted(), ...openUploads(root)];
}

/** Damages the first content of a point that is there: nobody's command, and no clock or size says it. */
export function damagePoint(root: string, id: string, how: Damage): boolean {
  const manifest = join(root, 'points', id, 'manifest.json');
  if (!existsSync(manifest)) return false;
  const { detail } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly detail: { readonly indexes: readonly { readonly ref: { readonly key: string } }[] };
  };
  const key = detail.indexes[0]?.ref.key;
  const file = key === undefined ? undefined : join(root, key);
  if (file === undefined || !existsSync(file)) return false;
  if (how === 'removed') rmSync(file);
  else if (how === 'truncated') truncateSync(file, statSync(file).size - 5);
  else {
    const bytes = readFileSync(file);
    const middle = bytes.length >> 1;
    bytes.writeUInt8((bytes[middle] ?? 0) ^ 1, middle);
    writeFileSync(file, bytes);
  }
  return true;
}

/** Longer than the lock of a sweep counts. */
const longAgoMs = 16 * 60_000;

/**
 * Lets the time pass that the lock of a sweep counts which was killed, or whose deletes may still be on their way: nobody waits
 * a quarter of an hour for it. Only while nothing runs.
 */
export function ageLocks(root: string): void {
  const folder = join(root, 'sweeps');
  if (!existsSync(folder)) return;
  const at = new Date(Date.now() - longAgoMs);
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), at, at);
}
