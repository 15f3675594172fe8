import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { canonical, parseExact } from './normalise.ts';

/** What lies in the store of one trial, read from its disk by docs/formats.md alone. */
export interface StorePicture {
  /** Objects of the recovery point by `kind namespace/name`; undefined when there is no recovery point. */
  readonly point: ReadonlyMap<string, string> | undefined;
  /** What is wrong with what is there. */
  readonly problems: readonly string[];
  /** The newest report. */
  readonly report: StoredReport | undefined;
  /** Keys that should not outlive a run. */
  readonly leftovers: readonly string[];
}

export interface StoredReport {
  readonly outcome: string;
  readonly exitCode: number;
  readonly parity: { readonly missing: number; readonly extra: number; readonly different: number };
  readonly undo: readonly {
    readonly title: string;
    readonly state: string;
    readonly error?: { readonly what: string };
  }[];
  readonly findings: readonly { readonly code: string; readonly severity: string; readonly subject: string }[];
  readonly unseen?: readonly { readonly groupVersion: string }[];
  readonly error?: { readonly code: string; readonly what: string };
}

interface Reference {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

interface Manifest {
  readonly sha256: string;
  readonly counts: { readonly objects: number };
  readonly attached: readonly Reference[];
  readonly detail: { readonly indexes: readonly { readonly ref: Reference; readonly objects: number }[] };
}

interface IndexEntry {
  readonly group: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
  readonly sha256: string;
  readonly length: number;
  readonly offset: number;
  readonly segment: string;
}

/** Multipart uploads in the bucket of a prefix that were begun and not ended, from the disk of the S3 server. */
export function openUploads(root: string): string[] {
  const directory = join(dirname(root), '.sgwtmp', 'multipart');
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** Reads the report of a run below the root of its Location, and the recovery point it writes or restores. */
export function readStore(
  root: string,
  { runId: run, pointId }: { readonly runId: string; readonly pointId: string }
): StorePicture {
  const problems: string[] = [];
  const report = newest(join(root, 'runs', run, 'report'));
  const manifestFile = join(root, 'points', pointId, 'manifest.json');
  const leftovers = existsSync(join(root, 'probe'))
    ? readdirSync(join(root, 'probe')).map((key) => `probe/${key}`)
    : [];
  const known = {
    leftovers,
    report: report === undefined ? undefined : (JSON.parse(readFileSync(report, 'utf8')) as StoredReport),
  };
  if (!existsSync(manifestFile)) return { point: undefined, problems, ...known };
  const point = new Map<string, string>();
  try {
    readPoint(root, readFileSync(manifestFile, 'utf8'), point);
  } catch (error) {
    problems.push(`recovery point ${pointId}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return { point, problems, ...known };
}

function readPoint(root: string, text: string, point: Map<string, string>): void {
  const manifest = JSON.parse(text) as Manifest;
  const blank = text.replace(manifest.sha256, '0'.repeat(64));
  if (sha256(Buffer.from(blank)) !== manifest.sha256) throw new Error('the manifest does not have its hash');
  for (const { key, sha256: hash } of manifest.attached) readKey(root, key, hash);
  const segments = new Map<string, Buffer>();
  for (const { ref, objects } of manifest.detail.indexes) {
    const entries = unpack(readKey(root, ref.key, ref.sha256), 'LFJL')
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '');
    if (entries.length !== objects)
      throw new Error(`${ref.key} has ${entries.length} entries, the manifest says ${objects}`);
    for (const line of entries) {
      const entry = JSON.parse(line) as IndexEntry;
      const key = `objects/segments/${entry.segment.slice(0, 2)}/${entry.segment}`;
      const content = segments.get(key) ?? unpack(readKey(root, key, entry.segment), 'LFSG');
      segments.set(key, content);
      const bytes = content.subarray(entry.offset, entry.offset + entry.length);
      if (sha256(bytes) !== entry.sha256) throw new Error(`${entry.plural} ${entry.name} does not have its hash`);
      const kind = entry.group === '' ? entry.plural : `${entry.plural}.${entry.group}`;
      point.set(
        `${kind} ${entry.namespace}/${entry.name}`,
        canonical(parseExact(bytes.toString('utf8')), entry.plural)
      );
    }
  }
  if (point.size !== manifest.counts.objects)
    throw new Error(`${point.size} objects, the manifest says ${manifest.counts.objects}`);
}

function readKey(root: string, key: string, hash: string): Buffer {
  const bytes = readFileSync(join(root, key));
  if (sha256(bytes) !== hash) throw new Error(`${key} does not have the hash of its reference`);
  return bytes;
}

/** The content of a container: skippable frames hold the lengths of the zstd frames between them. */
function unpack(bytes: Buffer, type: string): Buffer {
  if (bytes.toString('latin1', 8, 12) !== type) throw new Error(`no container of type ${type}`);
  const parts: Buffer[] = [];
  for (let at = 16; at < bytes.length;) {
    const stored = bytes.readUInt32LE(at + 8);
    const raw = bytes.readUInt32LE(at + 12);
    const part = zstdDecompressSync(bytes.subarray(at + 16, at + 16 + stored));
    if (part.length !== raw) throw new Error(`a block of ${part.length} bytes says it has ${raw}`);
    parts.push(part);
    at += 16 + stored;
  }
  return Buffer.concat(parts);
}

function newest(directory: string): string | undefined {
  if (!existsSync(directory)) return undefined;
  const files = readdirSync(directory).map((name) => join(directory, name));
  return files.sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs)[0];
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
