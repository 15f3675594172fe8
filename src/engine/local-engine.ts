import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { Connection } from '@temporalio/client';
import { isDiskFull, LandfallError } from '../core/errors.ts';
import { temporalSpec } from '../binaries/temporal.ts';
import { resolveBinary } from '../binaries/resolve.ts';
import { withLock } from '../host/lock.ts';
import { endProcess } from '../host/end-process.ts';
import { identifyProcess, isAlive } from '../host/process-identity.ts';
import type { ProcessIdentity } from '../host/process-identity.ts';
import { workerArguments, workerEnvironment } from './worker-process.ts';
import { engineLog, readEngine, writeEngine } from './engine-file.ts';

/** A cold machine fetches the server first; it answers within seconds once it is there. */
const startDeadlineMs = 60_000;
const lockDeadlineMs = 180_000;

export interface LocalEngine {
  readonly address: string;
  readonly namespace: string;
  /** What was not running and has been started now. */
  readonly started: readonly ('server' | 'worker')[];
}

/**
 * Makes sure that a Temporal server on SQLite and a worker run on this machine, each in a process of its own, so that a
 * run outlives the command that started it. Idempotent; concurrent calls wait for each other. Throws ENGINE_UNAVAILABLE, and
 * DISK_FULL when its state has no room.
 */
export async function ensureLocalEngine(
  stateDirectory: string,
  onProgress: (message: string) => void = () => undefined
): Promise<LocalEngine> {
  return locked(stateDirectory, async () => {
    const known = readEngine(stateDirectory);
    const serving = known?.server !== undefined && isAlive(known.server);
    const port = serving ? known.port : await startServer(stateDirectory, known?.port, onProgress);
    const address = `127.0.0.1:${port}`;
    const { stoppedAtMs: _, ...record } = readEngine(stateDirectory) ?? { port };
    const working = record.worker !== undefined && isAlive(record.worker);
    const worker = working ? {} : { worker: startWorker(stateDirectory, address) };
    writeEngine(stateDirectory, { ...record, ...worker, usedAtMs: Date.now() });
    const started = [...(serving ? [] : (['server'] as const)), ...(working ? [] : (['worker'] as const))];
    return { address, namespace: 'default', started };
  });
}

/** Ends worker and server; runs stay in the database and go on when the engine is started again. */
export async function stopLocalEngine(stateDirectory: string): Promise<void> {
  await locked(stateDirectory, async () => {
    const record = readEngine(stateDirectory);
    if (record?.worker !== undefined) await endProcess(record.worker, 30_000);
    await endServer(stateDirectory);
    const stopped = readEngine(stateDirectory);
    if (stopped !== undefined) writeEngine(stateDirectory, { ...stopped, stoppedAtMs: Date.now() });
  });
}

/** Whether a person has stopped the engine and nobody has asked for it since. */
export function isStopped(stateDirectory: string): boolean {
  return readEngine(stateDirectory)?.stoppedAtMs !== undefined;
}

/** The worker of a local engine, as it sees itself. */
interface IdlingWorker {
  /** Whether nothing is left to do. */
  isIdle(): Promise<boolean>;
  /** How long the engine stays after its last use. */
  readonly idleMinMs: number;
  stop(): Promise<void>;
}

/**
 * Ends the engine from inside its worker when nothing is left to do. Under the lock, so that a command that starts a run
 * at the same moment either is seen as work or finds the engine gone and starts a new one.
 */
export async function stopWhenIdle(stateDirectory: string, worker: IdlingWorker): Promise<boolean> {
  return locked(stateDirectory, async () => {
    const { usedAtMs = 0 } = readEngine(stateDirectory) ?? {};
    if (Date.now() - usedAtMs < worker.idleMinMs || !(await worker.isIdle())) return false;
    await worker.stop();
    await endServer(stateDirectory);
    return true;
  });
}

