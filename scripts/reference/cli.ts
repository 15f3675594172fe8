import type { Command, Option } from 'commander';
import { examplesOf } from '../../src/cli/examples.ts';
import { createProgram } from '../../src/cli/program.ts';

/** Every command with its arguments and options, from the definitions that parse them. */
export function cliPage(): string[] {
  return [
    'From a checkout, `npm run landfall -- COMMAND …` and `node bin/landfall.mjs COMMAND …` do the same.',
    'The result goes to stdout, the display of a run to stderr. [Exit codes](exit-codes.md) are the same for all commands.',
    'RUN is the id of a run (`shop-7f3k`), or the name of a migration, which means its newest run.',
    '',
    ...createProgram().commands.flatMap((command) => section(command, 'landfall')),
  ];
}

function section(command: Command, parent: string): string[] {
  const name = `${parent} ${command.name()}`;
  const children = command.commands;
  return [
    `## ${name}`,
    '',
    sentence(command.description()),
    '',
    ...children.map((child) => `- \`${name} ${child.name()}\`: ${child.description()}`),
    '',
    // A command that only has commands below it takes no options.
    ...(command.options.length > 0 || children.length === 0 ? usage(command, name) : []),
    ...children.flatMap((child) => section(child, name)),
  ];
}

function usage(command: Command, name: string): string[] {
  const words = [
    ...command.registeredArguments.map((argument) => argument.name().toUpperCase()),
    ...command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags.replace(/^-., /, '')),
    ...(command.options.length > 0 ? ['[options]'] : []),
  ];
  const rows = command.options.map((option) => `| ${cellsOf(option).join(' | ')} |`);
  return [
    '```',
    [name, ...words].join(' '),
    '```',
    '',
    ...(rows.length > 0 ? ['| option | meaning | values | default |', '|--|--|--|--|', ...rows, ''] : []),
    '```',
    ...examplesOf(name.replace(/^landfall /, '')).flatMap(({ does, line }) => [`# ${does}`, line]),
    '```',
    '',
  ];
}

function cellsOf(option: Option): string[] {
  const values = (option.argChoices ?? []).map((choice) => `\`${choice}\``).join(', ');
  const value: unknown = option.negate ? undefined : option.defaultValue;
  const fallback = typeof value === 'string' || typeof value === 'number' ? `\`${value}\`` : '';
  const meaning = option.mandatory ? `${option.description} (required)` : option.description;
  const cells = [`\`${option.flags}\``, meaning, values, fallback];
  return cells.map((cell) => cell.replaceAll('|', '\\|'));
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
