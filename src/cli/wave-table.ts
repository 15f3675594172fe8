import type { AddressFlags } from '../engine/address.ts';
import { shortIds } from '../core/identity/run-id.ts';
import { formatDuration, plural } from '../core/run/format.ts';
import { isBad, isOpen } from '../core/wave/schedule.ts';
import type { WaveItem, WavePurpose, WaveView } from '../core/wave/wave.ts';
import { ownCommand, shellWord } from '../runs/own-command.ts';
import { table } from './table.ts';

/** Of a dry run: what the target said to the objects of one namespace. */
export interface AskedCounts {
  readonly accepted: number;
  readonly refused: number;
  readonly notAsked: number;
}

/** A wave as it is shown: only the table keeps its columns, the rest goes on below its text where a line is too long. */
export interface WaveLines {
  readonly head: string;
  readonly table: readonly string[];
  readonly rows: readonly string[];
}

interface WaveTableOptions extends AddressFlags {
  readonly nowMs: number;
  /** The file it was started with, where this command knows it. */
  readonly file?: string;
  /** Directory of the plans its runs are held to, where this command knows it. */
  readonly plans?: string;
  /** By run; empty where nothing was asked, or the reports cannot be read here. */
  readonly asked: ReadonlyMap<string, AskedCounts>;
}

/** Namespaces shown one by one, also when they are done. */
const shownMax = 50;

/** The table of a wave: what is open and what went wrong by name, what is done as a number when there are many. Pure. */
export function waveLines(view: WaveView, appearance: WaveTableOptions): WaveLines {
  const { items } = view;
  const isWell = (item: WaveItem): boolean => item.state === 'done';
  const shown = items.length <= shownMax ? items : items.filter((item) => !isWell(item));
  const hidden = items.length - shown.length;
  const asks = purposeIn(view) === 'dry-run' && appearance.asked.size > 0;
  const between = asks ? ['ACCEPTED', 'REFUSED', 'RUN'] : ['RUN', 'TIME', 'TRIES'];
  const short = shortIds(items.map(({ run }) => run));
  const rows = shown.map((item) => cellsOf(view, item, { ...appearance, asks, short }));
  return {
    head: headOf(view),
    table: shown.length === 0 ? [] : table(['NAMESPACE', 'GROUP', 'STATE', ...between, 'ERROR'], rows).split('\n'),
    rows: [
      ...(hidden === 0 ? [] : [`and ${plural(hidden, 'namespace')} ${words[purposeIn(view)].done}`]),
      ...nextRows(view, appearance),
    ],
  };
}

interface CellLook extends WaveTableOptions {
  readonly asks: boolean;
  readonly short: ReadonlyMap<string, string>;
}

function cellsOf(view: WaveView, item: WaveItem, { nowMs, asked, asks, short }: CellLook): string[] {
  const { namespace, group, state, startedMs, endedMs, attempts, code } = item;
  const run = short.get(item.run) ?? item.run;
  const took = startedMs === 0 ? '' : formatDuration((state === 'running' ? nowMs : endedMs) - startedMs);
  const between = asks
    ? [...askedCells(asked.get(item.run)), run]
    : [run, took, attempts === 0 ? '' : String(attempts)];
  return [namespace, view.groups[group] ?? '', stateWord(item, purposeIn(view)), ...between, code];
}

/** What is neither accepted nor refused could not be asked about. */
function askedCells(counts: AskedCounts | undefined): string[] {
  if (counts === undefined) return ['', ''];
  const { accepted, refused, notAsked } = counts;
  return [`${accepted} of ${accepted + refused + notAsked}`, String(refused)];
}

const words: Readonly<Record<WavePurpose, { readonly done: string; readonly bad: string; readonly partial: string }>> =
  {
    move: { done: 'done', bad: 'failed', partial: 'partial' },
    'dry-run': { done: 'accepted', bad: 'not accepted', partial: 'partly' },
    plan: { done: 'planned', bad: 'blocked or failed', partial: 'blocked' },
  };

