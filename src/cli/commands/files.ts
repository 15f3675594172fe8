import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { getFiles } from '../../files/get.ts';
import { listFiles } from '../../files/list.ts';
import { ownCommand, shellWord } from '../../runs/own-command.ts';
import { fileJson, fileLines, gotLine } from '../render/files-text.ts';
import { wholeNumberFrom } from './numbers.ts';
import { locationOf, outputOption, withLocation, type LocationFlags } from './points-flags.ts';

/** `landfall files`: single files out of a volume of a recovery point, without a cluster. */
export function filesCommand(): Command {
  const files = new Command('files').description('files of a volume in a recovery point: ls, get; needs no cluster');
  for (const add of [listCommand, getCommand]) files.addCommand(add());
  return files;
}

interface ListFlags extends LocationFlags {
  readonly output: 'text' | 'json';
  readonly recursive?: boolean;
  readonly limit: number;
  readonly after?: string;
}

const claimText = 'a claim on the source, as NAMESPACE/CLAIM';
const pointText = 'id of a recovery point, whole or short, or latest';

function listCommand(): Command {
  return withLocation(
    new Command('ls').description('list the files of a volume in a recovery point, with their hashes')
  )
    .argument('<point>', pointText)
    .argument('<claim>', claimText)
    .argument('[path]', 'a folder or file from the root of the volume', '.')
    .option('-r, --recursive', 'list everything below the folder')
    .option('--limit <n>', 'lines at most; 0 for all', wholeNumberFrom(0), 1000)
    .option('--after <path>', 'go on after this path, the last of an earlier list')
    .addOption(outputOption())
    .action(async (...[point, claim, path, flags]: readonly [string, string, string, ListFlags]) => {
      const { recursive = false, limit, after, output } = flags;
      const wish = { point, claim, path, recursive, limit, ...(after === undefined ? {} : { after }) };
      const more = (last: string): string => nextLine([point, claim, path], flags, last);
      await listFiles(await locationOf(flags), wish, async (listed) => {
        const lines = output === 'json' ? fileJson(listed) : fileLines(listed, more);
        await pipeline(Readable.from(lines), process.stdout, { end: false });
      });
    });
}

function nextLine(words: readonly string[], { file, location, recursive, limit }: ListFlags, last: string): string {
  const of = location === undefined ? '' : ` --location ${shellWord(location)}`;
  const how = `${recursive === true ? ' --recursive' : ''}${limit === 1000 ? '' : ` --limit ${limit}`}`;
  return ownCommand(
    `files ls ${words.map(shellWord).join(' ')} -f ${shellWord(file)}${of}${how} --after ${shellWord(last)}`
  );
}

interface GetFlags extends LocationFlags {
  readonly output?: string;
}

function getCommand(): Command {
  return withLocation(
    new Command('get').description('get a file or folder out of a volume in a recovery point; every hash is checked')
  )
    .argument('<point>', pointText)
    .argument('<claim>', claimText)
    .argument('<path>', 'a file or folder from the root of the volume; . for all of it')
    .option(
      '--output <path>',
      'a file or a directory to write; FILE.tar: a folder as an archive; default: standard output, a folder as an archive'
    )
    .action(async (...[point, claim, path, flags]: readonly [string, string, string, GetFlags]) => {
      const { output } = flags;
      const wish = { point, claim, path, stream: process.stdout, ...(output === undefined ? {} : { output }) };
      const got = await getFiles(await locationOf(flags), wish);
      if (got !== undefined) console.log(gotLine(got));
    });
}
