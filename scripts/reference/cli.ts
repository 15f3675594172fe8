import type { Command, Option } from 'commander';
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
  if (command.commands.length > 0) {
    return [
      `## ${name}`,
      '',
      sentence(command.description()),
      '',
      ...command.commands.flatMap((child) => [`- \`${name} ${child.name()}\`: ${child.description()}`]),
      '',
    ];
  }
  const usage = [
    ...command.registeredArguments.map((argument) => argument.name().toUpperCase()),
    ...command.options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags.replace(/^-., /, '')),
    '[options]',
  ];
  return [
    `## ${name}`,
    '',
    sentence(command.description()),
    '',
    '```',
    `${name} ${usage.join(' ')}`,
    '```',
    '',
    '| option | meaning | values | default |',
    '|--|--|--|--|',
    ...command.options.map((option) => `| ${cellsOf(option).join(' | ')} |`),
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
