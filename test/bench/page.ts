import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import type { PartReport, Table } from './part.ts';
import { drawPlot } from './plot.ts';
import { noiseBound, type BenchResult } from './result.ts';

/** A part as it was measured: what the page is made of, kept so that parts can be measured on different days. */
export interface Measured extends PartReport {
  readonly part: string;
  readonly title: string;
  readonly date: string;
  readonly machine: string;
  readonly versions: string;
  readonly command: string;
  readonly minutes: number;
}

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const directory = join(docs, 'benchmarks');

/** Keeps what a part found and writes the page of all parts again. */
export async function writePage(measured: Measured, order: readonly string[]): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await writeFormatted(join(directory, `${measured.part}.json`), JSON.stringify(measured, null, 2));
  await rewritePage(order);
}

/** Writes the page of what has been measured before, and draws its plots. */
export async function rewritePage(order: readonly string[]): Promise<void> {
  const parts = readParts().toSorted((left, right) => order.indexOf(left.part) - order.indexOf(right.part));
  for (const plot of parts.flatMap((part) => part.plots)) {
    writeFileSync(join(directory, `${plot.name}.svg`), drawPlot(plot));
  }
  await writeFormatted(join(docs, 'benchmarks.md'), renderPage(parts));
}

/** As the check of formats wants it. */
async function writeFormatted(file: string, text: string): Promise<void> {
  writeFileSync(file, await format(text, { ...(await resolveConfig(file)), filepath: file }));
}

function readParts(): Measured[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as Measured);
}

function renderPage(parts: readonly Measured[]): string {
  const introduction = join(docs, 'benchmarks', 'introduction.md');
  const results = parts.flatMap((part) => part.results);
  return `${[
    existsSync(introduction) ? readFileSync(introduction, 'utf8').trim() : '# Benchmarks',
    '## Results',
    rule,
    results.length === 0 ? 'None yet: no whole run has been made on a quiet machine.' : resultTable(results),
    ...parts.map(renderPart),
  ].join('\n\n')}\n`;
}

function resultTable(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, ratio, low, high, target, met, stealPercent }) => [
    name,
    String(ratio),
    low === high ? '' : `${low} to ${high}`,
    String(target),
    met === null ? 'no verdict: noise' : met ? 'yes' : `no, by ${missedBy(ratio, target)}`,
    String(stealPercent),
  ]);
  return markdown(['what', 'measured', '95 % interval', 'target', 'met', 'steal %'], rows);
}

function missedBy(ratio: number, target: number): string {
  return `${(100 * Math.abs(ratio / target - 1)).toFixed(0)} %`;
}

function renderPart(part: Measured): string {
  return [
    `## ${part.title}`,
    `${part.date}, ${part.minutes} min. ${part.machine}. ${part.versions}. \`${part.command}\``,
    ...part.tables.map(renderTable),
    ...part.plots.map(({ name, title }) => `![${title}](benchmarks/${name}.svg)`),
    ...(part.notes.length === 0 ? [] : [part.notes.map((note) => `- ${note}`).join('\n')]),
  ].join('\n\n');
}

/** A table of a part, as Markdown. */
export function renderTable({ caption, head, rows }: Table): string {
  return `**${caption}**\n\n${markdown(head, rows)}`;
}

/** Columns as wide as their longest cell. */
function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((size, column) => (row[column] ?? '').padEnd(size)).join(' | ')} |`;
  const [first = [], ...rest] = cells;
  return [line(first), `| ${widths.map((size) => '-'.repeat(size)).join(' | ')} |`, ...rest.map(line)].join('\n');
}

/** What the page says of verdicts. */
export const rule =
  `A timed target gets a verdict only when the A/A control of the same runs lies within ±${noiseBound * 100} %; ` +
  'what is counted (requests, memory, history) always does.';
