import type { TerminalSink } from './sink.ts';
import type { Span } from './style.ts';
import { displayWidth } from './width.ts';

/**
 * Breaks a line between words so that no part is wider than `columns`; what follows the first part is indented. Nothing is
 * cut: a remedy that cannot be read to its end is none. A word wider than a line is broken where the line ends.
 */
export function wrap(text: string, columns: number, indent = 0): string[] {
  return wrapSpans([{ text, style: 'plain' }], columns, indent).map((line) => line.map((one) => one.text).join(''));
}

/** The same of a line in several styles; each piece keeps its own. */
export function wrapSpans(spans: readonly Span[], columns: number, indent = 0): Span[][] {
  if (spans.reduce((sum, { text }) => sum + displayWidth(text), 0) <= columns) return [[...spans]];
  const hanging = Math.min(indent, Math.floor(columns / 2));
  const lead: Span = { text: ' '.repeat(hanging), style: 'plain' };
  const lines: Span[][] = [[]];
  let used = 0;
  const put = (piece: Span): void => {
    lines.at(-1)?.push(piece);
    used += displayWidth(piece.text);
  };
  const next = (): void => {
    const ended = lines.at(-1);
    if (ended?.at(-1)?.text.trim() === '') ended.pop();
    lines.push(hanging === 0 ? [] : [lead]);
    used = hanging;
  };
  for (const { text, style } of spans) {
    for (const word of text.match(/\s+|\S+/g) ?? []) {
      const begins = lines.length > 1 && used === hanging;
      const blank = word.trim() === '';
      if (blank && (begins || used + displayWidth(word) > columns)) {
        if (!begins) next();
        continue;
      }
      if (used + displayWidth(word) > columns && used > hanging) next();
      for (const part of pieces(word, columns, columns - hanging)) {
        if (used + displayWidth(part) > columns) next();
        put({ text: part, style });
      }
    }
  }
  return lines.filter((line) => line.some(({ text }) => text.trim() !== ''));
}

/** On a terminal a long line goes on below its text; a file or a pipe gets it whole. */
export function writeWrapped(sink: TerminalSink, line: string, indent: number): void {
  for (const part of wrap(line, sink.columns ?? Infinity, indent)) sink.write(`${part}\n`);
}

/** A word that fits as it is, else in parts that fit into a line. */
function pieces(word: string, columns: number, room: number): string[] {
  if (displayWidth(word) <= Math.min(columns, room)) return [word];
  const parts: string[] = [''];
  for (const character of word) {
    const last = parts.at(-1) ?? '';
    if (displayWidth(last + character) > room) parts.push(character);
    else parts[parts.length - 1] = last + character;
  }
  return parts;
}
