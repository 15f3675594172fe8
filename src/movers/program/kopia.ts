import { createReadStream, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LandfallError } from '../../core/errors.ts';
import { pinOf } from '../../core/identity/names.ts';
import type { MoverConfig } from '../../core/volumes/mover-protocol.ts';
import { kopiaStorageOf } from '../../locations/kopia-storages.ts';
import { kopiaFailure } from './kopia-failure.ts';
import { parseKopiaProgress, type KopiaProgress } from './kopia-progress.ts';
import { prefetchedBytesMax, prefetchSmallFiles } from './prefetch.ts';
import { reachStore } from './reach-store.ts';
import { runCommand, startCommand, type CommandEnd, type CommandOptions, type RunningCommand } from './run-command.ts';
import { splitLines } from './split-lines.ts';

/** kopia with its configuration, cache and logs below the scratch directory. */
export interface Kopia {
  /** Opens the repository. Throws a LOCATION_* or STORED_OBJECT_* code. */
  connect(): Promise<void>;
  /** Makes the repository unless it is there, opens it, and writes its policy. */
  create(): Promise<void>;
  /** Snapshots a directory under `source`; pinned, so that no retention removes it. */
  snapshot(request: SnapshotRequest): Promise<Snapshot>;
  /** Id of the newest complete snapshot of a source; undefined when there is none. */
  latest(source: string): Promise<string | undefined>;
  /** Restores a snapshot into a directory that may hold a part of it already. */
  restore(request: RestoreRequest): Promise<void>;
  /** The id of the root directory of a snapshot, below which `show` finds files. Throws STORED_OBJECT_MISSING. */
  rootOf(snapshotId: string): Promise<string>;
  /** Writes the content of `ROOT/PATH` to the command's output. */
  show(file: string): RunningCommand;
}

/** What differs where somebody reads on a machine of his own. */
export interface KopiaOptions {
  /** Opens the repository so that nothing is written into it. */
  readonly readOnly?: boolean;
  /** Restores files that their reader owns and can read, whatever they were. */
  readonly withoutAttributes?: boolean;
  readonly signal?: AbortSignal;
}

export interface SnapshotRequest {
  readonly directory: string;
  readonly source: string;
  readonly rereadAll: boolean;
  readonly onProgress: (progress: KopiaProgress) => void;
}

export interface Snapshot {
  readonly id: string;
  /** Bytes written to the object store, as kopia's log counts them. */
  readonly uploadedBytes: number;
}

export interface RestoreRequest {
  readonly snapshotId: string;
  readonly directory: string;
  /** True when the directory is the volume: a full disk is the volume's then. */
  readonly intoVolume: boolean;
  readonly onProgress: (progress: KopiaProgress) => void;
}

/** Nobody by this name runs kopia: maintenance is then nobody's side effect (it would run inside some mover pod). */
const maintenanceOwner = 'maintenance@landfall';
const user = 'landfall';
const host = 'landfall';
const identity = [`--override-username=${user}`, `--override-hostname=${host}`];

/** Makes the kopia commands of one mover run. */
export function createKopia(config: MoverConfig, options: KopiaOptions = {}): Kopia {
  const logs = join(config.scratchPath, 'logs');
  const context: Context = { config, logs, env: environment(config), options };
  return {
    connect: () => connect(context),
    create: () => create(context),
    snapshot: (request) => snapshot(context, request),
    latest: (source) => latest(context, source),
    restore: (request) => restore(context, request),
    rootOf: (snapshotId) => rootOf(context, snapshotId),
    show: (file) => startCommand(config.kopia, ['show', file, ...ownOptions(context)], started(context)),
  };
}

interface Context {
  readonly config: MoverConfig;
  readonly logs: string;
  readonly env: Readonly<Record<string, string>>;
  readonly options: KopiaOptions;
}

/** Finds out whether the store answers, where kopia would wait for ever. */
async function reach(config: MoverConfig): Promise<void> {
  const address = kopiaStorageOf(config.repository).answers?.(config.repository);
  if (address !== undefined) await reachStore(address, config);
}

async function connect(context: Context): Promise<void> {
  await reach(context.config);
  const readOnly = context.options.readOnly === true ? ['--readonly'] : [];
  const end = await run(context, ['repository', 'connect', ...storageArgs(context.config), ...readOnly]);
  if (end.exitCode !== 0) throw kopiaFailure('repository connect', end.stderr, false);
}

