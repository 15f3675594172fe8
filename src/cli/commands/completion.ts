import { Argument, Command } from 'commander';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { completionTree } from '../completion/tree.ts';
import { zshCompletion } from '../completion/zsh.ts';

const scripts = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

/** `landfall completion SHELL`: the script by which a shell completes commands, options and their values. */
export function completionCommand(): Command {
  return new Command('completion')
    .description('print the shell script that completes commands, options and file names')
    .addArgument(new Argument('<shell>', 'the shell').choices(Object.keys(scripts)))
    .action((shell: keyof typeof scripts, _flags: object, self: Command) => {
      process.stdout.write(scripts[shell](completionTree(self.parent ?? self)));
    });
}
