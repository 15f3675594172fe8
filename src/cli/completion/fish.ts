import type { CompletedCommand, CompletedOption, Values } from './tree.ts';

/** The script of fish: one `complete` for each word, held to the command it belongs to. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  return `# fish completion of landfall: landfall completion fish | source
function __landfall_at
    set -l at ''
    set -l skip 0
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at $word"
            case ${valuePatterns(commands).join(' ')}
                set skip 1
            case ${commands.map(({ at }) => quoted(leadingSpace(at))).join(' ')}
                set at (string trim -- "$at $word")
        end
    end
    test "$at" = "$argv[1]"
end

complete -c landfall -f
${commands.flatMap(linesOf).join('\n')}
`;
}

/** `"$at $word"` of a command directly below landfall begins with a space. */
function leadingSpace(at: string): string {
  return at.includes(' ') ? at : ` ${at}`;
}

function valuePatterns(commands: readonly CompletedCommand[]): string[] {
  return commands.flatMap(({ at, options }) =>
    options
      .filter(({ value }) => value !== undefined)
      .flatMap(({ flags }) => flags.map((flag) => quoted(`${at} ${flag}`)))
  );
}

function linesOf({ at, children, options, argument }: CompletedCommand): string[] {
  const held = `complete -c landfall -n ${quoted(`__landfall_at ${quoted(at)}`)}`;
  return [
    ...children.map(({ name, description }) => `${held} -a ${quoted(name)} -d ${quoted(description)}`),
    ...(argument?.kind === 'choices' ? [`${held} -a ${quoted(argument.choices.join(' '))}`] : []),
    ...(argument?.kind === 'file' ? [`${held} -F`] : []),
    ...options.map((option) => `${held} ${optionWords(option)}`),
  ];
}

function optionWords({ flags, description, value }: CompletedOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...names, ...valueWords(value), `-d ${quoted(description)}`].join(' ');
}

function valueWords(value: Values | undefined): string[] {
  if (value === undefined) return [];
  if (value.kind === 'file') return ['-r -F'];
  return value.kind === 'choices' ? [`-x -a ${quoted(value.choices.join(' '))}`] : ['-x'];
}

/** In single quotes fish reads a backslash only before a quote and before itself. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;
}
