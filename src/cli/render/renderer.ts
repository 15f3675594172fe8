import type { ErrorDetail } from '../../core/errors.ts';
import { applyEvent } from '../../core/run/apply-event.ts';
import type { RunEvent } from '../../core/run/events.ts';
import type { RunReport } from '../../core/run/report.ts';
import { summarise } from '../../core/run/summarise.ts';
import { emptyView, type RunView } from '../../core/run/view.ts';
import { errorIndent, errorJson, formatErrors } from '../errors.ts';
import { jsonWriter, quietJsonWriter } from './json.ts';
import { linesWriter } from './lines.ts';
import type { Mode, OutputChoice } from './mode.ts';
import type { Redactor } from '../../host/redact.ts';
import type { Sink, TerminalSink } from './sink.ts';
import { stateWriter } from './state.ts';
import type { Appearance } from './style.ts';
import { ttyWriter } from './tty.ts';
import { clean } from './width.ts';
import { writeWrapped } from './wrap.ts';
import type { Writer } from './writer.ts';

export interface RendererOptions {
  readonly output: OutputChoice;
  readonly mode: Mode;
  readonly appearance: Appearance;
  /** The result goes here. With JSON output: nothing but JSON lines. */
  readonly stdout: TerminalSink;
  /** The display goes here. */
  readonly stderr: TerminalSink;
  /** Gets every event as a JSON line, beside any renderer (`--event-file`). */
  readonly eventFile?: Sink;
  readonly redactor: Redactor;
  readonly now: () => number;
  readonly accessible?: boolean;
  /** GitHub Actions: phases become groups. */
  readonly github?: boolean;
  /** Last line of the window: what keys do. */
  readonly footer?: string;
}

/** What a command gives the end of a run. */
export interface Ending {
  readonly report?: RunReport;
  /** Where the report was written; '' = nowhere. */
  readonly reportPath?: string;
  /** The one command that comes next; '' = none. */
  readonly next?: string;
  /** What else somebody may want to know or to do: a label and a text each. */
  readonly rows?: readonly (readonly [label: string, text: string])[];
}

/** The display of a run. Feed it every event, tick it about ten times a second, end it once. */
export interface Renderer {
  event(event: RunEvent): void;
  tick(now: number): void;
  /** Says something to the person at the keys; only a window shows it. */
  note(message: string): void;
  /** Writes what was held back, the last picture in full, and the result. */
  end(ending: Ending): void;
  /** The run as emitted so far. */
  view(): RunView;
}

/** Builds the renderer that was chosen. One model for all of them: they differ only in how they write it (T1). */
export function createRenderer(options: RendererOptions): Renderer {
  const { redactor } = options;
  const writers = writersOf(options);
  let view = emptyView;
  return {
    event(raw) {
      const event = redactor.data(raw);
      view = applyEvent(view, event);
      for (const writer of writers) writer.event(event, view);
    },
    tick(now) {
      for (const writer of writers) writer.tick(now, view);
    },
    note(message) {
      for (const writer of writers) writer.note?.(redactor.text(message));
    },
    end(ending) {
      for (const writer of writers) writer.end(options.now(), view);
      if (options.output === 'text') writeResult(options, view, redactor.data(ending));
      else writeErrorObject(options, view, redactor.data(ending));
    },
    view: () => view,
  };
}

function writersOf(options: RendererOptions): Writer[] {
  const file = options.eventFile === undefined ? [] : [jsonWriter(options.eventFile, options.now)];
  if (options.output === 'json') {
    const quiet = options.mode === 'quiet';
    return [quiet ? quietJsonWriter(options.stdout) : jsonWriter(options.stdout, options.now), ...file];
  }
  const { stderr: sink, now, accessible = false, github = false, footer = '' } = options;
  if (options.mode === 'tty') return [ttyWriter({ sink, now, footer, ...options.appearance }), ...file];
  if (options.mode === 'state') return [stateWriter(options.stdout, options.appearance), ...file];
  if (options.mode === 'lines') return [linesWriter({ sink, accessible, github }), ...file];
  return file;
}

/** With JSON output stderr holds nothing but the error that ended the run. */
function writeErrorObject(options: RendererOptions, view: RunView, { report }: Ending): void {
  const errors = report === undefined ? view.errors : errorsOf(report);
  if (errors.length > 0) options.stderr.write(`${JSON.stringify(errorJson(errors))}\n`);
}

/** Where the text of the rows of a result begins. */
const resultIndent = 12;

/** The end block on stdout, errors on stderr; quiet: the headline alone, and errors. */
function writeResult(options: RendererOptions, view: RunView, ending: Ending): void {
  const { report, reportPath = '', next = '' } = ending;
  const lines = report === undefined ? [] : summarise(report);
  const shown = options.mode === 'quiet' ? lines.slice(0, 1) : lines;
  for (const line of shown) writeWrapped(options.stdout, clean(line), resultIndent);
  if (options.mode !== 'quiet') {
    if (reportPath !== '') options.stdout.write(`  report    ${clean(reportPath)}\n`);
    if (next !== '') options.stdout.write(`  next      ${clean(next)}\n`);
    for (const [label, text] of ending.rows ?? []) options.stdout.write(`  ${label.padEnd(9)} ${clean(text)}\n`);
  }
  const errors = report === undefined ? view.errors : errorsOf(report);
  const state = report === undefined ? '' : stateOf(report);
  const place = { run: report?.run ?? view.run, state, color: options.appearance.color };
  for (const line of formatErrors(errors, place)) writeWrapped(options.stderr, line, errorIndent);
}

/** What became of both sides, for the last line of an error. */
function stateOf({ sides, undo, outcome, target }: RunReport): string {
  const of = target === undefined ? '' : `, target ${sides.target === 'unknown' ? 'not observed' : sides.target}`;
  const where = `source ${sides.source}${of}`;
  if (undo.some((entry) => entry.state !== 'done')) return `NOT everything was undone; ${where}`;
  return outcome === 'rolled-back' || outcome === 'cancelled' ? `everything was undone; ${where}` : where;
}

/** The error that ended the run first, then what failed on the way, each once. */
function errorsOf(report: RunReport): ErrorDetail[] {
  const undone = report.undo.flatMap((entry) => (entry.error === undefined ? [] : [entry.error]));
  const all = [...undone, ...(report.error === undefined ? [] : [report.error]), ...report.failures];
  return [...new Map(all.map((error) => [`${error.code} ${error.what} ${error.ref ?? ''}`, error])).values()];
}
