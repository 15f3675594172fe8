import type { WorkflowHandle } from '@temporalio/client';
import { eventSchema } from '../core/run/events.ts';
import type { RunEvent, RunEventBody } from '../core/run/events.ts';
import type { RunReport } from '../core/run/report.ts';
import type { CommonFlags } from './commands/common.ts';
import { detachedLines, openDetach } from './detach.ts';
import { detachedCode } from './exit.ts';
import { follow } from '../runs/follow.ts';
import { isInForeground, keysFooter, readKeys } from './keys.ts';
import { ownCommand } from '../runs/own-command.ts';
import { readPointsReport, readReport } from '../runs/read-report.ts';
import { pointsReportLines } from './render/points-text.ts';
import { chooseAppearance, chooseMode, isAccessible } from './render/mode.ts';
import type { Mode } from './render/mode.ts';
import { appendPrivate, writePrivate } from '../host/private-file.ts';
import { createRedactor } from '../host/redact.ts';
import { createRenderer } from './render/renderer.ts';
import type { Ending, Renderer } from './render/renderer.ts';
import type { Sink } from './render/sink.ts';
import type { RunView } from '../core/run/view.ts';
import type { FoundRun, RunClient } from '../runs/run-client.ts';

const tickEveryMs = 100;

export interface WatchFlags extends CommonFlags {
  readonly since?: number;
  /** Seconds; ends the watch, not the run. */
  readonly timeout?: number;
  /** Where to write the report as JSON as well. */
  readonly report?: string;
  /** The one command that comes next; absent = that of the report, '' = none. */
  readonly next?: string;
  /** More rows of the end block, by what the run came to. */
  readonly rows?: (report: RunReport) => NonNullable<Ending['rows']>;
}

export type ShownRun = Pick<FoundRun, 'handle' | 'runId'>;

/** What is shown when a run has ended. */
export type EndRun = (run: ShownRun & { readonly renderer: Renderer; readonly flags: WatchFlags }) => Promise<void>;

const endMigration: EndRun = async ({ renderer, handle, runId, flags }) => {
  if (isAboutPoints(renderer.view())) return endPoints(renderer, handle, flags);
  const report = await readReport(handle).catch(() => undefined);
  if (flags.report !== undefined) await writeReportFile(flags.report, runId, report);
  renderer.end({
    ...(report === undefined ? {} : { report }),
    reportPath: flags.report ?? '',
    ...(report === undefined || flags.rows === undefined ? {} : { rows: flags.rows(report) }),
    // A report in a file is where one would look next.
    next: flags.next ?? (flags.report === undefined ? ownCommand(`report ${runId}`, flags) : ''),
  });
};

/** A run that works on the recovery points of a Location has a report of another form. */
function isAboutPoints({ kind }: RunView): boolean {
  return kind === 'prune' || kind === 'verify' || kind === 'copy';
}

async function endPoints(renderer: Renderer, handle: WorkflowHandle, flags: WatchFlags): Promise<void> {
  renderer.end({});
  if (flags.output === 'json') return;
  const report = await readPointsReport(handle).catch(() => undefined);
  const lines = report === undefined ? [] : pointsReportLines(report);
  for (const line of flags.quiet === true ? lines.slice(0, 1) : lines) console.log(line);
}

interface WatchedRun extends ShownRun {
  /** Absent = the report of the run. */
  readonly showEnd?: EndRun;
}

/**
 * Shows a run until it ends and gives its exit code. The first interrupt detaches: the run is durable and goes on; the
 * last lines say how to come back and how to cancel.
 */
export async function watchRun(
  runs: RunClient,
  { handle, runId, showEnd = endMigration }: WatchedRun,
  flags: WatchFlags
): Promise<number> {
  const stop = new AbortController();
  const end = () => stop.abort();
  const detach = openDetach({
    isFrozen: () => renderer.view().sides.source === 'frozen',
    say: (message) => (mode === 'tty' ? renderer.note(message) : console.error(message)),
    end,
  });
  process.on('SIGINT', detach);
  process.once('SIGTERM', end);
  const timer = flags.timeout === undefined ? undefined : setTimeout(end, flags.timeout * 1000);
  const mode = modeOf(flags);
  const hasKeys = mode === 'tty' && flags.output !== 'json' && process.stdin.isTTY && isInForeground();
  const renderer = openRenderer(flags, hasKeys ? keysFooter : 'Ctrl-C detaches: the run continues');
  const ticking = setInterval(() => renderer.tick(Date.now()), tickEveryMs);
  const since = flags.since ?? 0;
  let last: RunEvent | undefined;
  const say = (message: string): void => renderer.note(message);
  const closeKeys = hasKeys
    ? readKeys(process.stdin, {
        ...{ detach, say },
        cancel: () =>
          void handle.cancel().then(
            () => say('cancel requested: the run stops and undoes what it did'),
            (error: unknown) => say(`the cancel did not reach Temporal: ${String(error)}`)
          ),
        errors: () => errorsSoFar(renderer.view()).forEach(say),
      })
    : undefined;
  try {
    const { address, client, revive, siteWorkers } = runs;
    const options = {
      runId,
      address,
      since,
      signal: stop.signal,
      client,
      siteWorkers,
      ...(revive === undefined ? {} : { revive }),
    };
    for await (const event of follow(handle, options)) {
      renderer.event(event);
      last = event;
    }
    if (last?.type !== 'result')
      return endDetached(renderer, { runId, seq: last?.seq ?? since, local: runs.local }, flags);
    await showEnd({ renderer, handle, runId, flags });
    return last.exitCode;
  } finally {
    closeKeys?.();
    clearInterval(ticking);
    clearTimeout(timer);
    process.off('SIGINT', detach);
    process.off('SIGTERM', end);
  }
}

