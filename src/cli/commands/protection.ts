import { Command } from 'commander';
import { observedUser } from '../../host/observed-user.ts';
import { loadFile } from '../../model/load-file.ts';
import { chooseNamed } from '../../runs/choose.ts';
import { applyPolicy, changePolicy } from '../../runs/protection/schedules.ts';
import { listPolicies } from '../../runs/protection/status.ts';
import { openRunClient, type RunClient } from '../../runs/run-client.ts';
import { appliedLines, policyLines } from '../render/protection.ts';
import { temporalCommand, type CommonFlags } from './common.ts';

type Flags = Pick<CommonFlags, 'output'> & Parameters<typeof openRunClient>[0];

interface ApplyFlags extends Flags {
  readonly file: string;
  readonly name?: string;
}

/** `landfall protection`: policies that back up again and again. */
export function protectionCommand(): Command {
  const protection = new Command('protection').description('policies that back up on a schedule: apply, list, pause');
  for (const add of [applyCommand, listCommand, pauseCommand, resumeCommand, removeCommand])
    protection.addCommand(add());
  return protection;
}

function applyCommand(): Command {
  return temporalCommand('apply', 'make the schedules of a policy what the file says')
    .requiredOption('-f, --file <file>', 'the configuration file: Cluster, Location and ProtectionPolicy documents')
    .option('--name <name>', 'the ProtectionPolicy to use, if the file has several')
    .action(async (flags: ApplyFlags) => {
      const policy = chooseNamed((await loadFile(flags.file)).policies, flags, 'ProtectionPolicy');
      await withRuns(flags, async ({ client }) => {
        const tiers = await applyPolicy(client, policy, observedUser());
        say(flags, { policy: policy.name, tiers }, appliedLines(policy.name, tiers));
      });
    });
}

function listCommand(): Command {
  return temporalCommand(
    'list',
    'list the tiers of policies with their last backups and what is wrong with them'
  ).action((flags: Flags) =>
    withRuns(flags, async ({ client }) => {
      const tiers = await listPolicies(client, Date.now());
      say(flags, tiers, policyLines(tiers));
    })
  );
}

const pauseCommand = () => changing('pause', 'start no more backups of a policy until it is resumed', 'paused');
const resumeCommand = () => changing('resume', 'start backups of a paused policy again', 'resumed');
const removeCommand = () => changing('remove', 'remove the schedules of a policy; recovery points stay', 'removed');

function changing(verb: 'pause' | 'resume' | 'remove', description: string, done: string): Command {
  return temporalCommand(verb, description)
    .argument('<policy>', 'name of the ProtectionPolicy')
    .action((policy: string, flags: Flags) =>
      withRuns(flags, async ({ client }) => {
        const tiers = await changePolicy(client, policy, (handle) => {
          if (verb === 'pause') return handle.pause();
          return verb === 'resume' ? handle.unpause() : handle.delete();
        });
        const stays = verb === 'resume' ? '' : '; a backup that has started continues';
        say(flags, { policy, tiers, done }, [`${policy} (${tiers.join(', ')}): ${done}${stays}`]);
      })
    );
}

async function withRuns(flags: Flags, body: (runs: RunClient) => Promise<void>): Promise<void> {
  const runs = await openRunClient(flags, (message) => console.error(message));
  try {
    await body(runs);
  } finally {
    await runs.close();
  }
}

function say({ output }: Flags, data: unknown, lines: readonly string[]): void {
  console.log(output === 'json' ? JSON.stringify(data, null, 2) : lines.join('\n'));
}
