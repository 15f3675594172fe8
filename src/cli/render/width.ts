/**
 * How many columns text takes on a terminal, and text made safe to be put there. East Asian wide characters and emoji
 * count two, combining marks none; where terminals differ (emoji joined to one) the larger number is taken, so that a
 * line is never too long.
 */

const marks = /^[\p{Mn}\p{Me}]$/u;
const emoji = /^\p{Emoji_Presentation}$/u;

/** East Asian Wide and Fullwidth blocks (Unicode 16, EastAsianWidth.txt), joined where only unassigned ones lie between. */
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1d300, 0x1d376],
  [0x1f200, 0x1f265],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

/** Columns of a text without control characters. */
export function displayWidth(text: string): number {
  // Nearly all text is plain: counting it needs no look at each character.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The longest beginning of a text that fits into so many columns. */
function takeWidth(text: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += characterWidth(character);
    if (width > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}

/** The longest end of a text that fits into so many columns. */
function takeWidthEnd(text: string, columns: number): string {
  let over = displayWidth(text) - columns;
  let start = 0;
  for (const character of text) {
    if (over <= 0) break;
    over -= characterWidth(character);
    start += character.length;
  }
  return text.slice(start);
}

/** Cuts a text at its end, with an ellipsis. */
export function clip(text: string, columns: number, ellipsis = '…'): string {
  if (displayWidth(text) <= columns) return text;
  if (columns <= ellipsis.length) return takeWidth(ellipsis, Math.max(0, columns));
  return takeWidth(text, columns - ellipsis.length) + ellipsis;
}

/** Cuts a name in its middle: both ends of `namespace/name-0` tell more than its middle. */
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

function characterWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (marks.test(character)) return 0;
  return wide.some(([from, to]) => code >= from && code <= to) || emoji.test(character) ? 2 : 1;
}
