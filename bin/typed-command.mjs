import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('landfall.mjs', import.meta.url));

/** How whoever started this process can start Landfall again: what its hints of a next command begin with. */
export function typedCommand(env = process.env) {
  if (env.LANDFALL_COMMAND) return env.LANDFALL_COMMAND;
  if (env.npm_lifecycle_event === 'landfall') return 'npm run landfall --';
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'landfall'))
    .find((path) => existsSync(path));
  if (onPath !== undefined && realpathSync(onPath) === realpathSync(launcher)) return 'landfall';
  const near = relative(process.cwd(), launcher);
  const file = near.startsWith('..') ? launcher : near;
  return `node ${/^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`}`;
}
