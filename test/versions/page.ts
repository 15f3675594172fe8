import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { TrialResult } from './trial.ts';

const page = fileURLToPath(new URL('../../docs/supported-versions.md', import.meta.url));
const head = [
  'from',
  'to',
  'assess',
  'plan',
  'migrate',
  'missing/extra/different; read back',
  'kind only newer versions have',
  'fields only newer versions keep',
  'result',
];

/** One row per direction, as Markdown. */
export function resultTable(results: readonly TrialResult[]): string {
  const rows = results.map((result) => [
    ...[result.source, result.target, result.assess, result.plan, result.migrate, result.parity],
    ...[result.newerKind, result.newerFields, result.problems.length === 0 ? 'as expected' : 'NOT as expected'],
  ]);
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

/** Writes the generated part of docs/supported-versions.md. */
export async function writeVersionsPage(results: readonly TrialResult[], commit: string): Promise<void> {
  const [begin, end] = ['<!-- generated: result -->', '<!-- end: result -->'];
  const before = readFileSync(page, 'utf8');
  const [from, to] = [before.indexOf(begin), before.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has no place for the result`);
  const line = `Last run: ${new Date().toISOString().slice(0, 10)}, at commit ${commit}, with \`npm run versions -- --report\`.`;
  const content = `${begin}\n\n${line}\n\n${resultTable(results)}\n\n`;
  const text = `${before.slice(0, from)}${content}${before.slice(to)}`;
  const options = (await resolveConfig(page)) ?? {};
  writeFileSync(page, await format(text, { ...options, filepath: page }));
}
