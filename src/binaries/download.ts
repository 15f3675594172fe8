import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { run } from '../host/command.ts';
import type { OfficialDownload } from './spec.ts';

const connectTimeoutMs = 3000;
const downloadTimeoutMs = 300_000;
const unreachable = new Set<string>();

/**
 * Fetches a published executable and writes it to `target` once its SHA-256 is the published one.
 * Fails quickly where the host cannot be reached, and at once the next time.
 */
export async function downloadOfficial(source: OfficialDownload, target: string): Promise<void> {
  const expected = publishedDigest(
    (await fetchBytes(source.checksumsUrl, connectTimeoutMs)).toString('utf8'),
    basename(source.url)
  );
  const bytes = await fetchBytes(source.url, downloadTimeoutMs);
  verifyDigest(bytes, expected, source.url);
  if (source.member === undefined) return writeFileSync(target, bytes);
  await inScratch(target, async (directory) => {
    const archive = join(directory, 'archive.tar.gz');
    writeFileSync(archive, bytes);
    await run('tar', ['-xzf', archive, '-C', directory, source.member ?? '']);
    renameSync(join(directory, source.member ?? ''), target);
  });
}

/** Finds the digest of a file in a published list, or takes a bare digest as it is. */
export function publishedDigest(list: string, file: string): string {
  const lines = list
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+\*?/));
  const own =
    lines.find((words) => words[1] === file) ?? (lines.length === 1 && lines[0]?.length === 1 ? lines[0] : undefined);
  const digest = own?.[0]?.toLowerCase();
  if (digest === undefined || !/^[0-9a-f]{64}$/.test(digest)) throw new Error(`no SHA-256 of ${file} is published`);
  return digest;
}

/** Fails unless the bytes have the expected SHA-256. */
export function verifyDigest(bytes: Uint8Array, expected: string, what: string): void {
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== expected) throw new Error(`${what} has SHA-256 ${actual}, expected ${expected}: refused`);
}

/** Checks a file against a pinned digest. */
export function verifyFile(file: string, expected: string): void {
  verifyDigest(readFileSync(file), expected, basename(file));
}

/** Runs work with a scratch directory on the file system of `target`, removed afterwards. */
export async function inScratch(target: string, work: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(dirname(target), '.scratch-'));
  try {
    await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function fetchBytes(url: string, timeoutMs: number): Promise<Buffer> {
  const host = new URL(url).host;
  if (unreachable.has(host)) throw new Error(`${host} is not reachable`);
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  } catch (error) {
    if (error instanceof Error && error.message.includes(' answered ')) throw error;
    unreachable.add(host);
    throw new Error(`${host} is not reachable`, { cause: error });
  }
}
