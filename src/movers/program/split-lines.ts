/**
 * Splits a stream of text at line feeds and nothing else: readline also splits at U+2028 and lone carriage returns,
 * which file names may hold.
 */
export async function* splitLines(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let remaining = '';
  for await (const chunk of stream as AsyncIterable<string>) {
    const lines = (remaining + chunk).split('\n');
    remaining = lines.pop() ?? '';
    yield* lines;
  }
  if (remaining !== '') yield remaining;
}