/** The state of one namespace in a word. A dry run that stopped before it touched anything is blocked. */
export function stateWord({ state, before, exitCode }: WaveItem, purpose: WavePurpose): string {
  if (before === true) return 'done before';
  if (state === 'done') return words[purpose].done;
  if (state === 'partial') return words[purpose].partial;
  return state === 'failed' && purpose !== 'move' && exitCode === 5 ? 'blocked' : state;
}

/** What it came to, and the numbers. */
export function headOf(view: WaveView): string {
  const { items, name, run, continues } = view;
  const purpose = purposeIn(view);
  const before = items.filter((item) => item.before === true).length;
  const done = items.filter(({ state }) => state === 'done').length - before;
  const bad = items.filter(isBad).length;
  const open = items.filter(isOpen);
  const running = open.filter(({ state }) => state === 'running').length;
  const state = view.reason === '' ? view.state : `${view.state}: ${view.reason}`;
  const numbers = [
    plural(items.length, 'namespace'),
    ...(continues === undefined ? [] : [`${before} done before`]),
    `${done} ${words[purpose].done}`,
    `${bad} ${words[purpose].bad}`,
    // Of an ended wave nothing runs, and what waited was never begun.
    ...(view.state === 'ended'
      ? open.length === 0
        ? []
        : [`${open.length} not begun`]
      : [`${running} running`, `${open.length - running} queued`]),
  ];
  const goesOn = continues === undefined ? '' : ` (continues ${continues})`;
  return `${verdict(view, bad)}wave ${name} ${run}${goesOn}: ${numbers.join(', ')}; ${state}`;
}

/** A wave that moves nothing must not read as if it had. */
function verdict(view: WaveView, bad: number): string {
  const purpose = purposeIn(view);
  if (purpose === 'move') return '';
  const what = purpose === 'plan' ? 'PLAN' : 'DRY RUN';
  if (view.state !== 'ended') return `${what} of `;
  if (view.exitCode === 7) return `${what}, CANCELLED: `;
  if (view.items.length === 0) return `${what}, FAILED: `;
  if (purpose === 'plan') return bad === 0 ? 'PLANNED: ' : 'PLANNED, NOT ALL CAN RUN: ';
  return bad === 0 ? 'DRY RUN, ALL ACCEPTED: ' : 'DRY RUN, NOT ALL ACCEPTED: ';
}

function nextRows(view: WaveView, appearance: WaveTableOptions): string[] {
  const { run, state, items } = view;
  const failed = items.find(isBad);
  const see =
    failed === undefined || failed.run === '' ? [] : [row('see', ownCommand(seeOf(view, failed), appearance))];
  if (state === 'stopped') {
    return [
      row('next', `${ownCommand(`resume ${run}`, appearance)}, or ${ownCommand(`cancel ${run}`, appearance)}`),
      ...see,
    ];
  }
  if (state !== 'ended' || items.length === 0 || purposeIn(view) === 'plan') return see;
  const file = shellWord(appearance.file ?? 'FILE');
  const isWhole = items.every((item) => item.state === 'done');
  if (purposeIn(view) === 'move') {
    const held = appearance.plans === undefined ? '' : ` --plans ${shellWord(appearance.plans)}`;
    return [...see, ...(isWhole ? [] : [row('next', ownCommand(`wave -f ${file} --retry ${run}${held}`, appearance))])];
  }
  const again = view.continues === undefined ? '' : ` --retry ${view.continues}`;
  return [...see, ...(isWhole ? [row('next', ownCommand(`wave -f ${file}${again}`, appearance))] : [])];
}

function seeOf(view: WaveView, { run, state }: WaveItem): string {
  if (purposeIn(view) !== 'plan') return `report ${run}`;
  return state === 'partial' ? `plan show ${run}` : `status ${run}`;
}

function purposeIn({ purpose = 'move' }: WaveView): WavePurpose {
  return purpose;
}

function row(label: string, text: string): string {
  return `  ${label}`.padEnd(12) + text;
}
