import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private directory of one command, and what says that the command is to end. */
export interface Scratch {
  readonly path: string;
  readonly signal: AbortSignal;
}

/**
 * Runs work with a directory of its own (0700), which is gone when it ends: with a result, an error, or a signal, which the work
 * is told of. What it has to remove elsewhere it does on its way out. A signal then ends the process as if nobody had caught it.
 */
export async function withScratch<T>(work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'landfall-files-'));
  const abort = new AbortController();
  let caught: NodeJS.Signals | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    caught ??= name;
    abort.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  const remove = (): void => rmSync(path, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    return await work({ path, signal: abort.signal });
  } finally {
    remove();
    process.off('exit', remove);
    for (const name of signals) process.off(name, onSignal);
    if (caught !== undefined) process.kill(process.pid, caught);
  }
}
