import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { referencePages } from './reference/pages.ts';

/**
 * Writes docs/reference from the code that decides what it says. `--check` writes nothing and fails, naming the files,
 * when one is not what the code says now.
 */
const folder = new URL('../docs/reference/', import.meta.url);
const check = process.argv.includes('--check');
const stale: string[] = [];
await mkdir(folder, { recursive: true });
for (const [name, content] of Object.entries(referencePages())) {
  const url = new URL(name, folder);
  const options = await resolveConfig(url);
  const text = await format(content, { ...options, filepath: url.pathname });
  const old = await readFile(url, 'utf8').catch(() => '');
  if (old === text) continue;
  if (check) stale.push(name);
  else await writeFile(url, text);
}
if (stale.length > 0) {
  console.error(`docs/reference is stale: ${stale.join(', ')}; run: node scripts/generate-reference.ts`);
  process.exitCode = 1;
}
