// The one entry of every npm script: brings the dependencies of the lock file when they are missing or other ones, then
// runs scripts/<name>.ts with the pinned Node. Plain JavaScript, so that any Node from 20 on can start it.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileCache } from '../bin/compile-cache.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const [name, ...rest] = process.argv.slice(2);
const entries = {
  demo: 'scripts/demo.ts',
  test: 'scripts/test.ts',
  check: 'scripts/check.ts',
  bench: 'scripts/bench.ts',
  lab: 'lab/main.ts',
  torture: 'scripts/torture.ts',
  durability: 'scripts/durability.ts',
  versions: 'scripts/versions.ts',
};

installDependencies();
const child = spawn(`${root}node_modules/.bin/node`, [`${root}${entries[name]}`, ...rest], {
  stdio: 'inherit',
  cwd: root,
  env: { ...compileCache, ...process.env, PATH: `${root}node_modules/.bin:${process.env.PATH}` },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));

/** `npm ci` unless node_modules was made from this very lock file. */
function installDependencies() {
  const stamp = `${root}node_modules/.landfall-lock`;
  const digest = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  process.stderr.write('installing dependencies from the lock file (npm ci, about 1 min cold) ...\n');
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    process.stderr.write('npm ci failed: see the lines above; Landfall needs npm and a registry it can reach\n');
    process.exit(1);
  }
  writeFileSync(stamp, digest);
}