async function endServer(stateDirectory: string): Promise<void> {
  const record = readEngine(stateDirectory);
  if (record === undefined) return;
  if (record.server !== undefined) await endProcess(record.server, 10_000);
  writeEngine(stateDirectory, { port: record.port });
}

async function locked<T>(stateDirectory: string, work: () => Promise<T>): Promise<T> {
  try {
    mkdirSync(join(stateDirectory, 'logs'), { recursive: true, mode: 0o700 });
    return await withLock(join(stateDirectory, 'engine.lock'), { deadlineMs: lockDeadlineMs }, work);
  } catch (error) {
    throw stateFailure(stateDirectory, error);
  }
}

/** What a file system refuses, in words; everything else as it is. */
function stateFailure(stateDirectory: string, error: unknown): unknown {
  if (isDiskFull(error)) {
    return new LandfallError('DISK_FULL', {
      what: `no space left for the state of the local engine in ${stateDirectory}`,
      cause: error,
    });
  }
  const refused = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'];
  if (!(error instanceof Error && 'code' in error && refused.includes(String(error.code)))) return error;
  return new LandfallError('ENGINE_UNAVAILABLE', {
    what: `the local engine cannot keep its state in ${stateDirectory}`,
    fix: 'set LANDFALL_STATE_DIR to a directory you may write to, or use a Temporal cluster with --address',
    cause: error,
  });
}

async function startServer(
  stateDirectory: string,
  lastPort: number | undefined,
  onProgress: (message: string) => void
): Promise<number> {
  const binary = await resolveBinary(temporalSpec, { onProgress }).catch((error: unknown) => {
    throw new LandfallError('ENGINE_UNAVAILABLE', {
      what: 'there is no Temporal server on this machine, and none could be downloaded',
      why: error instanceof Error ? error.message : String(error),
      fix: 'put `temporal` on the PATH, or use a Temporal cluster with --address',
    });
  });
  const port = await freePort(lastPort);
  const args = ['server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port)];
  args.push('--db-filename', join(stateDirectory, 'temporal.db'), '--log-level', 'error');
  const server = startDetached({ command: binary.path, args, env: process.env }, engineLog(stateDirectory, 'server'));
  writeEngine(stateDirectory, { ...readEngine(stateDirectory), port, server });
  await untilAnswers(`127.0.0.1:${port}`, server, engineLog(stateDirectory, 'server'));
  return port;
}

function startWorker(stateDirectory: string, address: string): ProcessIdentity {
  const args = workerArguments(['--until-idle', stateDirectory, '--own-files']);
  const env = workerEnvironment({ ...process.env, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'default' });
  return startDetached({ command: process.execPath, args, env }, engineLog(stateDirectory, 'worker'));
}

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

function startDetached({ command, args, env }: Program, logFile: string): ProcessIdentity {
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'a', 0o600);
  // Its files (the database of the server) are for the owner alone, whoever made the state directory.
  const umask = process.umask(0o077);
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env });
  process.umask(umask);
  closeSync(log);
  child.on('error', () => undefined);
  child.unref();
  const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
  if (identity !== undefined) return identity;
  throw new LandfallError('ENGINE_UNAVAILABLE', { what: `${command} did not start`, fix: `see ${logFile}` });
}

async function untilAnswers(address: string, server: ProcessIdentity, logFile: string): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  for (;;) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: '2 seconds' });
      await connection.close();
      return;
    } catch (error) {
      if (isAlive(server) && Date.now() < deadline) continue;
      throw new LandfallError('ENGINE_UNAVAILABLE', {
        what: 'the local Temporal server does not respond',
        why: lastLine(logFile),
        fix: `see ${logFile}`,
        cause: error,
      });
    }
  }
}

/** The port of last time if it is free, so that workers and bookmarks stay valid; else any free one. */
async function freePort(wanted: number | undefined): Promise<number> {
  return (await probePort(wanted ?? 0)) ?? (await probePort(0)) ?? 7233;
}

function probePort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}

function lastLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
  } catch {
    return '';
  }
}
