import { parseDocument, type Document } from 'yaml';
import { configProblem, formatPath, type ConfigPath, type ConfigProblem, type Position } from './problem.ts';
import { convertDocument } from './yaml-convert.ts';
import { yamlMessage } from './yaml-messages.ts';

/** One document of a file as plain data, with the place of everything in it. */
export interface YamlDocument {
  readonly file: string;
  /** First line of the document in its file. */
  readonly start: Position;
  readonly value: unknown;
  /** Where the value at a path stands; the nearest one above it when there is none. */
  valueAt(path: ConfigPath): Position;
  /** Where the key of the last segment stands. */
  keyAt(path: ConfigPath): Position;
}

export interface ParsedYaml {
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly ConfigProblem[];
}

/** Errors that leave the rest of a document readable. */
const readableErrors: ReadonlySet<string> = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED']);

interface Chunk {
  readonly text: string;
  readonly offset: number;
}

/**
 * Reads a multi-document YAML text into plain data. Documents are cut apart before parsing, so that an unclosed quote
 * in one does not swallow the others: every document reports its own problems. Empty documents are passed over.
 * Never throws.
 */
export function parseYaml(text: string, file: string): ParsedYaml {
  const lineStarts = startsOfLines(text);
  const documents: YamlDocument[] = [];
  const problems: ConfigProblem[] = [];
  for (const chunk of splitDocuments(text)) {
    const document = parseDocument(chunk.text, {
      prettyErrors: false,
      uniqueKeys: true,
      merge: false,
      version: '1.2',
      schema: 'core',
      logLevel: 'silent',
    });
    const place = (offset: number): Position => positionAt(lineStarts, chunk.offset + offset);
    problems.push(...syntaxProblems(document, file, place));
    if (document.errors.every((error) => readableErrors.has(error.code))) {
      addDocument({ document, file, place, documents, problems });
    }
  }
  return { documents, problems };
}

function addDocument(to: {
  readonly document: Document;
  readonly file: string;
  readonly place: (offset: number) => Position;
  readonly documents: YamlDocument[];
  readonly problems: ConfigProblem[];
}): void {
  const { document, file, place } = to;
  if (document.contents === null) return;
  const converted = convertDocument(document);
  const subject = subjectOf(converted.value);
  for (const { path, offset, what, hint } of converted.problems) {
    const text = `${subject} ${formatPath(path)}`.trim();
    to.problems.push(configProblem({ file, at: place(offset), path: text, what, hint }));
  }
  const root = document.contents.range?.[0] ?? 0;
  const find = (path: ConfigPath, part: 'key' | 'value'): Position => {
    for (let length = path.length; length > 0; length -= 1) {
      const offsets = converted.offsets.get(JSON.stringify(path.slice(0, length)));
      // A key that is missing is reported at the key of the map it is missing in.
      if (offsets !== undefined) return place(length === path.length ? offsets[part] : offsets.key);
    }
    return place(root);
  };
  to.documents.push({
    file,
    start: place(root),
    value: converted.value,
    valueAt: (path) => find(path, 'value'),
    keyAt: (path) => find(path, 'key'),
  });
}

/** `Migration/shop` as far as it can be read. */
function subjectOf(value: unknown): string {
  const { kind, metadata } = (value ?? {}) as { kind?: unknown; metadata?: { name?: unknown } | null };
  if (typeof kind !== 'string') return '';
  return typeof metadata?.name === 'string' ? `${kind}/${metadata.name}`.slice(0, 80) : kind.slice(0, 80);
}

function syntaxProblems(document: Document, file: string, place: (offset: number) => Position): ConfigProblem[] {
  return [...document.errors, ...document.warnings].map((error) => {
    const [what, hint] = yamlMessage(error.code);
    return configProblem({ file, at: place(error.pos[0]), path: '', what, hint });
  });
}

/** A line of `---` or `...` always ends a document, even within quotes (YAML 1.2.2, 9.1.2). */
function splitDocuments(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  let from = 0;
  for (const marker of text.matchAll(/^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm)) {
    chunks.push({ text: text.slice(from, marker.index), offset: from });
    from = marker.index + 3;
  }
  return [...chunks, { text: text.slice(from), offset: from }];
}

function startsOfLines(text: string): number[] {
  return [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
}

function positionAt(lineStarts: readonly number[], offset: number): Position {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}
