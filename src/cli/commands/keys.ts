import { Command } from 'commander';
import { resolve } from 'node:path';
import { readRecipients } from '../../crypto/recipients.ts';
import { addRecipients, removeRecipients, type ChangedRecipients } from '../location-keys/change.ts';
import { checkKey } from '../location-keys/check.ts';
import { createIdentity, writeNew } from '../location-keys/create.ts';
import { exportLines } from '../location-keys/export.ts';
import { requireHeader, withKeys, type OpenedLocation } from '../location-keys/open.ts';
import {
  changedLines,
  checkedLines,
  createdLines,
  exportedLines,
  listedLines,
  type ListedKeys,
} from '../location-keys/text.ts';
import { locationOf, outputOption, withLocation, type LocationFlags } from './points-flags.ts';

interface OutputFlags {
  readonly output: 'text' | 'json';
}

type KeyFlags = LocationFlags & OutputFlags;

/** `landfall keys`: who can open what a Location holds. */
export function keysCommand(): Command {
  const keys = new Command('keys').description('identities, and who can open an encrypted Location');
  for (const add of [create, list, exportKey, check, add_, remove]) keys.addCommand(add());
  return keys;
}

function create(): Command {
  return new Command('create')
    .description('make an identity and print its recipient; never overwrites a file')
    .argument('<file>', 'the identity file to write')
    .addOption(outputOption())
    .action(async (file: string, { output }: OutputFlags) => {
      const recipient = await createIdentity(file, Date.now());
      print(output, { file: resolve(file), recipient }, createdLines);
    });
}

function list(): Command {
  return onKeys('list', 'show who can open a Location; needs no identity').action((flags: KeyFlags) =>
    withKeys_(flags, async (opened) => print(flags.output, await listed(opened), listedLines))
  );
}

async function listed(opened: OpenedLocation): Promise<ListedKeys> {
  const header = await requireHeader(opened);
  const stored = await readRecipients(opened.location, header);
  const trusted = await opened.seal.trusted();
  return {
    ...{
      location: opened.spec.name,
      ...header,
      recipients: stored.recipients ?? [],
      written: opened.encryption.recipients,
    },
    isListTrue: stored.recipients !== undefined,
    ...(trusted.signer === undefined ? { untrusted: trusted.why } : { trusted: trusted.signer, by: trusted.by }),
  };
}

function exportKey(): Command {
  return onKeys('export', 'write what somebody keeps to open a Location when everything else is gone')
    .argument('<file>', 'the file to write; never overwritten')
    .option('--identity <file>', 'identity file of another recipient; default: that of the Location')
    .option('--no-identity', 'write signer and place only, to be added to an identity file by its holder')
    .action((file: string, flags: KeyFlags & { readonly identity?: string | boolean }) =>
      withKeys_(flags, async (opened) => {
        const { identity } = flags;
        const whose = typeof identity === 'string' ? { file: identity } : identity === false ? 'none' : 'document';
        await writeNew(file, await exportLines(opened, whose));
        print(flags.output, { file: resolve(file), hasIdentity: whose !== 'none' }, exportedLines);
      })
    );
}

function check(): Command {
  return onKeys('check', 'open the key of a Location and read one object of its newest recovery point')
    .option('--identity <file>', 'identity file to try; default: that of the Location')
    .action((flags: KeyFlags & { readonly identity?: string }) =>
      withKeys_(flags, async (opened) => print(flags.output, await checkKey(opened, flags.identity), checkedLines))
    );
}

function add_(): Command {
  return onKeys('add', 'let more recipients open a Location; nothing else is written again')
    .argument('<recipient...>', 'recipients as `landfall keys create` prints them: age1…')
    .action((recipients: readonly string[], flags: KeyFlags) =>
      withKeys_(flags, async (opened) => printChanged(flags, await addRecipients(opened, recipients, Date.now())))
    );
}

function remove(): Command {
  return onKeys('remove', 'let recipients no longer open a Location; who had its key may have kept it')
    .argument('<recipient...>', 'recipients as `landfall keys list` shows them')
    .action((recipients: readonly string[], flags: KeyFlags) =>
      withKeys_(flags, async (opened) => printChanged(flags, await removeRecipients(opened, recipients, Date.now())))
    );
}

function onKeys(name: string, description: string): Command {
  return withLocation(new Command(name).description(description)).addOption(outputOption());
}

async function withKeys_(flags: LocationFlags, body: (opened: OpenedLocation) => Promise<void>): Promise<void> {
  await withKeys(await locationOf(flags), body);
}

function printChanged({ output }: OutputFlags, changed: ChangedRecipients): void {
  print(output, changed, changedLines);
}

function print<T>(output: 'text' | 'json', value: T, lines: (value: T) => readonly string[]): void {
  console.log(output === 'json' ? JSON.stringify(value, null, 2) : lines(value).join('\n'));
}
