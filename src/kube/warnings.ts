/**
 * Texts of `Warning` headers, as the API server writes them: `299 - "text"`, several in one header or in several
 * (RFC 7234 5.5; quotes and backslashes inside the text are escaped).
 */
export function parseWarnings(header: string | readonly string[] | undefined): string[] {
  const lines = header === undefined ? [] : typeof header === 'string' ? [header] : header;
  return lines.flatMap((line) =>
    [...line.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'))
  );
}
