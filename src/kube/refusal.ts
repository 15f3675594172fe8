/** An answer of the API server that is not success, in the words of its Status object where it sent one. */
export interface Refusal {
  readonly httpStatus: number;
  /** `Forbidden`, `AlreadyExists`, …; '' when the body is no Status. */
  readonly reason: string;
  readonly message: string;
  readonly isStatus: boolean;
  readonly causes: readonly { readonly reason: string; readonly message: string }[];
  readonly retryAfterMs: number | undefined;
}

export interface RefusalInput {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Characters of a server's message that are kept; admission messages can list hundreds of fields. */
const MESSAGE_LENGTH_MAX = 1_000;

/** Reads an unsuccessful answer. Bodies that are no Status (proxies, unknown paths) give their text as the message. */
export function readRefusal(input: RefusalInput): Refusal {
  const text = input.body.toString('utf8');
  const status = parseStatus(text);
  const details = (status?.['details'] ?? {}) as { causes?: unknown; retryAfterSeconds?: unknown };
  return {
    httpStatus: input.status,
    reason: typeof status?.['reason'] === 'string' ? status['reason'] : '',
    message: shorten(typeof status?.['message'] === 'string' ? status['message'] : text.trim()),
    isStatus: status !== undefined,
    causes: Array.isArray(details.causes) ? details.causes.map(readCause) : [],
    retryAfterMs: retryAfterMs(input.headers['retry-after'], details.retryAfterSeconds),
  };
}

function parseStatus(text: string): Record<string, unknown> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    return value['kind'] === 'Status' ? value : undefined;
  } catch {
    return undefined;
  }
}

function readCause(cause: unknown): { reason: string; message: string } {
  const { reason, message } = (cause ?? {}) as { reason?: unknown; message?: unknown };
  return {
    reason: typeof reason === 'string' ? reason : '',
    message: shorten(typeof message === 'string' ? message : ''),
  };
}

/** Retry-After in seconds or as an HTTP date (RFC 9110 10.2.3); the Status' own field when there is no header. */
function retryAfterMs(header: string | string[] | undefined, seconds: unknown): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

/** What comes before a refused value that is a whole structure: as JSON, or as older servers print one (`core.PodSpec{`). */
const structure = /\b(?:Invalid|Unsupported|Duplicate) value: (?=[\w.&*[\]]*[{[])/g;

/**
 * A message without the structures that validation quotes: a refused template of pods would bring the values of its
 * variables, passwords among them, and hide the reason that follows it.
 */
function withoutStructures(text: string): string {
  let result = '';
  let from = 0;
  for (const match of text.matchAll(structure)) {
    const start = match.index + match[0].length;
    if (match.index < from) continue;
    result += `${text.slice(from, start)}(not shown)`;
    from = endOfStructure(text, start);
  }
  return result + text.slice(from);
}

/** Behind the bracket that closes the first one; the end of the text where none does. */
function endOfStructure(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      // `[]string{"a"}`: the brackets of a type of Go come before the value.
      if (depth === 0 && !(character === ']' && /^[\w.*[\]]*\{/.test(text.slice(at + 1, at + 81)))) return at + 1;
    }
  }
  return text.length;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function shorten(whole: string): string {
  const text = withoutStructures(whole);
  return text.length <= MESSAGE_LENGTH_MAX ? text : `${text.slice(0, MESSAGE_LENGTH_MAX)}… (${text.length} characters)`;
}
