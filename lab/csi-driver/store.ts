import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { unmountBelow } from '../mounts.ts';

/** What every stored thing carries; `sequence` orders listings by creation so that page tokens survive deletions. */
export interface StoredRecord {
  readonly id: string;
  readonly name: string;
  readonly sequence: number;
  readonly createdAtMs: number;
}

export interface VolumeRecord extends StoredRecord {
  readonly capacityBytes: number;
  readonly sourceSnapshotId: string | null;
  readonly sourceVolumeId: string | null;
  /** It takes no more than its capacity; without, a volume takes what the disk has. */
  readonly isSized: boolean;
}

export interface SnapshotRecord extends StoredRecord {
  readonly sourceVolumeId: string;
  readonly sizeBytes: number;
}

/** A record before it is stored: the id follows from the name, the rest is filled in by the collection. */
type NewRecord<Kind extends StoredRecord> = Omit<Kind, 'id' | 'sequence' | 'createdAtMs'>;

/** A folder of things, each `<id>/{meta.json,data/}`; either wholly there or not there at all. */
export interface Collection<Kind extends StoredRecord> {
  readonly get: (id: string) => Kind | undefined;
  readonly list: () => readonly Kind[];
  readonly idFor: (name: string) => string;
  readonly dataPath: (id: string) => string;
  readonly create: (record: NewRecord<Kind>, fill: (data: string) => Promise<void>) => Promise<Kind>;
  readonly replace: (record: Kind) => Promise<Kind>;
  readonly remove: (id: string) => Promise<void>;
}

/**
 * Opens a collection under `directory` and reads what an earlier process left, dropping half-made and half-removed
 * entries. `create` fills a hidden folder and renames it into place last, `replace` renames the metadata, so a crash at
 * any moment leaves the old state or the new. Ids are derived from names: the same name is the same thing after a restart.
 */
export async function openCollection<Kind extends StoredRecord>(
  directory: string,
  prefix: string
): Promise<Collection<Kind>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const records = await load<Kind>(directory);
  let sequenceLast = Math.max(0, ...[...records.values()].map((record) => record.sequence));
  const pathOf = (id: string): string => join(directory, id);

  function idFor(name: string): string {
    return `${prefix}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
  }

  async function create(fresh: NewRecord<Kind>, fill: (data: string) => Promise<void>): Promise<Kind> {
    const id = idFor(fresh.name);
    const hidden = pathOf(`.making-${id}`);
    await discard(hidden);
    await mkdir(hidden, { mode: 0o700 });
    await fill(join(hidden, 'data'));
    sequenceLast += 1;
    const record = { ...fresh, id, sequence: sequenceLast, createdAtMs: Date.now() } as Kind;
    await writeMetadata(hidden, record);
    await rename(hidden, pathOf(id));
    records.set(id, record);
    return record;
  }

  async function replace(record: Kind): Promise<Kind> {
    await writeMetadata(pathOf(record.id), record);
    records.set(record.id, record);
    return record;
  }

  async function remove(id: string): Promise<void> {
    if (!records.has(id)) return;
    const hidden = pathOf(`.removing-${id}`);
    await rename(pathOf(id), hidden);
    records.delete(id);
    await discard(hidden);
  }

  return {
    get: (id) => records.get(id),
    list: () => [...records.values()].sort((left, right) => left.sequence - right.sequence),
    idFor,
    dataPath: (id) => join(pathOf(id), 'data'),
    create,
    replace,
    remove,
  };
}

async function load<Kind extends StoredRecord>(directory: string): Promise<Map<string, Kind>> {
  const records = new Map<string, Kind>();
  for (const entry of await readdir(directory)) {
    if (entry.startsWith('.')) {
      await discard(join(directory, entry));
      continue;
    }
    const text = await readFile(join(directory, entry, 'meta.json'), 'utf8');
    records.set(entry, JSON.parse(text) as Kind);
  }
  return records;
}

/** Removes a folder with the file systems mounted in it. */
async function discard(folder: string): Promise<void> {
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true });
}

async function writeMetadata(folder: string, record: StoredRecord): Promise<void> {
  const partial = join(folder, 'meta.json.partial');
  const file = await open(partial, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(record, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, join(folder, 'meta.json'));
}
