import stringWidth from 'string-width';

/**
 * How many columns text takes on a terminal, and text made safe to be put there. East Asian wide characters and emoji
 * count two, combining marks none.
 */

const graphemes = new Intl.Segmenter();

/** Columns of a text without control characters. */
export function displayWidth(text: string): number {
  return stringWidth(text);
}

/** The longest beginning of a text that fits into so many columns. */
function takeWidth(text: string, columns: number): string {
  let width = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    width += stringWidth(segment);
    if (width > columns) return text.slice(0, index);
  }
  return text;
}

/** The longest end of a text that fits into so many columns. */
function takeWidthEnd(text: string, columns: number): string {
  let over = stringWidth(text) - columns;
  for (const { segment, index } of graphemes.segment(text)) {
    if (over <= 0) return text.slice(index);
    over -= stringWidth(segment);
  }
  return '';
}

/** Cuts a text at its end, with an ellipsis. */
export function clip(text: string, columns: number, ellipsis = '…'): string {
  if (displayWidth(text) <= columns) return text;
  if (columns <= ellipsis.length) return takeWidth(ellipsis, Math.max(0, columns));
  return takeWidth(text, columns - ellipsis.length) + ellipsis;
}

/** Cuts a name in its middle: both ends of `namespace/name-0` say more than its middle. */
export function clipMiddle(text: string, columns: number, ellipsis = '…'): string {
  if (displayWidth(text) <= columns) return text;
  const room = columns - ellipsis.length;
  if (room < 2) return clip(text, columns, ellipsis);
  const head = takeWidth(text, Math.floor(room / 2));
  return head + ellipsis + takeWidthEnd(text, room - displayWidth(head));
}

/** Fills a text with spaces up to so many columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)));
}

/**
 * Text of foreign origin made harmless: escape sequences, control characters, and characters that turn the direction
 * of writing are taken out; line breaks and tabs become a space.
 */
export function clean(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text;
  return (
    text
      // oxlint-disable-next-line no-control-regex -- the whole point
      .replace(/\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])/g, '')
      .replace(/[\t\r\n\v\f\u0085\u2028\u2029]+/g, ' ')
      .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
  );
}
