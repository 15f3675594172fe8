import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { appendPrivate, writePrivate } from './private-file.ts';

function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'private-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('a file that a command writes', () => {
  it('is for its owner alone where it is new', async () => {
    const [report, events] = [join(emptyDirectory(), 'report.json'), join(emptyDirectory(), 'events.json')];
    await writePrivate(report, 'one');
    const stream = appendPrivate(events);
    stream.end('two');
    await finished(stream);
    expect([modeOf(report), modeOf(events)]).toEqual(['600', '600']);
  });

  it('keeps the mode somebody gave it, and is replaced or continued', async () => {
    const path = join(emptyDirectory(), 'report.json');
    writeFileSync(path, 'a longer text');
    chmodSync(path, 0o640);
    await writePrivate(path, 'short');
    const stream = appendPrivate(path);
    stream.end(' and more');
    await finished(stream);
    expect([modeOf(path), readFileSync(path, 'utf8')]).toEqual(['640', 'short and more']);
  });
});
