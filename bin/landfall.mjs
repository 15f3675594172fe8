#!/usr/bin/env node
// Runs the command with the Node that the lock file pins, whatever Node the machine has: the sources are TypeScript,
// which only a recent Node runs directly. Plain JavaScript, so that an old Node can read it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compileCache } from './compile-cache.mjs';
import { typedCommand } from './typed-command.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const pinned = `${root}node_modules/.bin/node`;
const [major, minor] = process.versions.node.split('.').map(Number);
const node = existsSync(pinned) ? pinned : process.execPath;
if (node === process.execPath && (major < 24 || (major === 24 && minor < 11))) {
  process.stderr.write(`landfall needs Node 24.11 or newer and found ${process.version}; run \`npm ci\` in ${root}\n`);
  process.exit(2);
}
const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', `${root}src/cli/main.ts`, ...process.argv.slice(2)],
  { stdio: 'inherit', env: { ...compileCache, ...process.env, LANDFALL_COMMAND: typedCommand() } }
);
// The terminal sends its signals to the whole group; the child decides what they mean and this process only waits.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
