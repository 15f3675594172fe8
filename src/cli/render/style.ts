import type { StepState } from '../../core/run/view.ts';
import { clean, clip, displayWidth } from './width.ts';

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'attention' | 'active';

/** A piece of a line in one style. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

const sgr: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '32',
  bad: '1;31',
  attention: '33',
  active: '36',
};

/** A piece of a line; foreign text in it is made harmless. */
export function span(text: string, style: Style = 'plain'): Span {
  return { text: clean(text), style };
}

/** Columns of a line. */
export function spansWidth(spans: readonly Span[]): number {
  return spans.reduce((sum, one) => sum + displayWidth(one.text), 0);
}

/** A line of at most `width` columns, coloured or not. Cut with an ellipsis where it is too long. */
export function renderSpans(spans: readonly Span[], options: Appearance & { readonly width: number }): string {
  let room = options.width;
  const parts: string[] = [];
  for (const [index, { text, style }] of spans.entries()) {
    const remaining = index < spans.length - 1 && spansWidth(spans.slice(index + 1)) > 0;
    const width = displayWidth(text);
    const cut = width > room || (width === room && remaining);
    const shown = cut ? clip(remaining ? `${text} ` : text, room, ellipsis(options)) : text;
    if (shown !== '') parts.push(paint(shown, style, options.color));
    room -= displayWidth(shown);
    if (cut) break;
  }
  return options.color ? parts.join('') : parts.join('').trimEnd();
}

/** How a frame looks: what the terminal can show. */
export interface Appearance {
  readonly color: boolean;
  /** Only ASCII: the locale is not UTF-8. */
  readonly ascii: boolean;
}

export function paint(text: string, style: Style, color: boolean): string {
  return color && sgr[style] !== '' ? `\x1b[${sgr[style]}m${text}\x1b[0m` : text;
}

export function ellipsis(appearance: Pick<Appearance, 'ascii'>): string {
  return appearance.ascii ? '..' : '…';
}

interface Mark {
  readonly glyph: string;
  readonly ascii: string;
  /** The word is always shown too: neither glyph nor colour carries meaning alone. */
  readonly word: string;
  readonly style: Style;
}

const marks: Readonly<Record<StepState, Mark>> = {
  queued: { glyph: '…', ascii: '.', word: 'queued', style: 'dim' },
  running: { glyph: '▶', ascii: '>', word: 'running', style: 'active' },
  waiting: { glyph: '⏸', ascii: '=', word: 'waiting', style: 'attention' },
  retrying: { glyph: '↻', ascii: '~', word: 'retrying', style: 'attention' },
  done: { glyph: '✓', ascii: '+', word: 'done', style: 'good' },
  skipped: { glyph: '↷', ascii: '-', word: 'skipped', style: 'dim' },
  failed: { glyph: '✗', ascii: 'x', word: 'FAILED', style: 'bad' },
};

export function markOf(state: StepState): Mark {
  return marks[state];
}

export function glyphOf(state: StepState, appearance: Pick<Appearance, 'ascii'>): string {
  return appearance.ascii ? marks[state].ascii : marks[state].glyph;
}

/** A bar of `width` columns; one that is not finished never looks full, one that has begun never looks empty. */
export function bar(percent: number, width: number, ascii: boolean): string {
  const exact = Math.round((percent / 100) * width);
  const full = percent >= 100 ? width : Math.max(percent > 0 ? 1 : 0, Math.min(width - 1, exact));
  return (ascii ? '#' : '█').repeat(full) + (ascii ? '-' : '░').repeat(Math.max(0, width - full));
}
