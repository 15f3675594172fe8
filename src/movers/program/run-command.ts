import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { LandfallError } from '../../core/errors.ts';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each piece of stderr. */
  readonly onStderr?: (text: string) => void;
  /** Ends the command when it is aborted. */
  readonly signal?: AbortSignal;
}

export interface CommandEnd {
  readonly exitCode: number;
  readonly stderr: string;
}

const stderrKeptChars = 16 * 1024;

/** A command with its input and output as streams. */
export interface RunningCommand {
  readonly child: ChildProcess;
  /** Resolves when the command has ended; throws when it could not be started. */
  readonly ended: Promise<CommandEnd>;
}

/** Starts a command; never through a shell, and with nothing of the environment but PATH, HOME and what is given. */
export function startCommand(command: string, args: readonly string[], options: CommandOptions = {}): RunningCommand {
  const child = spawn(command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-stderrKeptChars);
    options.onStderr?.(text);
  });
  // A command that ends before it has read its input: its exit code says it.
  child.stdin.on('error', () => undefined);
  const ended = once(child, 'close').then(
    ([code, signal]: unknown[]) =>
      typeof code === 'number'
        ? { exitCode: code, stderr }
        : { exitCode: 1, stderr: `${stderr}\n${command} was ended by ${String(signal)}` },
    (error: unknown) => {
      throw new LandfallError('VOLUME_MOVER_FAILED', { what: `cannot start ${command}`, cause: error });
    }
  );
  ended.catch(() => undefined);
  return { child, ended };
}

/** Runs a command to its end and gives what it printed. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {}
): Promise<CommandEnd & { readonly stdout: string }> {
  const running = startCommand(command, args, options);
  running.child.stdin?.end();
  let stdout = '';
  running.child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  return { ...(await running.ended), stdout };
}

/** Writes to a command's input and waits when the pipe is full. Nothing happens when the command has ended. */
export async function feed(running: RunningCommand, bytes: Buffer): Promise<void> {
  const input = running.child.stdin;
  if (input === null || input.destroyed || running.child.exitCode !== null) return;
  if (!input.write(bytes)) await Promise.race([once(input, 'drain'), running.ended.catch(() => undefined)]);
}
