import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RunEvent } from '../../../src/core/run/events.ts';

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Command {
  readonly pid: number;
  /** With `-o json`: what it has reported so far. */
  readonly events: readonly RunEvent[];
  /** The first event that is as wanted; rejects when the command ends without one. */
  event(what: string, wanted: (event: RunEvent) => boolean): Promise<RunEvent>;
  readonly ended: Promise<Ended>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

const main = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

/** Starts `landfall` with arguments as a process of its own. */
export function landfall(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Command {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const events: RunEvent[] = [];
  const waiting = new Set<{ probe(): void; end(): void }>();
  let [stdout, stderr, remaining] = ['', '', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = (remaining + text).split('\n');
    remaining = lines.pop() ?? '';
    events.push(...lines.flatMap(eventIn));
    for (const one of waiting) one.probe();
  });
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (code, signal) => {
      for (const one of waiting) one.end();
      resolve({ code: code ?? (signal === null ? 1 : 128), stdout, stderr });
    })
  );
  return {
    pid: child.pid ?? 0,
    events,
    ended,
    event: (what, wanted) =>
      new Promise((resolve, reject) => {
        const probe = (): void => {
          const found = events.find(wanted);
          if (found === undefined) return;
          waiting.delete(one);
          resolve(found);
        };
        const end = (): void => reject(new Error(`landfall ${args.join(' ')} ended without ${what}\n${stderr}`));
        const one = { probe, end };
        waiting.add(one);
        probe();
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function eventIn(line: string): RunEvent[] {
  if (!line.startsWith('{')) return [];
  try {
    return [JSON.parse(line) as RunEvent];
  } catch {
    return [];
  }
}
