import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { LandfallError } from '../../core/errors.ts';
import { compareTreePaths } from '../../core/volumes/tree-path.ts';
import { feed, startCommand } from './run-command.ts';
import { splitLines } from './split-lines.ts';
import { walkTree } from './walk.ts';

/** Extended attributes of one path; values in base64. */
export interface PathXattrs {
  readonly path: string;
  readonly xattrs: Readonly<Record<string, string>>;
}

export interface TreeSize {
  readonly files: number;
  readonly sizeBytes: number;
}

/** Labels of the host's security policy: the container runtime sets them on every mount, they are not the volume's. */
const hostAttributes = new Set(['security.selinux']);

/**
 * Reads the extended attributes (ACLs and file capabilities among them) of a whole volume into a file of JSON lines in
 * walk order, and counts its files and bytes. One getfattr for thousands of paths, given on its input: names may hold
 * any byte.
 */
export async function collectXattrs(volumePath: string, outputPath: string): Promise<TreeSize> {
  const getfattr = startCommand('xargs', ['-0', 'getfattr', '-h', '-d', '-m', '-', '-e', 'hex', '--'], {
    cwd: volumePath,
  });
  const output = createWriteStream(outputPath);
  const copied = copyDump(getfattr.child.stdout as NodeJS.ReadableStream, output);
  let files = 0;
  let sizeBytes = 0;
  for (const { path, stats } of walkTree(volumePath)) {
    if (stats.isFile()) sizeBytes += Number(stats.size);
    if (!stats.isDirectory()) files++;
    await feed(getfattr, Buffer.from(path === '.' ? '.\0' : `./${path}\0`, 'latin1'));
  }
  getfattr.child.stdin?.end();
  const [end] = await Promise.all([getfattr.ended, copied]);
  // 123: getfattr ended with an error for some path. A file system without attributes says so for each of them.
  const problems = end.stderr.split('\n').filter((line) => line !== '' && !/Operation not supported/.test(line));
  if (end.exitCode !== 0 && (end.exitCode !== 123 || problems.length > 0)) {
    throw new LandfallError('VOLUME_MOVER_FAILED', {
      what: 'the extended attributes of the volume cannot be read',
      why: problems.slice(-3).join('; '),
    });
  }
  return { files, sizeBytes };
}

/** Gives the attributes of paths asked for in walk order, reading the file of `collectXattrs` alongside. */
export function openXattrs(path: string): { of(path: string): Promise<PathXattrs['xattrs'] | undefined> } {
  const lines = splitLines(createReadStream(path, 'utf8'));
  let next: PathXattrs | undefined;
  let ended = false;
  async function advance(): Promise<void> {
    const line = await lines.next();
    if (line.done === true) ended = true;
    next = line.done === true ? undefined : (JSON.parse(line.value) as PathXattrs);
  }
  return {
    async of(wanted) {
      while (!ended && (next === undefined || compareTreePaths(next.path, wanted) < 0)) await advance();
      return next?.path === wanted ? next.xattrs : undefined;
    },
  };
}

/** getfattr's dump: `# file: PATH`, `name=0xHEX` lines, an empty line; `\ooo` stands for backslash and line breaks. */
async function copyDump(dump: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<void> {
  dump.setEncoding('latin1');
  let path = '';
  let xattrs: Record<string, string> = {};
  async function flush(): Promise<void> {
    if (Object.keys(xattrs).length === 0) return;
    const line = Buffer.from(`${JSON.stringify({ path, xattrs })}\n`);
    xattrs = {};
    if (!output.write(line)) await once(output, 'drain');
  }
  for await (const line of splitLines(dump)) {
    if (line.startsWith('# file: ')) {
      await flush();
      const name = unquote(line.slice('# file: '.length));
      path = name.startsWith('./') ? name.slice(2) : name;
    } else if (line !== '') {
      const equals = line.indexOf('=');
      const name = unquote(equals < 0 ? line : line.slice(0, equals));
      const value = equals < 0 ? '' : line.slice(equals + 3);
      if (!hostAttributes.has(name)) xattrs[utf8(name)] = Buffer.from(value, 'hex').toString('base64');
    }
  }
  await flush();
  output.end();
  await once(output, 'finish');
}

function unquote(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
