import { formatDuration } from '../../core/run/format.ts';
import type { SideState } from '../../core/run/events.ts';
import type { RunView } from '../../core/run/view.ts';
import { fitHeight, fitText, type Fitted } from './fit.ts';
import { bodyRows, dropOrder, phasesOf, phaseState, type Row } from './rows.ts';
import { ellipsis, glyphOf, markOf, renderSpans, span, spansWidth, type Appearance, type Span } from './style.ts';
import { clean, clipMiddle, displayWidth, padTo } from './width.ts';
import { wrap } from './wrap.ts';

/** Part of the width that names may take; longer ones are cut in the middle. */
const nameShare = 0.3;
const nameMin = 10;
/** From this height on empty lines stay although rows are hidden. */
const roomyLines = 20;
/** Below this width there is no column of times. */
const timeWidthMin = 50;

export interface FrameOptions extends Appearance {
  readonly width: number;
  /** Rows of the terminal; the frame has at most one less. Infinity = everything. */
  readonly rows: number;
  readonly now: number;
  /** Last line, such as what Ctrl-C does. '' = none. */
  readonly footer?: string;
}

/**
 * The picture of a run as lines (A3). Pure: the same view, size and time give the same lines. Never more than rows-1
 * lines, never wider than `width`; foreign text is made harmless.
 */
export function frame(view: RunView, options: FrameOptions): string[] {
  const lines = Math.max(1, options.rows - 1);
  const width = Math.max(1, options.width);
  const found = bodyRows(view, options.now, options);
  const layout = layoutOf(found, options);
  const rows = found.map((row) => joinDetail(row, layout, options));
  const sides = hasSides(view) ? sideLines(view, width) : [];
  const header = [titleLine(view, options), ...sides, railLine(view, options)];
  const footer = options.footer === undefined || options.footer === '' ? [] : [[span(options.footer, 'dim')]];
  const shape = fitEdges({ header, footer, body: rows.length, lines });
  const body = fitHeight(rows, shape.bodyLines);
  const all = [
    ...shape.header,
    ...(shape.gaps ? [[]] : []),
    ...body.flatMap((fitted) => fittedLine(fitted, layout, options)),
    ...(shape.gaps && shape.footer.length > 0 ? [[]] : []),
    ...shape.footer,
  ];
  return all.slice(0, lines).map((spans) => renderSpans(spans, { ...options, width }));
}

interface Edges {
  readonly header: readonly (readonly Span[])[];
  readonly footer: readonly (readonly Span[])[];
  readonly body: number;
  readonly lines: number;
}

/** Empty lines go first, then the footer, then the rail and the sides; the title stays. */
function fitEdges({
  header,
  footer,
  body,
  lines,
}: Edges): Edges & { readonly gaps: boolean; readonly bodyLines: number } {
  const full = header.length + footer.length;
  const gapLines = footer.length > 0 ? 2 : 1;
  const wanted = Math.min(body, Math.max(4, Math.floor(lines / 2)));
  const shape = (keptHeader: number, keptFooter: number, gaps: boolean) => {
    const edge = keptHeader + keptFooter + (gaps ? gapLines : 0);
    return {
      header: header.slice(0, keptHeader),
      footer: footer.slice(0, keptFooter),
      gaps,
      body,
      lines,
      bodyLines: lines - edge,
    };
  };
  if (full + gapLines + body <= lines || lines >= roomyLines) return shape(header.length, footer.length, true);
  if (full + body <= lines) return shape(header.length, footer.length, false);
  if (header.length + wanted <= lines) return shape(header.length, 0, false);
  return shape(lines >= 5 ? Math.min(2, header.length) : 1, 0, false);
}

function titleLine(view: RunView, options: FrameOptions): Span[] {
  const elapsed = view.startedAt === undefined ? '' : formatDuration((endOf(view) ?? options.now) - view.startedAt);
  const left = [span(view.kind === '' ? 'landfall' : `landfall ${view.kind} ${view.name}`, 'bold')];
  const facts = [
    view.run === '' ? '' : `run ${view.run}`,
    elapsed,
    view.plan === '' ? '' : `plan ${view.plan.slice(0, 8)}`,
    view.file === '' ? '' : `files: ${view.file}`,
  ].filter((part) => part !== '');
  // The run id is what every other command asks for: it goes last.
  for (let count = facts.length; count > 0; count -= 1) {
    const right = span(facts.slice(0, count).join(options.ascii ? ' - ' : ' · '), 'dim');
    const gap = options.width - spansWidth(left) - spansWidth([right]);
    if (gap >= 2) return [...left, span(' '.repeat(Math.min(gap, 24))), right];
  }
  return left;
}

function endOf(view: RunView): number | undefined {
  return view.result === undefined ? undefined : view.lastAt;
}

/** A run that works on a Location alone has none. */
function hasSides({ kind, sourceName, targetName }: RunView): boolean {
  return kind === '' || sourceName !== '' || targetName !== '';
}