/** Shows where a run is, once: its state, and for an ended run its result. Exit code 8 while it goes on. */
export async function showRun(runs: RunClient, { handle, runId }: ShownRun, flags: WatchFlags): Promise<number> {
  const renderer = openRenderer(flags, '', onceMode(flags));
  const { status } = await handle.describe();
  const ended = status.name !== 'RUNNING';
  const { signal } = new AbortController();
  let exitCode = detachedCode;
  const { address, client, siteWorkers } = runs;
  const options = { runId, address, since: flags.since ?? 0, signal, client, siteWorkers, once: true };
  for await (const event of follow(handle, options)) {
    renderer.event(event);
    if (event.type === 'result') exitCode = event.exitCode;
  }
  if (ended && isAboutPoints(renderer.view())) {
    await endPoints(renderer, handle, flags);
    return exitCode;
  }
  const report = ended ? await readReport(handle).catch(() => undefined) : undefined;
  renderer.end({
    ...(report === undefined ? {} : { report }),
    next: ended ? '' : ownCommand(`status ${runId} --wait`, flags),
  });
  return exitCode;
}

/** The stream ends with a result of its own, so that a reader of JSON lines knows an end from a cut. */
function endDetached(
  renderer: Renderer,
  { runId, seq, local }: { readonly runId: string; readonly seq: number; readonly local: boolean },
  flags: WatchFlags
): number {
  if (flags.output === 'json') {
    renderer.event(ownEvent({ runId, seq }, { type: 'result', outcome: 'detached', exitCode: detachedCode }));
  }
  renderer.end({});
  if (flags.output === 'json') return detachedCode;
  const { sides, kind } = renderer.view();
  console.error(detachedLines({ runId, local, sides, kind }, flags).join('\n'));
  return detachedCode;
}

/** An event of this watch, not of the run: it is not stored, so it takes the number of the last one emitted. */
function ownEvent({ runId, seq }: { readonly runId: string; readonly seq: number }, body: RunEventBody): RunEvent {
  return { schema: eventSchema, seq, time: new Date().toISOString(), run: runId, ...body };
}

/** What failed or is tried again, a line each. */
function errorsSoFar(view: RunView): readonly string[] {
  const retries = [...view.steps.values()].flatMap(({ id, retry }) =>
    retry === undefined ? [] : [`${id}: attempt ${retry.attempt} of ${retry.attemptsMax}, ${retry.error.what}`]
  );
  const lines = [...view.errors.map(({ code, what }) => `${code}  ${what}`), ...retries];
  return lines.length === 0 ? ['no errors so far'] : lines;
}

function modeOf(flags: WatchFlags): Mode {
  const accessible = flags.accessible === true;
  const isTerminal = process.stderr.isTTY;
  const quiet = flags.quiet === true;
  return chooseMode({ progress: flags.progress, quiet, accessible, env: process.env, isTerminal });
}

/** A look at a run draws it as it is; its history is there for whoever asks for lines. */
export function onceMode(flags: WatchFlags): Mode {
  const mode = modeOf(flags);
  return flags.progress === 'auto' &&
    mode !== 'quiet' &&
    !isAccessible({ accessible: flags.accessible === true, env: process.env })
    ? 'state'
    : mode;
}

function openRenderer(flags: WatchFlags, footer = '', mode = modeOf(flags)): Renderer {
  const env = process.env;
  const isTerminal = (mode === 'state' ? process.stdout : process.stderr).isTTY;
  const accessible = flags.accessible === true;
  return createRenderer({
    output: flags.output,
    mode,
    appearance: chooseAppearance({ env, isTerminal, color: flags.color === false ? 'never' : 'auto' }),
    stdout: process.stdout,
    stderr: process.stderr,
    redactor: createRedactor(),
    now: Date.now,
    accessible: isAccessible({ accessible, env }),
    github: env['GITHUB_ACTIONS'] === 'true',
    footer,
    ...(flags.eventFile === undefined ? {} : { eventFile: openEventFile(flags.eventFile) }),
  });
}

/** What becomes of this file is no concern of the run: when it takes no more, that is said once. */
function openEventFile(path: string): Sink {
  const stream = appendPrivate(path);
  let reported = false;
  stream.on('error', ({ message }) => {
    if (!reported) console.error(`no more events can be written to ${path}: ${message}`);
    reported = true;
  });
  return stream;
}

async function writeReportFile(path: string, runId: string, report: RunReport | undefined): Promise<void> {
  if (report === undefined) {
    console.error(`no report in ${path}: it could not be read; try: ${ownCommand(`report ${runId} -o json`)}`);
    return;
  }
  // The run has ended, and its exit code stands.
  await writePrivate(path, `${JSON.stringify(report, null, 2)}\n`).catch(({ message }: Error) =>
    console.error(`no report in ${path}: ${message}; it is in the store: ${ownCommand(`report ${runId} -o json`)}`)
  );
}
