import type { Contest, Sample } from './alternate.ts';
import type { Table } from './part.ts';
import { isNoisy } from './result.ts';
import { median, type Estimate } from './statistics.ts';

/** What a table shows; A and B of the contest are Landfall and the floor where nothing else is said. */
interface Shown {
  readonly caption: string;
  readonly names?: readonly [a: string, b: string];
}

/** A and B of a contest side by side, with what else was run once. */
export function contestTable(
  shown: string | Shown,
  contest: Contest,
  others: Readonly<Record<string, Sample>> = {}
): Table {
  const { caption, names: [a, b] = ['Landfall', 'floor'] }: Shown =
    typeof shown === 'string' ? { caption: shown } : shown;
  const processes = Object.keys(contest.a[0]?.cpu ?? {});
  const row = (name: string, samples: readonly Sample[]): string[] => [
    name,
    seconds(median(samples.map(({ ms }) => ms / 1000))),
    ...processes.map((process) => seconds(median(samples.map(({ cpu }) => cpu[process] ?? 0)))),
  ];
  const verdict = isNoisy(contest.control) ? 'too wide: no verdict' : 'narrow enough';
  return {
    caption,
    head: ['', 'wall s', ...processes.map((process) => `CPU s ${process}`)],
    rows: [
      row(`${a} (median)`, contest.a),
      row(`${b} (median)`, contest.b),
      ...Object.entries(others).map(([name, sample]) => row(`${name} (once)`, [sample])),
      ['ratio of wall time', interval(contest.wall), ...processes.map(() => '')],
      ['ratio of all CPU time', interval(contest.cpu), ...processes.map(() => '')],
      [`A/A control (${verdict})`, interval(contest.control), ...processes.map(() => '')],
    ],
  };
}

/** `1.23 [1.20, 1.27]`. */
export function interval({ ratio, low, high }: Estimate): string {
  return `${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
}

export function seconds(value: number): string {
  return value.toFixed(value < 10 ? 2 : 1);
}