/** Both sides and the way back, on one line or on one each (T13). */
function sideLines(view: RunView, width: number): Span[][] {
  const { sides, sourceName, targetName } = view;
  const source = [span('source  ', 'dim'), span(`${sourceName}   `), sideSpan(sides.source)];
  const target = [span('target  ', 'dim'), span(`${targetName}   `), sideSpan(sides.target)];
  // A run that applies nothing has no target to look at.
  const isAlone = targetName === '' && sourceName !== '';
  const undo =
    view.undoSeconds === undefined ? [] : [span(`undo now: about ${formatDuration(view.undoSeconds * 1000)}`, 'dim')];
  const gap = [span('      ')];
  const both = isAlone ? source : [...source, ...gap, ...target];
  const whole = [...both, ...(undo.length === 0 ? [] : [...gap, ...undo])];
  if (spansWidth(whole) <= width) return [whole];
  if (spansWidth(both) <= width) return [both];
  if (isAlone) return [[span('source ', 'dim'), sideSpan(sides.source)]];
  const short = [span('source ', 'dim'), sideSpan(sides.source), span('  target ', 'dim'), sideSpan(sides.target)];
  return [short];
}

function sideSpan(state: SideState | undefined): Span {
  if (state === undefined) return span('not known yet', 'dim');
  if (state === 'unknown') return span('not observed', 'dim');
  if (state === 'frozen') return span('FROZEN', 'bad');
  return state === 'serving' ? span('SERVING', 'good') : span(state, state === 'empty' ? 'dim' : 'attention');
}

/** All phases with their mark; the words stand in the rows below. */
function railLine(view: RunView, options: FrameOptions): Span[] {
  const phases = phasesOf(view).map((phase) => ({ phase, state: phaseState(view, phase) }));
  const mark = (state: Row['state']): string => (state === 'queued' ? '' : ` ${glyphOf(state, options)}`);
  for (const gap of ['   ', ' ']) {
    const spans = phases.flatMap(({ phase, state }, index) => [
      span(index === 0 ? '' : gap),
      span(`${phase}${mark(state)}`, state === 'queued' ? 'dim' : markOf(state).style),
    ]);
    if (spansWidth(spans) <= options.width) return spans;
  }
  const done = phases.filter(({ state }) => state === 'done' || state === 'skipped').length;
  const current = phases.find(({ state }) => state !== 'done' && state !== 'skipped');
  return [
    span(
      `phase ${Math.min(done + 1, phases.length)} of ${phases.length}${current === undefined ? '' : `: ${current.phase}`}`
    ),
  ];
}

interface Layout {
  /** Columns up to the end of the longest name, and of the longest time. */
  readonly name: number;
  readonly time: number;
}

/** Columns line up over the whole body. */
function layoutOf(rows: readonly Row[], options: FrameOptions): Layout {
  const longest = Math.max(0, ...rows.map((row) => row.depth * 2 + displayWidth(row.name)));
  const time = options.width < timeWidthMin ? 0 : Math.max(0, ...rows.map((row) => displayWidth(row.time)));
  return { name: Math.min(longest, Math.max(nameMin, Math.floor(options.width * nameShare))), time };
}

/**
 * Puts the second line of a row behind its first where there is room. A row that needs an eye is not cut: what does not
 * fit behind its name goes onto lines of its own.
 */
function joinDetail(row: Row, layout: Layout, options: FrameOptions): Row {
  const { bar, main, rates } = row.text;
  const needsEye = row.dropOrder <= dropOrder.pressing;
  const room = options.width - spansWidth(headOf(row, layout, options));
  const { details } = row.text;
  const below = Math.max(nameMin, options.width - leadOf(row));
  if (needsEye && spansWidth(main) > room) {
    const mark = markOf(row.state);
    const reported = main
      .map((one) => one.text)
      .join('')
      .trim();
    const lines = [reported, ...details].flatMap((text) => wrap(text, below));
    return { ...row, text: { main: [span(mark.word, mark.style)], rates, details: lines } };
  }
  const joined = [...main, ...details.map((detail) => span(`   ${detail}`))];
  const used = spansWidth([...(bar === undefined ? [] : [bar]), ...joined, ...rates]) + rates.length * 3;
  const whole = needsEye ? details.flatMap((text) => wrap(text, below)) : details;
  return used > room
    ? { ...row, text: { ...row.text, details: whole } }
    : { ...row, text: { ...(bar && { bar }), main: joined, rates, details: [] } };
}

function headOf(row: Row, layout: Layout, options: FrameOptions): Span[] {
  const nameWidth = Math.max(nameMin, layout.name - row.depth * 2);
  const name = padTo(clipMiddle(clean(row.name), nameWidth, ellipsis(options)), nameWidth);
  return [
    span(`${indent(row.depth)}${glyphOf(row.state, options)} `, markOf(row.state).style),
    span(`${name}  `, row.depth === 0 ? 'bold' : 'plain'),
    span(layout.time === 0 ? '' : `${row.time.padStart(layout.time)}  `, 'dim'),
  ];
}

function fittedLine(fitted: Fitted, layout: Layout, options: FrameOptions): Span[][] {
  if (fitted.kind === 'hidden') return [[span(`${indent(fitted.depth)}${fitted.text}`, 'dim')]];
  const { row } = fitted;
  const lead = leadOf(row);
  if (fitted.kind === 'detail') {
    return [[span(' '.repeat(lead)), span(fitted.text, row.state === 'failed' ? 'plain' : 'dim')]];
  }
  const head = headOf(row, layout, options);
  const room = options.width - spansWidth(head);
  return [[...head, ...fitText(row.text, room)]];
}

/** Columns in front of the second lines of a row. */
function leadOf(row: Row): number {
  return 2 + row.depth * 2;
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}