async function create(context: Context): Promise<void> {
  await reach(context.config);
  const opened = await run(context, ['repository', 'connect', ...storageArgs(context.config)]);
  if (opened.exitCode !== 0) {
    if (!/not initialized/.test(opened.stderr)) throw kopiaFailure('repository connect', opened.stderr, false);
    const made = await run(context, ['repository', 'create', ...storageArgs(context.config)]);
    // Somebody else was faster: what is there has to open with our password.
    if (made.exitCode !== 0 && /found existing data/.test(made.stderr)) await connect(context);
    else if (made.exitCode !== 0) throw kopiaFailure('repository create', made.stderr, false);
  }
  for (const args of policy()) {
    const end = await run(context, args);
    if (end.exitCode !== 0) throw kopiaFailure(args.slice(0, 2).join(' '), end.stderr, false);
  }
}

/**
 * By default kopia skips what a `.kopiaignore` in the volume names and directories with a CACHEDIR.TAG: a mover carries
 * everything. An empty list would bring the default back, so the name looked for is one that cannot exist.
 */
function policy(): string[][] {
  const everything = ['--ignore-cache-dirs=false', '--one-file-system=false', '--ignore-unknown-types=true'];
  const strict = ['--ignore-file-errors=false', '--ignore-dir-errors=false', '--compression=zstd-fastest'];
  return [
    ['policy', 'set', '--global', '--clear-dot-ignore', '--clear-ignore', ...everything, ...strict],
    ['policy', 'set', '--global', '--add-dot-ignore=//none'],
    ['maintenance', 'set', `--owner=${maintenanceOwner}`],
  ];
}

async function snapshot(context: Context, request: SnapshotRequest): Promise<Snapshot> {
  rmSync(context.logs, { recursive: true, force: true });
  const args = [
    ...['snapshot', 'create', '--json', `--override-source=${request.source}`, `--parallel=${context.config.parallel}`],
    ...[`--pin=${pinOf(context.config.runId)}`, '--description=Landfall', '--fail-fast'],
    ...(request.rereadAll ? ['--force-hash=100'] : []),
    request.directory,
  ];
  const end = await run(context, args, request.onProgress);
  if (end.exitCode !== 0) throw kopiaFailure('snapshot create', end.stderr, false);
  const made = JSON.parse(end.stdout) as { readonly id: string };
  return { id: made.id, uploadedBytes: await uploadedBytes(context.logs) };
}

async function latest(context: Context, source: string): Promise<string | undefined> {
  const end = await run(context, ['snapshot', 'list', '--json', '--max-results=1', `${user}@${host}:${source}`]);
  if (end.exitCode !== 0) throw kopiaFailure('snapshot list', end.stderr, false);
  const found = JSON.parse(end.stdout) as readonly { readonly id: string; readonly incomplete?: string }[];
  return found.findLast(({ incomplete = '' }) => incomplete === '')?.id;
}

/** Lines of comment come before the JSON. */
async function rootOf(context: Context, snapshotId: string): Promise<string> {
  const end = await run(context, ['manifest', 'show', snapshotId]);
  if (end.exitCode !== 0) throw kopiaFailure('manifest show', end.stderr, false);
  const shown = JSON.parse(end.stdout.slice(end.stdout.indexOf('{'))) as {
    readonly rootEntry?: { readonly obj?: string };
  };
  if (shown.rootEntry?.obj !== undefined) return shown.rootEntry.obj;
  throw new LandfallError('STORED_OBJECT_CORRUPT', {
    what: `snapshot ${snapshotId} in the volume repository has no root`,
  });
}

async function restore(context: Context, request: RestoreRequest): Promise<void> {
  const { config, env } = context;
  if (request.intoVolume)
    await prefetchSmallFiles({ path: config.kopia, options: ownOptions(context), env }, request.snapshotId);
  const args = [
    ...['snapshot', 'restore', '--write-sparse-files', '--no-ignore-permission-errors', '--skip-existing'],
    ...(context.options.withoutAttributes === true ? ['--skip-owners', '--skip-permissions'] : []),
    ...[`--parallel=${context.config.parallel}`, request.snapshotId, request.directory],
  ];
  const end = await run(context, args, request.onProgress);
  if (end.exitCode !== 0) throw kopiaFailure('snapshot restore', end.stderr, request.intoVolume);
}

