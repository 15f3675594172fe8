import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { readLab } from '../../lab/index.ts';
import { faultKinds } from './faults/catalogue.ts';
import { tolerances } from './oracle/normalise.ts';
import type { SeedResult } from './results.ts';

const page = fileURLToPath(new URL('../../docs/reliability.md', import.meta.url));

/** Writes the generated parts of docs/reliability.md: what was run, the table of faults, what the oracle tolerates. */
export async function writeReliabilityPage(results: readonly SeedResult[], labName: string): Promise<void> {
  const parts: Readonly<Record<string, string>> = {
    run: runLines(results, labName),
    faults: faultTable(results),
    tolerated: table(
      ['may differ', 'because'],
      tolerances.map(({ what, why }) => [what, why])
    ),
  };
  let text = readFileSync(page, 'utf8');
  for (const [name, content] of Object.entries(parts)) {
    const [begin, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}`);
    text = `${text.slice(0, from + begin.length)}\n\n${content}\n\n${text.slice(to)}`;
  }
  const options = (await resolveConfig(page)) ?? {};
  writeFileSync(page, await format(text, { ...options, filepath: page }));
}

function runLines(results: readonly SeedResult[], labName: string): string {
  const times = results.map(({ at }) => at).sort();
  const seeds = results.map(({ seed }) => seed).sort((one, other) => one - other);
  const lab = readLab(labName);
  const version = (name: string): string => `${name} ${lab.binaries[name]?.version ?? '?'}`;
  const of = (outcome: SeedResult['outcome']): number => results.filter((result) => result.outcome === outcome).length;
  const lines = [
    `Seeds: ${results.length} (${ranges(seeds)}), on ${[...new Set(times.map((time) => time.slice(0, 10)))].join(' and ')}`,
    `Outcomes: ${of('equal')} equal to the undisturbed run, ${of('rolled-back')} rolled back, ${of('cleaned-up')} cleaned up after termination, ${of('failed')} failed`,
    `Strikes that met their failpoint: ${results.reduce((sum, { struck }) => sum + struck, 0)} of ${results.reduce((sum, { strikes }) => sum + strikes.length, 0)}`,
    `Versions: ${['kube-apiserver', 'etcd', 'temporal', 'versitygw'].map(version).join(', ')}, Node ${process.versions.node}`,
    `Machine: ${availableParallelism()} cores seen by the harness, shared with other work`,
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}

function faultTable(results: readonly SeedResult[]): string {
  const rows = faultKinds.map(({ name, row, what }) => {
    const with_ = results.filter(({ strikes }) => strikes.some(({ fault }) => fault === name));
    const failpoints = new Set(
      with_.flatMap(({ strikes, struck }) =>
        struck === 0
          ? []
          : strikes.filter(({ fault }) => fault === name).map(({ failpoint, moment }) => `${moment} ${failpoint}`)
      )
    );
    const count = (outcome: SeedResult['outcome']): string =>
      String(with_.filter((result) => result.outcome === outcome).length);
    const recover = with_.flatMap(({ recoverMs }) => recoverMs).sort((one, other) => one - other);
    return [
      ...[name, row, what, String(failpoints.size), String(with_.length)],
      ...[count('equal'), count('rolled-back'), count('cleaned-up'), count('failed')],
      ...[seconds(recover[Math.floor(recover.length / 2)]), seconds(recover.at(-1))],
    ];
  });
  const head = [
    'fault',
    'row',
    'what',
    'failpoints',
    'seeds',
    'equal',
    'rolled back',
    'cleaned up',
    'failed',
    'recovery p50',
    'max',
  ];
  return table(head, rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '-' : `${(ms / 1_000).toFixed(1)} s`;
}

function ranges(seeds: readonly number[]): string {
  const found: [number, number][] = [];
  for (const seed of seeds) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === seed - 1) last[1] = seed;
    else found.push([seed, seed]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from} to ${to}`)).join(', ');
}
