import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemEnvironment } from '../src/host/command.ts';
import { endProcess } from '../src/host/end-process.ts';
import type { Identity } from './identity.ts';
import { identifyProcess, isAlive, type ProcessIdentity } from '../src/host/process-identity.ts';
import { waitFor } from '../src/host/wait.ts';

/** Set in the environment of everything a lab starts: finds a process whose record a crash has prevented. */
const marker = 'LANDFALL_LAB_PART';

export interface ProcessSpec {
  /** Unique within the lab, for example `source/etcd`. */
  readonly part: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Read only when the process starts: a change of its content starts the process anew. */
  readonly configurationFile?: string;
  /** Another part, running: when that has been started since, this one is started anew as well. */
  readonly restartsWith?: string;
  /** Path of the network namespace to run in. */
  readonly netns?: string;
}

export interface ProcessRecord extends ProcessIdentity {
  readonly part: string;
  readonly logFile: string;
  readonly argv: readonly string[];
  /** Reports whether a process runs with what it would be started with now. */
  readonly fingerprint: string;
}

/** Starts, records and ends the long-running processes of one lab. */
export class Processes {
  readonly #identity: Identity;
  readonly #recordDirectory: string;
  readonly #logDirectory: string;

  constructor(identity: Identity) {
    this.#identity = identity;
    this.#recordDirectory = join(identity.stateDirectory, 'run');
    this.#logDirectory = join(identity.stateDirectory, 'logs');
  }

  logFile(part: string): string {
    return join(this.#logDirectory, `${part.replaceAll('/', '-')}.log`);
  }

  /** Returns the record of a part, or `undefined` when it was never started or is dead. */
  find(part: string): ProcessRecord | undefined {
    const record = readRecord(this.#recordFile(part));
    return record !== undefined && isAlive(record) ? record : undefined;
  }

  /** Lists every recorded process, dead ones too. */
  all(): ProcessRecord[] {
    if (!existsSync(this.#recordDirectory)) return [];
    return readdirSync(this.#recordDirectory)
      .map((file) => readRecord(join(this.#recordDirectory, file)))
      .filter((record) => record !== undefined);
  }

  /** Starts a part detached from this process, unless exactly this command line with this configuration already runs. */
  async ensure(spec: ProcessSpec): Promise<{ record: ProcessRecord; started: boolean }> {
    const inside = spec.netns === undefined ? [] : ['nsenter', `--net=${spec.netns}`, '--'];
    const argv = [...inside, spec.command, ...spec.args];
    const running = this.find(spec.part);
    if (running !== undefined) {
      if (running.fingerprint === this.#fingerprint(spec, argv)) return { record: running, started: false };
      await this.stop(spec.part);
    }
    return { record: this.#start(spec, argv), started: true };
  }

  #start(spec: ProcessSpec, argv: readonly string[]): ProcessRecord {
    mkdirSync(this.#recordDirectory, { recursive: true });
    mkdirSync(this.#logDirectory, { recursive: true });
    const logFile = this.logFile(spec.part);
    const log = openSync(logFile, 'a');
    const child = spawn(argv[0] ?? '', argv.slice(1), {
      detached: true,
      stdio: ['ignore', log, log],
      cwd: this.#identity.stateDirectory,
      env: { ...systemEnvironment(), ...spec.env, [marker]: `${this.#identity.id}/${spec.part}` },
    });
    closeSync(log);
    // A failed spawn has no pid, and its error event would end this process if nobody listened.
    child.on('error', () => undefined);
    const started = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (started === undefined) throw new Error(`${spec.part} did not start: ${argv.join(' ')}\n  log: ${logFile}`);
    child.unref();
    const record: ProcessRecord = {
      ...started,
      part: spec.part,
      logFile,
      argv,
      fingerprint: this.#fingerprint(spec, argv),
    };
    const file = this.#recordFile(spec.part);
    writeFileSync(`${file}.new`, JSON.stringify(record, null, 2));
    renameSync(`${file}.new`, file);
    return record;
  }

  /** Ends one part: asks first, insists after the grace period. Idempotent. */
  async stop(part: string, graceMs = 5000): Promise<void> {
    const record = readRecord(this.#recordFile(part));
    if (record !== undefined) await endProcess(record, graceMs);
    rmSync(this.#recordFile(part), { force: true });
  }

  /** Waits until `ready` gives a value; fails at once when the part dies. */
  async waitReady<T>(
    record: ProcessRecord,
    ready: () => Promise<T | undefined> | T | undefined,
    deadlineMs = 120_000
  ): Promise<T> {
    return waitFor(ready, {
      what: `${record.part} to be ready`,
      deadlineMs,
      logFile: record.logFile,
      unrecoverable: () => (isAlive(record) ? undefined : `${record.part} has ended`),
    });
  }

  /** Finds every living process of this lab by its marker, recorded or not. */
  marked(): ProcessIdentity[] {
    const own = Buffer.from(`\0${marker}=${this.#identity.id}/`);
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid && hasEnvironment(entry, own))
      .map((entry) => identifyProcess(Number(entry)))
      .filter((found) => found !== undefined);
  }

  #fingerprint(spec: ProcessSpec, argv: readonly string[]): string {
    const configuration = spec.configurationFile === undefined ? '' : readFileSync(spec.configurationFile, 'utf8');
    const hash = createHash('sha256').update(argv.join('\0')).update(configuration);
    if (spec.restartsWith !== undefined) {
      const other = this.find(spec.restartsWith);
      hash.update(`\0${other?.pid}:${other?.startTicks}`);
    }
    return hash.digest('hex');
  }

  #recordFile(part: string): string {
    return join(this.#recordDirectory, `${part.replaceAll('/', '-')}.json`);
  }
}

function hasEnvironment(pid: string, needle: Buffer): boolean {
  try {
    return Buffer.concat([Buffer.of(0), readFileSync(`/proc/${pid}/environ`)]).includes(needle);
  } catch {
    return false;
  }
}

function readRecord(file: string): ProcessRecord | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord;
  } catch {
    return undefined;
  }
}
