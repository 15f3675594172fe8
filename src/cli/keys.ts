import { readFileSync } from 'node:fs';
import type { ReadStream } from 'node:tty';

/** What the keys of the window do. */
export interface KeyActions {
  /** `d` and Ctrl-C: ends the watch; the run goes on. */
  readonly detach: () => void;
  /** `c` twice: stops the run and undoes what it did. */
  readonly cancel: () => void;
  /** `e`: shows the errors so far. */
  readonly errors: () => void;
  /** Says something above the window. */
  readonly say: (message: string) => void;
}

/** Last line of the window while keys are read. */
export const keysFooter = 'd detach   c cancel   e errors   ? help';

const confirmWithinMs = 5000;
const help = [
  'd or Ctrl-C  stop watching: the run continues',
  'c c          cancel the run: everything it did is undone',
  'e            errors and retries so far',
];

/**
 * Reads keys from a terminal until the returned function is called, which leaves the terminal as it was. A cancel needs
 * its key twice within five seconds: one slip of a finger must not undo hours.
 */
export function readKeys(
  input: Pick<ReadStream, 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>,
  actions: KeyActions,
  now: () => number = Date.now
): () => void {
  let askedAt = -Infinity;
  const press = (key: string): void => {
    if (key === 'c' && now() - askedAt <= confirmWithinMs) return actions.cancel();
    askedAt = key === 'c' ? now() : -Infinity;
    if (key === 'c') actions.say('press c again to cancel the run; everything it did is undone');
    // In raw mode the terminal no longer turns Ctrl-C into a signal.
    if (key === 'd' || key === '\u0003') actions.detach();
    if (key === 'e') actions.errors();
    if (key === '?') for (const line of help) actions.say(line);
  };
  const data = (chunk: Buffer): void => {
    for (const key of chunk.toString('utf8')) press(key);
  };
  // A terminal that is gone (EIO, read(2)) gives no more keys; the watch goes on without them.
  const gone = (): void => void input.off('data', data);
  input.setRawMode(true);
  input.on('data', data);
  input.on('error', gone);
  input.resume();
  return () => {
    input.off('data', data);
    input.setRawMode(false);
    input.pause();
  };
}

/**
 * Whether this process may take the terminal. One started with `&` may not: the terminal would stop it for trying. Reported
 * by /proc (proc_pid_stat(5): pgrp and tpgid); elsewhere it is taken to be in the foreground.
 */
export function isInForeground(stat: string = readStat()): boolean {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' || fields[2] === fields[5];
}

function readStat(): string {
  try {
    return readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return '';
  }
}
