import type { Argument, Command, Option } from 'commander';

/** What can stand at a place: a file name, one of some words, or something that only the user knows. */
export type Values =
  { readonly kind: 'file' | 'other' } | { readonly kind: 'choices'; readonly choices: readonly string[] };

interface Named {
  readonly name: string;
  readonly description: string;
}

export interface CompletedOption {
  /** `-f` and `--file`; at least one. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined where the option takes no value. */
  readonly value: Values | undefined;
}

/** One command as a shell completes it. */
export interface CompletedCommand {
  /** The words after `landfall` that lead to it: '' for `landfall` itself, `plan show`. */
  readonly at: string;
  readonly children: readonly Named[];
  readonly options: readonly CompletedOption[];
  /** What its arguments are; undefined where it takes none. */
  readonly argument: Values | undefined;
}

/** Every command from the definitions that parse them, parents before children. Pure. */
export function completionTree(command: Command, at = ''): CompletedCommand[] {
  const help = command.createHelp();
  const children = help.visibleCommands(command);
  const names = children.map((child) => ({ name: child.name(), description: child.description() }));
  const below = children.flatMap((child): CompletedCommand[] => {
    const childAt = at === '' ? child.name() : `${at} ${child.name()}`;
    if (command.commands.includes(child)) return completionTree(child, childAt);
    // `help`, which commander adds by itself, takes the name of a command beside it.
    const choices = command.commands.map((sibling) => sibling.name());
    return [{ at: childAt, children: [], options: [], argument: { kind: 'choices', choices } }];
  });
  const options = help.visibleOptions(command).map((option) => ({
    flags: [option.short, option.long].filter((flag) => flag !== undefined),
    description: option.description,
    value: valuesOfOption(option),
  }));
  const [argument] = command.registeredArguments;
  const own = argument === undefined ? undefined : valuesOfArgument(argument);
  return [{ at, children: names, options, argument: own }, ...below];
}

/** Options that name a file or a directory say so in their flags: `--report <file>`. */
function valuesOfOption(option: Option): Values | undefined {
  if (option.argChoices !== undefined) return { kind: 'choices', choices: option.argChoices };
  if (option.required || option.optional) return { kind: /<(?:file|directory)>/.test(option.flags) ? 'file' : 'other' };
  return undefined;
}

function valuesOfArgument(argument: Argument): Values {
  if (argument.argChoices !== undefined) return { kind: 'choices', choices: argument.argChoices };
  return { kind: /\bfile\b/.test(argument.description) ? 'file' : 'other' };
}
