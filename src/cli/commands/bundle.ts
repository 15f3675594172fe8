import { Command, InvalidArgumentError } from 'commander';
import { bundleLocation } from '../../bundle/bundle-location.ts';
import { createBundle } from '../../bundle/create.ts';
import { importBundle } from '../../bundle/import.ts';
import { openBundle } from '../../bundle/open-bundle.ts';
import { signatureProblem, verifyBundle } from '../../bundle/verify.ts';
import { quantityValue } from '../../core/quantity.ts';
import { newRunId } from '../../runs/run-client.ts';
import { createdBundleLines, importedBundleLines, verifiedBundleLines } from '../render/bundle-text.ts';
import { locationOf, outputOption, withLocation, type LocationFlags } from './points-flags.ts';

type Output = { readonly output: 'text' | 'json' };

/** `landfall bundle`: recovery points in files that travel on media, to where no store of the origin can be reached. */
export function bundleCommand(landfallVersion: string): Command {
  const bundle = new Command('bundle').description(
    'recovery points in files for media: create, verify, import; needs no cluster and no Temporal server'
  );
  bundle.addCommand(createCommand(landfallVersion));
  for (const add of [verifyCommand, importCommand]) bundle.addCommand(add());
  return bundle;
}

interface CreateFlags extends LocationFlags, Output {
  readonly directory: string;
  readonly partSize: number;
  readonly have: readonly string[];
}

function createCommand(landfallVersion: string): Command {
  return withLocation(
    new Command('create').description('write recovery points and all they refer to into files of one size, signed')
  )
    .argument('[point...]', 'ids of recovery points, whole or short; default: every complete one')
    .requiredOption('--directory <directory>', 'where to write; empty, or not there yet')
    .option('--part-size <quantity>', 'size of the files, such as 650Mi or 4Gi', partSize, 4 * 1024 ** 3)
    .option('--have <directory...>', 'directories of earlier bundles, whose content is not repeated', [])
    .addOption(outputOption())
    .action(async (points: readonly string[], flags: CreateFlags) => {
      const { directory, partSize: partBytes, have, output } = flags;
      const location = await locationOf(flags);
      const created = await createBundle(location, {
        ...{ points, directory, partBytes, have, landfallVersion, run: newRunId('bundle'), onPoint: progress() },
      });
      print(output, created, createdBundleLines);
    });
}

interface VerifyFlags extends Output {
  readonly file?: string;
  readonly location?: string;
}

function verifyCommand(): Command {
  return new Command('verify')
    .description('read every file of a bundle and compare it with its hash; changes nothing')
    .argument('<directory...>', 'the directories that hold the files')
    .option('-f, --file <file>', 'a file with the Location it is for: whose signature counts')
    .option('--location <name>', 'the Location to use, if the file has several')
    .addOption(outputOption())
    .action(async (directories: readonly string[], { file, location, output }: VerifyFlags) => {
      const bundle = await openBundle(directories);
      const { problems, bytes } = await verifyBundle(bundle, partProgress);
      const spec = file === undefined ? undefined : await locationOf({ file, ...(location && { location }) });
      const seal = spec && bundleLocation(bundle, spec.encryption).seal;
      const foreign = seal && signatureProblem(bundle, await seal.trusted());
      const all = foreign === undefined ? problems : [...problems, foreign];
      const verified = { head: bundle.head, problems: all, bytes, isSignerKnown: seal !== undefined };
      print(output, verified, verifiedBundleLines);
      if (all.length > 0) process.exitCode = 1;
    });
}

function importCommand(): Command {
  return withLocation(
    new Command('import').description('make a Location hold the recovery points of a bundle; verifies all of it before')
  )
    .argument('<directory...>', 'the directories that hold the files')
    .addOption(outputOption())
    .action(async (directories: readonly string[], flags: LocationFlags & Output) => {
      const spec = await locationOf(flags);
      const wish = { directories, run: newRunId('import'), onPart: partProgress, onPoint: progress() };
      const imported = await importBundle(spec, wish);
      print(flags.output, imported, (value) => importedBundleLines(value, spec.name, flags.file));
      if (imported.points.some((point) => 'problem' in point)) process.exitCode = 3;
    });
}

function partSize(text: string): number {
  const bytes = quantityValue(text) ?? 0;
  if (Number.isSafeInteger(bytes) && bytes >= 1024 ** 2) return bytes;
  throw new InvalidArgumentError('It must be a quantity of bytes, at least 1Mi, such as 4Gi.');
}

function partProgress(name: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\rreading ${name}\u001B[K`);
}

/** One line that is written again, on a terminal only. */
function progress(): (line: { readonly id: string; readonly objects: number; readonly total: number }) => void {
  if (!process.stderr.isTTY) return () => undefined;
  return ({ id, objects, total }) => void process.stderr.write(`\r${id}: ${objects} of ${total} objects\u001B[K`);
}

function print<T>(output: 'text' | 'json', value: T, lines: (value: T) => readonly string[]): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  console.log(output === 'json' ? JSON.stringify(value, null, 2) : lines(value).join('\n'));
}
