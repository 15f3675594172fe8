import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, as the end of the sentence "waiting for ...". */
  readonly what: string;
  readonly deadlineMs: number;
  readonly intervalMs?: number;
  /** Named in the error, with its last lines. */
  readonly logFile?: string;
  /** Ends the wait early: a reason why the condition can no longer come true. */
  readonly unrecoverable?: () => string | undefined;
}

/**
 * Polls a condition until it returns a value other than `undefined`; a thrown error counts as "not yet".
 * Fails at the deadline, or as soon as `unrecoverable` gives a reason, naming the log file to read.
 */
export async function waitFor<T>(
  condition: () => Promise<T | undefined> | T | undefined,
  options: WaitOptions
): Promise<T> {
  const deadline = Date.now() + options.deadlineMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    const reason = options.unrecoverable?.();
    if (reason !== undefined) throw failure(`${reason} while waiting for ${options.what}`, options, last);
    if (Date.now() > deadline) {
      throw failure(
        `stopped waiting after ${Math.round(options.deadlineMs / 1000)} s for ${options.what}`,
        options,
        last
      );
    }
    await pause(options.intervalMs ?? 50);
  }
}

function failure(message: string, options: WaitOptions, cause: unknown): Error {
  const seen = cause instanceof Error ? ` (last response: ${cause.message})` : '';
  return new Error(`${message}${seen}${logTail(options.logFile)}`, { cause });
}

/** Formats the end of a log for an error message; empty when there is no log. */
function logTail(logFile: string | undefined, lines = 8): string {
  if (logFile === undefined || !existsSync(logFile)) return '';
  const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines);
  return `\n  log: ${logFile}\n${tail.map((line) => `  | ${line.slice(0, 400)}`).join('\n')}`;
}
