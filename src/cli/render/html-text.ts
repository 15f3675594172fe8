const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A run of characters without a place to break is broken anywhere from this length on. */
const unbrokenMax = 24;
/** Shorter words are never broken, also where they have a dash or a dot in them. */
const wholeMax = 12;

/** Text as HTML shows it; nothing of it is markup. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

/**
 * Text as HTML in which names of objects, paths and images may break after `/`, `.`, `-` and their like, hashes
 * anywhere, and words not at all.
 */
export function breakableHtml(text: string): string {
  return text.replace(/\S+|\s+/g, (part) => (part.length <= wholeMax ? escapeHtml(part) : brokenHtml(part)));
}

/** `<th>` and `<td>` of a table that becomes a list of labelled lines on a narrow screen. */
export function tableHtml(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((title) => `<th scope="col">${escapeHtml(title)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cellsHtml(heads, cells)}</tr>`).join('\n');
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

/** The cells of one row, each with the title of its column; the cells are HTML already. */
function cellsHtml(heads: readonly string[], cells: readonly string[]): string {
  return cells.map((cell, at) => `<td data-label="${escapeHtml(heads[at] ?? '')}">${cell}</td>`).join('');
}

/** The style of such tables, for every page. */
export const tableStyle = `
table { border-collapse: collapse; width: 100%; margin: .3rem 0; }
th, td { text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); padding: .2rem .8rem .2rem 0; overflow-wrap: break-word; }
th { font-weight: 500; white-space: nowrap; } time { white-space: nowrap; }
.long { display: inline-block; min-width: 12ch; max-width: 100%; overflow-wrap: anywhere; vertical-align: top; }
@media screen and (max-width: 44rem) {
  thead { display: none; } table, tbody, td { display: block; } tr { display: block; border-bottom: 1px solid var(--line); padding: .3rem 0; }
  td { border: 0; padding: .1rem 0; } td[data-label]:not([data-label=""])::before { content: attr(data-label) ": "; opacity: .7; }
  td:empty { display: none; } .long { display: inline; min-width: 0; }
}
`;

function brokenHtml(word: string): string {
  const pieces = word.match(/[^/.\-_:=@,|]*[/.\-_:=@,|]+|[^/.\-_:=@,|]+/g) ?? [word];
  return pieces
    .map((piece) => (piece.length > unbrokenMax ? `<span class="long">${escapeHtml(piece)}</span>` : escapeHtml(piece)))
    .join('<wbr>');
}
