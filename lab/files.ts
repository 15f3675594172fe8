import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file whole, and only when its content changes: some servers watch their configuration and end
 * when somebody writes it again. Returns the path.
 */
export function writeChanged(file: string, content: string, mode = 0o644): string {
  if (readIfPresent(file) === content) return file;
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  writeFileSync(temporary, content, { mode });
  renameSync(temporary, file);
  return file;
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
