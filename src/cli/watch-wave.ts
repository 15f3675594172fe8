import type { WorkflowHandle } from '@temporalio/client';
import pMap from 'p-map';
import { isBad } from '../core/wave/schedule.ts';
import type { WaveView } from '../core/wave/wave.ts';
import { readReport } from '../runs/read-report.ts';
import { clean } from './render/width.ts';
import { writeWrapped } from './render/wrap.ts';
import type { RunClient } from '../runs/run-client.ts';
import { showRun, watchRun } from './watch-run.ts';
import type { ShownRun, WatchFlags } from './watch-run.ts';
import { waveLines } from './wave-table.ts';
import type { AskedCounts, WaveLines } from './wave-table.ts';

interface WaveFlags extends WatchFlags {
  /** The file it was started with, for the command that comes next. */
  readonly file?: string;
  /** Directory of the plans it was started with. */
  readonly plans?: string;
}

/** Shows a wave until it ends, then its table; gives its exit code. */
export async function watchWave(runs: RunClient, wave: ShownRun, flags: WaveFlags): Promise<number> {
  const code = await watchRun(runs, wave, { ...flags, next: '' });
  await printWave(runs, wave.handle, flags);
  return code;
}

/** Shows where a wave is, once: its table, and what it waits for. */
export async function showWave(runs: RunClient, wave: ShownRun, flags: WaveFlags): Promise<number> {
  if (flags.output === 'json') return showRun(runs, wave, flags);
  const view = await printWave(runs, wave.handle, flags);
  if (view?.state !== 'ended') return 8;
  return view.exitCode ?? (view.items.some(isBad) ? 3 : 0);
}

async function printWave(runs: RunClient, handle: WorkflowHandle, flags: WaveFlags): Promise<WaveView | undefined> {
  const view = await handle.query<WaveView, []>('wave').catch(() => undefined);
  if (view === undefined || flags.output === 'json') return view;
  const asked =
    view.purpose === 'dry-run' && view.state === 'ended' ? await askedOf(runs, view) : new Map<never, never>();
  writeWaveLines(waveLines(view, { ...flags, nowMs: Date.now(), asked }), flags);
  return view;
}

const reportsAtOnce = 8;

/** What the reports of a dry run say; nothing of those that this machine cannot read. */
async function askedOf(runs: RunClient, { items }: WaveView): Promise<ReadonlyMap<string, AskedCounts>> {
  const ended = items.filter(({ state, before }) => (state === 'done' || state === 'partial') && before !== true);
  const found = await pMap(
    ended,
    async ({ run }) => {
      const report = await runs.find(run).then(
        ({ handle }) => readReport(handle).catch(() => undefined),
        () => undefined
      );
      if (report === undefined) return [];
      const { accepted = 0, failed, notAsked = 0 } = report.objects;
      return [[run, { accepted, refused: failed, notAsked }] as const];
    },
    { concurrency: reportsAtOnce }
  );
  return new Map(found.flat());
}

/** Where the text of a row begins. */
const rowIndent = 12;

/** Writes a wave as it is shown; quiet: what it came to alone. */
export function writeWaveLines(
  { head, table, rows }: WaveLines,
  { quiet = false }: { readonly quiet?: boolean }
): void {
  writeWrapped(process.stdout, clean(head), rowIndent);
  if (quiet) return;
  for (const line of table) process.stdout.write(`${clean(line)}\n`);
  for (const line of rows) writeWrapped(process.stdout, clean(line), rowIndent);
}
