import { formatClock } from '../../core/run/format.ts';
import type { Finding, RunEvent } from '../../core/run/events.ts';
import type { RunView, StepView } from '../../core/run/view.ts';
import { frame, type FrameOptions } from './frame.ts';
import type { TerminalSink } from './sink.ts';
import { glyphOf, markOf, renderSpans, span, type Appearance, type Span, type Style } from './style.ts';
import { stepText } from './step-text.ts';
import { displayWidth } from './width.ts';
import { wrapSpans } from './wrap.ts';
import type { Writer } from './writer.ts';

const drawEveryMs = 100;
/** Columns of the time at the beginning of a line of the history. */
const clockWidth = 10;
const beginSync = '\x1b[?2026h';
const endSync = '\x1b[?2026l';
// oxlint-disable-next-line no-control-regex -- our own colours, taken out to measure a line
const ownEscapes = /\x1b\[[0-9;]*m/g;

export interface TtyOptions extends Appearance {
  readonly sink: TerminalSink;
  readonly now: () => number;
  readonly footer: string;
}

/**
 * A window at the bottom of the terminal that is drawn over; what is over, wrong or warned of is written once above it
 * and stays in the history. No alternate screen, no clearing; one write a frame, at most ten a second, only when the
 * picture changed. The size is asked at each frame; after a resize the old window is taken away as the terminal has
 * wrapped it.
 */
export function ttyWriter(options: TtyOptions): Writer {
  const { sink } = options;
  let shown: readonly string[] = [];
  let above: string[] = [];
  let drawnAt = -Infinity;
  let dirty = false;
  let seenSize = '';

  const draw = (view: RunView, now: number): void => {
    const { width, rows } = sizeOf(sink);
    const lines = frame(view, { ...frameAppearance(options), width, rows, now });
    const size = `${width}x${rows}`;
    drawnAt = now;
    dirty = false;
    if (above.length === 0 && size === seenSize && lines.join('\n') === shown.join('\n')) return;
    seenSize = size;
    sink.write(redraw(shown, [...above, ...lines], { width, rows }));
    shown = lines;
    above = [];
  };
  return {
    event(event, view) {
      const line = lineAbove(event, view, options);
      if (line !== undefined) above.push(...rendered(line, options));
      dirty = true;
      const now = options.now();
      if (now - drawnAt >= drawEveryMs) draw(view, now);
    },
    note(message) {
      above.push(...rendered([span(message, 'dim')], options));
      dirty = true;
    },
    tick(now, view) {
      const secondPassed = Math.floor(now / 1000) !== Math.floor(drawnAt / 1000);
      if (now - drawnAt >= drawEveryMs && (dirty || secondPassed)) draw(view, now);
    },
    end(now, view) {
      const { width, rows } = sizeOf(sink);
      const lines = frame(view, { ...frameAppearance(options), width, rows: Infinity, now, footer: '' });
      sink.write(redraw(shown, [...above, ...lines], { width, rows }));
      shown = [];
      above = [];
    },
  };
}

function frameAppearance(options: TtyOptions): Appearance & Required<Pick<FrameOptions, 'footer'>> {
  return { color: options.color, ascii: options.ascii, footer: options.footer };
}

function sizeOf(sink: TerminalSink): Size {
  return { width: Math.max(20, sink.columns ?? 80), rows: Math.max(3, sink.rows ?? 24) };
}

interface Size {
  readonly width: number;
  readonly rows: number;
}

/**
 * Writes new lines over an old window, in one write. Each line is cleared behind its end and the rest below at the
 * last; nothing is cleared from the top, which terminals take for clearing the screen and put into the history.
 */
function redraw(old: readonly string[], lines: readonly string[], size: Size): string {
  const text = lines.map((line) => `${line}\x1b[K\n`).join('');
  return `${beginSync}${toTop(old, size)}${text}\x1b[J${endSync}`;
}

/** Moves to the first line of the old window. A terminal that became narrower has wrapped its lines. */
function toTop(old: readonly string[], { width, rows }: Size): string {
  if (old.length === 0) return '';
  const wrapped = old.map((line) => Math.max(1, Math.ceil(displayWidth(line.replace(ownEscapes, '')) / width)));
  const up = wrapped.reduce((sum, count) => sum + count, 0);
  return `\r\x1b[${Math.min(rows - 1, up)}A`;
}

/** Lines of the history are wrapped below their text, not cut: the remedy stands at their end. */
function rendered(line: readonly Span[], options: TtyOptions): string[] {
  const { width } = sizeOf(options.sink);
  return wrapSpans(line, width, clockWidth).map((part) => renderSpans(part, { ...options, width }));
}

/** What stays in the history: ends of phases, what went wrong, what was warned of. */
function lineAbove(event: RunEvent, view: RunView, appearance: Appearance): readonly Span[] | undefined {
  const time = span(`${formatClock(view.lastAt ?? 0)} `, 'dim');
  switch (event.type) {
    case 'step.done':
    case 'step.skipped': {
      const step = view.steps.get(event.step.id);
      return step === undefined || step.parent !== '' ? undefined : [time, ...stepSpans(step, view, appearance)];
    }
    case 'step.failed': {
      const step = view.steps.get(event.step.id);
      return step === undefined
        ? undefined
        : [time, ...stepSpans(step, view, appearance), span(`  ${event.error.what}`)];
    }
    case 'undo.failed':
      return [time, span(`NOT UNDONE ${event.error.code}`, 'bad'), span(`  ${event.title}: ${event.error.what}`)];
    case 'finding':
      if (event.severity === 'info') return undefined;
      return [time, span(...findingWord(event)), span(`  ${event.code}  ${event.subject}: ${event.message}`)];
    case 'log':
      if (event.level === 'info') return undefined;
      return [
        time,
        span(event.level.toUpperCase(), event.level === 'error' ? 'bad' : 'attention'),
        span(`  ${event.message}`),
      ];
    default:
      return undefined;
  }
}

/** `BLOCKER`, or `ACCEPTED` where the file accepts it. */
function findingWord({ severity, waiver }: Finding): [string, Style] {
  if (waiver !== undefined) return ['ACCEPTED', 'attention'];
  return [severity.toUpperCase(), severity === 'blocker' ? 'bad' : 'attention'];
}

function stepSpans(step: StepView, view: RunView, appearance: Appearance): Span[] {
  const text = stepText(step, view.lastAt ?? 0, appearance);
  return [
    span(`${glyphOf(step.state, appearance)} `, markOf(step.state).style),
    span(`${step.id}  `, 'bold'),
    ...text.main,
  ];
}
