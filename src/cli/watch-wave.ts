import type { WorkflowHandle } from '@temporalio/client';
import type { AddressFlags } from '../engine/address.ts';
import { formatDuration, plural } from '../core/run/format.ts';
import { isBad, isOpen } from '../core/wave/schedule.ts';
import type { WaveItem, WaveView } from '../core/wave/wave.ts';
import { ownCommand } from './own-command.ts';
import type { RunClient } from './run-client.ts';
import { table } from './table.ts';
import { showRun, watchRun } from './watch-run.ts';
import type { WatchFlags } from './watch-run.ts';

/** Shows a wave until it ends, then its table; gives its exit code. */
export async function watchWave(
  runs: RunClient,
  handle: WorkflowHandle,
  runId: string,
  flags: WatchFlags
): Promise<number> {
  const code = await watchRun(runs, handle, runId, { ...flags, next: '' });
  await printWave(handle, flags);
  return code;
}

/** Shows where a wave is, once: its table, and what it waits for. */
export async function showWave(
  runs: RunClient,
  handle: WorkflowHandle,
  runId: string,
  flags: WatchFlags
): Promise<number> {
  if (flags.output === 'json') return showRun(runs, handle, runId, flags);
  const view = await printWave(handle, flags);
  if (view?.state !== 'ended') return 8;
  return view.items.some(isBad) ? 3 : 0;
}

async function printWave(handle: WorkflowHandle, flags: WatchFlags): Promise<WaveView | undefined> {
  const view = await handle.query<WaveView, []>('wave').catch(() => undefined);
  if (view === undefined || flags.output === 'json' || flags.quiet === true) return view;
  for (const line of waveLines(view, Date.now(), flags)) console.log(line);
  return view;
}

/** The table of a wave: what is open and what went wrong by name, what is done as a number when there are many. */
function waveLines(view: WaveView, nowMs: number, flags: AddressFlags): string[] {
  const { items } = view;
  const done = items.filter(({ state }) => state === 'done');
  const rows = (items.length <= 50 ? items : items.filter(({ state }) => state !== 'done')).map((item) =>
    rowOf(view, item, nowMs)
  );
  const bad = items.filter(isBad).length;
  const open = items.filter(isOpen);
  const running = open.filter(({ state }) => state === 'running').length;
  const state = view.reason === '' ? view.state : `${view.state}: ${view.reason}`;
  const next =
    view.state === 'stopped'
      ? [`  next      ${ownCommand(`resume ${view.run}`, flags)}, or ${ownCommand(`cancel ${view.run}`, flags)}`]
      : [];
  const failed = items.find(isBad);
  return [
    `wave ${view.name} ${view.run}: ${plural(items.length, 'namespace')}, ${done.length} done, ${bad} failed, ${running} running, ${open.length - running} queued; ${state}`,
    ...(rows.length === 0
      ? []
      : table(['NAMESPACE', 'GROUP', 'STATE', 'RUN', 'TIME', 'TRIES', 'ERROR'], rows).split('\n')),
    ...(items.length > 50 && done.length > 0 ? [`and ${plural(done.length, 'namespace')} done`] : []),
    ...next,
    ...(failed === undefined || failed.run === '' ? [] : [`  see       ${ownCommand(`report ${failed.run}`, flags)}`]),
  ];
}

function rowOf({ groups }: WaveView, item: WaveItem, nowMs: number): string[] {
  const { namespace, group, state, run, startedMs, endedMs, attempts, code } = item;
  const took = startedMs === 0 ? '' : formatDuration((state === 'running' ? nowMs : endedMs) - startedMs);
  return [namespace, groups[group] ?? '', state, run, took, attempts === 0 ? '' : String(attempts), code];
}
