import type { WorkflowHandle } from '@temporalio/client';
import type { PointsReport } from '../core/retention/report.ts';
import type { CommonFlags } from './commands/common.ts';
import { ownCommand } from '../runs/own-command.ts';
import { readPointsReport } from '../runs/read-report.ts';
import { pointsResultLines } from './render/points-text.ts';
import { openRunClient } from '../runs/run-client.ts';
import type { RunClient } from '../runs/run-client.ts';
import { watchRun } from './watch-run.ts';
import type { EndRun } from './watch-run.ts';

interface PointsFlags extends CommonFlags {
  readonly detach?: boolean;
}

/**
 * Starts a run about recovery points and shows it until it ends, with its exit code. The result is what became of each point,
 * as text or as one JSON document on stdout; the display of the run is on stderr.
 */
export async function watchPoints(
  runId: string,
  start: (runs: RunClient) => Promise<WorkflowHandle>,
  flags: PointsFlags
): Promise<void> {
  const runs = await openRunClient(flags, (message) => console.error(message));
  try {
    const handle = await start(runs);
    if (flags.detach === true) sayDetached(runId, flags);
    else
      process.exitCode = await watchRun(
        runs,
        { handle, runId, showEnd: showResult(flags) },
        { ...flags, output: 'text' }
      );
  } finally {
    await runs.close();
  }
}

function sayDetached(runId: string, flags: PointsFlags): void {
  if (flags.output === 'json') console.log(JSON.stringify({ run: runId, detached: true }));
  else console.log(`${runId}: started; watch it with: ${ownCommand(`status ${runId} --wait`, flags)}`);
}

function showResult(flags: PointsFlags): EndRun {
  return async ({ renderer, handle, runId }) => {
    renderer.end({});
    const report = await readPointsReport(handle).catch(() => undefined);
    if (report === undefined) return;
    if (flags.output === 'json') return console.log(JSON.stringify(asJson(report), null, 2));
    const lines = pointsResultLines(report);
    for (const line of flags.quiet === true ? lines.slice(-1) : lines) console.log(line);
    if (flags.quiet !== true) console.log(`  next      ${ownCommand(`report ${runId}`, flags)}`);
  };
}

/** Of a deletion with the field that reports it from one that was only shown. */
function asJson(report: PointsReport): object {
  return report.kind === 'prune' ? { dryRun: false, ...report } : report;
}
