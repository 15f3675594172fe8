import { formatClock } from '../../core/run/format.ts';
import type { RunView } from '../../core/run/view.ts';
import { frame } from './frame.ts';
import type { TerminalSink } from './sink.ts';
import type { Appearance } from './style.ts';
import { wrap } from './wrap.ts';
import type { Writer } from './writer.ts';

/**
 * Where a run is, once: the whole picture and below it what somebody should look at, not the history of how it came there
 * (`--progress lines` gives that).
 */
export function stateWriter(sink: TerminalSink, appearance: Appearance): Writer {
  return {
    event: () => undefined,
    tick: () => undefined,
    end(now, view) {
      const width = sink.columns ?? Infinity;
      const picture = frame(view, { ...appearance, width, rows: Infinity, now });
      const open = openLines(view).flatMap((line) => wrap(line, width, indent));
      sink.write([...picture, ...open].map((line) => `${line}\n`).join(''));
    },
  };
}

/** Where the text of the lines below the picture begins. */
const indent = 12;

/** Blockers, warnings and compensations that failed, in full. */
function openLines(view: RunView): string[] {
  const at = view.lastAt === undefined ? '' : ` (last event at ${formatClock(view.lastAt)})`;
  const findings = view.findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ severity, code, subject, message }) => `  ${severity.padEnd(9)} ${code}  ${subject}: ${message}`);
  const undo = [...view.undo.values()]
    .filter(({ state }) => state === 'failed')
    .map(({ title, error }) => `  NOT UNDONE ${title}: ${error?.what ?? ''}`);
  const lines = [...undo, ...findings];
  return lines.length === 0 ? [] : [`open${at}`, ...lines];
}
