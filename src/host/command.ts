import { execFile } from 'node:child_process';

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** The environment of this process, with the directories where network and mount tools live: a root shell may lack them. */
export function systemEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/local/sbin:/usr/sbin:/sbin` };
}

/** Runs a command to its end; fails with the command line and the end of what it said when it exits with an error. */
export function run(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const settings = {
      maxBuffer: 64 * 1024 * 1024,
      timeout: options.timeoutMs ?? 0,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      env: { ...systemEnvironment(), ...options.env },
    };
    const child = execFile(command, args, settings, (error, stdout, stderr) => {
      if (error === null) return resolve({ stdout, stderr });
      const said = `${stderr}${stdout}`.trim().split('\n').slice(-12).join('\n');
      reject(
        new Error(`"${command} ${args.join(' ')}" failed: ${said === '' ? error.message : said}`, { cause: error })
      );
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** Runs a command whose failure is an answer: returns `undefined` then. */
export async function attempt(
  command: string,
  args: readonly string[],
  options: CommandOptions = {}
): Promise<CommandResult | undefined> {
  try {
    return await run(command, args, options);
  } catch {
    return undefined;
  }
}
