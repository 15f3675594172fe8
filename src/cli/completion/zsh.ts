import type { CompletedCommand, CompletedOption, Values } from './tree.ts';

/** The script of zsh: to be sourced once `compinit` has run, or kept as `_landfall` in a folder of `fpath`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  return `#compdef landfall
# zsh completion of landfall: source <(landfall completion zsh)
_landfall_at() {
  case "$1" in
${commands.map(({ at }) => `    ${quoted(at)}) return 0 ;;`).join('\n')}
  esac
  return 1
}

# Sets reply to what stands after an option; fails where the option takes no value.
_landfall_value() {
  case "$1 $2" in
${commands.flatMap(({ at, options }) => options.flatMap((option) => valueLine(at, option))).join('\n')}
    *) return 1 ;;
  esac
}

_landfall_offer() {
  if [[ "$reply[1]" == :file ]]; then
    _files
  elif [[ "$reply[1]" != :other ]]; then
    compadd -a reply
  fi
}

_landfall() {
  local at='' word i
  local -a reply names flags
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    if _landfall_value "$at" "$word"; then
      ((i++))
    elif _landfall_at "\${at:+$at }$word"; then
      at="\${at:+$at }$word"
    fi
  done
  word=$words[CURRENT]
  if [[ "$word" == --*=* ]] && _landfall_value "$at" "\${word%%=*}"; then
    compset -P 1 '*='
    _landfall_offer
    return
  fi
  if _landfall_value "$at" "$words[CURRENT-1]"; then
    _landfall_offer
    return
  fi
  names=() flags=() reply=(:other)
  case "$at" in
${commands.map(caseOf).join('\n')}
  esac
  if [[ "$word" == -* ]]; then
    _describe -o option flags
  else
    (($#names)) && _describe command names
    _landfall_offer
  fi
}

if [[ "$funcstack[1]" == _landfall ]]; then
  _landfall
else
  compdef _landfall landfall
fi
`;
}

function valueLine(at: string, { flags, value }: CompletedOption): string[] {
  if (value === undefined) return [];
  return [`    ${flags.map((flag) => quoted(`${at} ${flag}`)).join(' | ')}) reply=(${shown(value)}) ;;`];
}

function caseOf({ at, children, options, argument }: CompletedCommand): string {
  const described = (names: readonly string[], description: string): string[] =>
    names.map((name) => quoted(`${name}:${description}`));
  const names = children.flatMap(({ name, description }) => described([name], description));
  const flags = options.flatMap((option) => described(option.flags, option.description));
  return [
    `    ${quoted(at)})`,
    `      names=(${names.join(' ')})`,
    `      flags=(${flags.join(' ')})`,
    ...(argument === undefined ? [] : [`      reply=(${shown(argument)})`]),
    '      ;;',
  ].join('\n');
}

function shown(values: Values): string {
  return values.kind === 'choices' ? values.choices.map(quoted).join(' ') : `:${values.kind}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
