import type { CompletedCommand, Values } from './tree.ts';

/**
 * The script of bash, from 3.2 on (the bash of macOS): no `mapfile`, and `compopt` only where there is one. Words are
 * found as commander finds them: what follows an option that takes a value is no command.
 */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  return `# bash completion of landfall: source <(landfall completion bash)
_landfall_words() {
  case "$1" in
${commands.map((command) => `    ${quoted(command.at)}) echo ${quoted(wordsOf(command))} ;;`).join('\n')}
  esac
}

_landfall_commands() {
  case "$1" in
${commands.map(({ at }) => `    ${quoted(at)}) return 0 ;;`).join('\n')}
  esac
  return 1
}

# What stands after an option: words, ":file" or ":other"; fails where the option takes no value.
_landfall_value() {
  case "$1 $2" in
${commands.flatMap(valueLines).join('\n')}
    *) return 1 ;;
  esac
}

# What the arguments of a command are.
_landfall_argument() {
  case "$1" in
${commands.flatMap(({ at, argument }) => (argument === undefined ? [] : [`    ${quoted(at)}) echo ${quoted(shown(argument))} ;;`])).join('\n')}
  esac
}

_landfall() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' found='' word i
  # bash takes --output=json apart at the sign.
  if [ "$cur" = '=' ]; then
    cur=''
  elif [ "$prev" = '=' ]; then
    prev=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if _landfall_value "$at" "$word" >/dev/null; then
      if [ "\${COMP_WORDS[i+1]}" = '=' ]; then i=$((i + 1)); fi
      i=$((i + 1))
    elif _landfall_commands "\${at:+$at }$word"; then
      at="\${at:+$at }$word"
    fi
  done
  COMPREPLY=()
  if found=$(_landfall_value "$at" "$prev"); then
    :
  elif [ "\${cur#-}" != "$cur" ]; then
    found=$(_landfall_words "$at")
  else
    found="$(_landfall_words "$at") $(_landfall_argument "$at")"
  fi
  case "$found" in
    *:file*)
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
      found=\${found%:file*}
      ;;
  esac
  found=\${found/:other/}
  while IFS= read -r word; do
    # Options are offered once somebody begins one.
    if [ "\${word#-}" = "$word" ] || [ "\${cur#-}" != "$cur" ]; then COMPREPLY+=("$word"); fi
  done < <(compgen -W "$found" -- "$cur")
}

complete -F _landfall landfall
`;
}

function wordsOf({ children, options }: CompletedCommand): string {
  return [...children.map(({ name }) => name), ...options.flatMap(({ flags }) => flags)].join(' ');
}

function valueLines({ at, options }: CompletedCommand): string[] {
  return options.flatMap(({ flags, value }) => {
    if (value === undefined) return [];
    const patterns = flags.map((flag) => quoted(`${at} ${flag}`)).join(' | ');
    return [`    ${patterns}) echo ${quoted(shown(value))} ;;`];
  });
}

function shown(values: Values): string {
  return values.kind === 'choices' ? values.choices.join(' ') : `:${values.kind}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
