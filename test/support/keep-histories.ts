import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const recorder = fileURLToPath(new URL('../../scripts/record-history.ts', import.meta.url));

/**
 * Keeps the histories of a Temporal namespace in the folder that LANDFALL_KEEP_HISTORIES names, for those who record the
 * shapes of a release: every level makes some of them on the way. Does nothing otherwise.
 */
export async function keepHistories(address: string, namespace: string): Promise<void> {
  const folder = process.env['LANDFALL_KEEP_HISTORIES'];
  if (folder === undefined) return;
  const args = [recorder, '--address', address, '--namespace', namespace, '--all', folder];
  await promisify(execFile)(process.execPath, args);
}
