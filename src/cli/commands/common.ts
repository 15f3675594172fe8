import { Command, Option } from 'commander';
import { ownCommand } from '../../runs/own-command.ts';
import type { AddressFlags } from '../../engine/address.ts';

export interface CommonFlags extends AddressFlags {
  readonly output: 'text' | 'json';
  readonly quiet?: boolean;
  readonly progress: 'auto' | 'tty' | 'lines' | 'quiet';
  readonly color?: boolean;
  readonly accessible?: boolean;
  readonly eventFile?: string;
}

/** A command that talks to Temporal: how to reach it. */
export function temporalCommand(
  name: string,
  description: string,
  forms: readonly string[] = ['text', 'json']
): Command {
  return new Command(name)
    .description(description)
    .option('--address <host:port>', 'Temporal server; default: TEMPORAL_ADDRESS, the profile, or a local engine')
    .option('--namespace <name>', 'Temporal namespace')
    .option('--profile <name>', 'profile in the Temporal configuration file')
    .addOption(new Option('-o, --output <form>', 'output format').choices(forms).default('text'));
}

/** Says that a run was started, and how it is watched. */
export function reportDetached(runId: string, flags: CommonFlags): void {
  if (flags.output === 'json') console.log(JSON.stringify({ run: runId, detached: true }));
  else console.log(`${runId}: started; watch it with: ${ownCommand(`status ${runId} --wait`, flags)}`);
}

/** Adds the options of a command that shows a run while it goes on. */
export function withDisplay(command: Command): Command {
  return command
    .addOption(
      new Option('--progress <mode>', 'how to show progress').choices(['auto', 'tty', 'lines', 'quiet']).default('auto')
    )
    .option('-q, --quiet', 'print only the result and errors')
    .option('--no-color', 'no colours (NO_COLOR and FORCE_COLOR are also honoured)')
    .option('--accessible', 'plain sentences, without glyphs or redrawing')
    .option('--event-file <file>', 'also write the events to a file, as JSON lines');
}
