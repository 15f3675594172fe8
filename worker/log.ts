import { fstatSync, writeSync } from 'node:fs';
import { pino, type Logger } from 'pino';
import { hidden } from '../src/core/secret-forms.ts';
import { createRedactor } from '../src/host/redact.ts';

/** Fields that hold a secret whatever it looks like; in every line, and one level below. */
const secretFields = [
  'authorization',
  'password',
  'token',
  'secretAccessKey',
  'sessionToken',
  'accountKey',
  'sasToken',
  'credentialsJson',
];

/**
 * Gives the log of a worker: one JSON object a line (level, time, fields, the fixed message) to `write`. Secrets are taken
 * out by the path of their field and by their form; of an error only its message is kept.
 */
export function createLog(write: (line: string) => void): Logger {
  const { data } = createRedactor();
  const options = {
    base: null,
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (level: string) => ({ level }), log: fieldsOf },
    redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor: hidden },
  };
  // The texts of a line, not the line: what stands for a secret must not break its JSON.
  return pino(options, { write: (line) => write(JSON.stringify(data<unknown>(JSON.parse(line)))) });
}

function fieldsOf(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(fields);
  return Object.fromEntries(entries.map(([key, value]) => [key, value instanceof Error ? value.message : value]));
}

/**
 * Gives the writer of log lines for standard output (1) or standard error (2). Where it is a file, a full disk must not
 * end the worker, which would take running work with it: a line that finds no room is dropped, and the first one that does
 * is preceded by how many were. What other parts of the process write there is not allowed to end it either. pino's own
 * writer does not serve: once its buffer is full it does not try again when there is room.
 */
export function openLog(fd: 1 | 2): (line: string) => void {
  const stream = fd === 1 ? process.stdout : process.stderr;
  stream.on('error', () => undefined);
  if (!fstatSync(fd).isFile()) return (line) => void stream.write(`${line}\n`);
  return createLineWriter((bytes) => writeSync(fd, bytes));
}

/** Writes whole lines through `write`, which gives the number of bytes it took and throws when there is no room. */
export function createLineWriter(
  write: (bytes: Buffer) => number,
  now: () => string = () => new Date().toISOString()
): (line: string) => void {
  let dropped = 0;
  // The beginning of a line may have found room: the next one must not continue it.
  let broken = false;
  const put = (line: string): boolean => {
    let remaining = Buffer.from(`${broken ? '\n' : ''}${line}\n`);
    const whole = remaining.length;
    try {
      while (remaining.length > 0) remaining = remaining.subarray(write(remaining));
      broken = false;
      return true;
    } catch {
      broken = broken || remaining.length < whole;
      return false;
    }
  };
  return (line) => {
    if (dropped > 0) {
      const reported = JSON.stringify({
        level: 'warn',
        time: now(),
        lines: dropped,
        message: 'log lines dropped: disk full',
      });
      if (put(reported)) dropped = 0;
    }
    if (dropped > 0 || !put(line)) dropped += 1;
  };
}