async function run(
  context: Context,
  args: readonly string[],
  onProgress?: (progress: KopiaProgress) => void
): Promise<CommandEnd & { readonly stdout: string }> {
  mkdirSync(context.logs, { recursive: true, mode: 0o700 });
  let remaining = '';
  function onStderr(text: string): void {
    const lines = (remaining + text).split(/[\r\n]/);
    remaining = lines.pop() ?? '';
    // A progress line ends with the next one's carriage return: the unfinished one counts as well.
    for (const line of [...lines, remaining]) {
      const progress = parseKopiaProgress(line);
      if (progress !== undefined) onProgress?.(progress);
    }
  }
  const all = [...args, ...ownOptions(context)];
  return await runCommand(context.config.kopia, all, { ...started(context), onStderr });
}

function started({ env, options: { signal } }: Context): CommandOptions {
  return { env, ...(signal === undefined ? {} : { signal }) };
}

function ownOptions({ config, logs }: Context): string[] {
  return [
    `--config-file=${join(config.scratchPath, 'repository.config')}`,
    ...[`--log-dir=${logs}`, '--disable-content-log'],
  ];
}

function storageArgs(config: MoverConfig): string[] {
  const common = [...identity, `--cache-directory=${join(config.scratchPath, 'cache')}`];
  const contentMb = config.mode === 'download' ? prefetchedBytesMax / (1024 * 1024) : 256;
  // The first is what kopia comes back to, the second what it never exceeds: packs may hold far more than was chosen.
  const content = [`--content-cache-size-mb=${contentMb * 0.875}`, `--content-cache-size-limit-mb=${contentMb}`];
  const cache = [...content, '--metadata-cache-size-mb=512'];
  return [...kopiaStorageOf(config.repository).args(config.repository), ...common, ...cache];
}

/** Secrets go through the environment: arguments are visible to everybody on the node. */
function environment(config: MoverConfig): Record<string, string> {
  const { repository, password } = config;
  const storage = kopiaStorageOf(repository);
  const files = secretFiles(config.scratchPath, storage.files?.(repository) ?? {});
  const secrets = { KOPIA_PASSWORD: password, ...storage.environment(repository), ...files };
  return { HOME: config.scratchPath, KOPIA_CHECK_FOR_UPDATES: 'false', ...secrets, ...routeOf(config) };
}

/** Writes what kopia reads from files where nobody else can; gives the variables that name them. */
export function secretFiles(
  scratchPath: string,
  files: Readonly<Record<string, string>>
): Readonly<Record<string, string>> {
  const directory = join(scratchPath, 'credentials');
  return Object.fromEntries(
    Object.entries(files).map(([variable, content]) => {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      const path = join(directory, variable.toLowerCase());
      writeFileSync(path, content, { mode: 0o600 });
      return [variable, path];
    })
  );
}

/** Go reads the proxy and the certificates from the environment. Whether a proxy is used the worker has decided. */
export function routeOf({ proxy, ca, scratchPath }: MoverConfig): Record<string, string> {
  const route: Record<string, string> = {};
  if (proxy !== undefined) Object.assign(route, { HTTP_PROXY: proxy, HTTPS_PROXY: proxy });
  if (ca !== undefined) {
    const directory = join(scratchPath, 'authorities');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, 'location.pem'), ca);
    route['SSL_CERT_DIR'] = `${directory}:/etc/ssl/certs`;
  }
  return route;
}

/** Adds up what the log says was put; kopia's own total is rounded and misses the last flush. */
async function uploadedBytes(logs: string): Promise<number> {
  let total = 0;
  const directory = join(logs, 'cli-logs');
  // Beside the numbered files lies `latest.log`, a link to one of them.
  for (const name of readdirSync(directory).filter((file) => /\.\d+\.log$/.test(file))) {
    for await (const line of splitLines(createReadStream(join(directory, name), 'utf8'))) {
      const put = /\[STORAGE\] PutBlob\s+\{.*"length":(\d+),"error":null/.exec(line);
      if (put !== null) total += Number(put[1]);
    }
  }
  return total;
}
