import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identifyProcess } from '../src/host/process-identity.ts';
import { endProcess } from '../src/host/end-process.ts';
import { waitFor } from '../src/host/wait.ts';

interface Hierarchy {
  readonly version: 1 | 2;
  /** An empty version 2 tree beside version 1: runc leaves directories there, nothing is to be set. */
  readonly isIdle: boolean;
  readonly mountPoint: string;
  readonly controllers: readonly string[];
}

/** Creates the cgroup that a cluster's kubelet puts everything under, in every hierarchy of the host. Idempotent. */
export function ensureCgroup(tag: string): void {
  for (const hierarchy of hierarchies()) {
    if (hierarchy.isIdle) continue;
    const directory = join(hierarchy.mountPoint, tag);
    mkdirSync(directory, { recursive: true });
    if (hierarchy.version === 2) enableControllers(hierarchy.mountPoint);
    // A cpuset starts empty under cgroup v1, and nothing can run in an empty one.
    if (hierarchy.version === 1 && hierarchy.controllers.includes('cpuset')) {
      for (const file of ['cpuset.cpus', 'cpuset.mems'])
        writeFileSync(join(directory, file), readFileSync(join(hierarchy.mountPoint, file)));
    }
  }
}

export function isCgroupVersion1(): boolean {
  return hierarchies().some((hierarchy) => hierarchy.version === 1 && hierarchy.controllers.includes('memory'));
}

/** Ends every process below a cluster's cgroup, which is every container and nothing else, and removes the tree. */
export async function removeCgroup(tag: string): Promise<void> {
  for (const { mountPoint } of hierarchies()) {
    const root = join(mountPoint, tag);
    const gone = async (): Promise<true | undefined> => {
      if (!existsSync(root)) return true;
      const members = processesBelow(root)
        .map((pid) => identifyProcess(pid))
        .filter((found) => found !== undefined);
      await Promise.all(members.map((process) => endProcess(process, 0)));
      // Refused while the kernel still buries the dead: the next round gets it.
      for (const directory of [...directoriesBelow(root), root]) rmdirSync(directory);
      return true;
    };
    await waitFor(gone, { what: `the cgroup ${root} to empty`, deadlineMs: 20_000 });
  }
}

function hierarchies(): Hierarchy[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line): Hierarchy[] => {
      const [before, after] = line.split(' - ');
      const mountPoint = before?.split(' ')[4];
      const [type, , options] = after?.split(' ') ?? [];
      if (mountPoint === undefined || options === undefined) return [];
      if (type === 'cgroup') return [{ version: 1, isIdle: false, mountPoint, controllers: options.split(',') }];
      if (type === 'cgroup2')
        return [{ version: 2, isIdle: mountPoint !== '/sys/fs/cgroup', mountPoint, controllers: [] }];
      return [];
    });
}

function enableControllers(mountPoint: string): void {
  const available = readFileSync(join(mountPoint, 'cgroup.controllers'), 'utf8').trim().split(' ');
  const wanted = available.filter((name) => ['cpu', 'cpuset', 'io', 'memory', 'pids', 'hugetlb'].includes(name));
  writeFileSync(join(mountPoint, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '));
}

/** Deepest first, the order in which cgroups can be removed. */
function directoriesBelow(root: string): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => [...directoriesBelow(join(root, entry.name)), join(root, entry.name)]);
}

function processesBelow(root: string): number[] {
  return [root, ...directoriesBelow(root)].flatMap((directory) =>
    readFileSync(join(directory, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number)
  );
}
