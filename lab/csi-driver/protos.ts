import { execFile } from 'node:child_process';
import { copyFile, mkdir, rename, access } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDirectory } from '../../src/host/cache-directory.ts';

const run = promisify(execFile);

/** Where the two interface definitions lie on disk. */
export interface Protos {
  readonly csi: string;
  readonly registration: string;
}

interface Definition {
  readonly module: string;
  readonly version: string;
  readonly path: string;
}

/** Both are published inside Go modules; `go.mod` and `go.sum` beside this file pin the same versions and their digests. */
const DEFINITIONS: Readonly<Record<keyof Protos, Definition>> = {
  csi: {
    module: 'github.com/container-storage-interface/spec',
    version: 'v1.12.0',
    path: 'csi.proto',
  },
  registration: {
    module: 'k8s.io/kubelet',
    version: 'v0.34.4',
    path: 'pkg/apis/pluginregistration/v1/api.proto',
  },
};

/**
 * Returns the paths of csi.proto and the kubelet's plugin registration proto, fetching them once with `go mod download`
 * (verified against go.sum) and keeping a copy in the cache so that later starts need no Go. Fails naming the module and
 * the cache path when neither is there. Idempotent and safe to call from several processes at once.
 */
export async function resolveProtos(directory = cacheDirectory('protos')): Promise<Protos> {
  const csi = await resolveDefinition(DEFINITIONS.csi, directory);
  const registration = await resolveDefinition(DEFINITIONS.registration, directory);
  return { csi, registration };
}

async function resolveDefinition(definition: Definition, directory: string): Promise<string> {
  const flatName = `${definition.module.replaceAll('/', '_')}-${definition.version}.proto`;
  const cached = join(directory, flatName);
  if (await exists(cached)) return cached;
  const moduleDirectory = await downloadModule(definition, cached);
  await mkdir(dirname(cached), { recursive: true });
  const partial = `${cached}.${String(process.pid)}`;
  await copyFile(join(moduleDirectory, definition.path), partial);
  await rename(partial, cached);
  return cached;
}

async function downloadModule(definition: Definition, cached: string): Promise<string> {
  const pinned = `${definition.module}@${definition.version}`;
  try {
    const { stdout } = await run('go', ['mod', 'download', '-json', pinned], {
      cwd: import.meta.dirname,
    });
    return (JSON.parse(stdout) as { Dir: string }).Dir;
  } catch (cause) {
    throw new Error(
      `${definition.path} is neither in the cache (${cached}) nor could Go module ${pinned} be downloaded; ` +
        'install Go, or put the file at that path',
      { cause }
    );
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false
  );
}
