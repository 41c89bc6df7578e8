/** Completion for zsh, with what every command and option is for. Needs `compinit` to have run. */
import { pathPatterns, valuePatterns, type CommandTree, type Flag } from "./command-tree";

/** The lines of the script. */
export function zshScript(tree: CommandTree): string[] {
  const { name, nodes, global } = tree;
  const values = valuePatterns(tree);
  return [
    `_${name}() {`,
    "  local at='' flag='' word files=''",
    "  local -a commands options choices",
    '  for word in "${(@)words[2,CURRENT-1]}"; do',
    "    if [[ -n $flag ]]; then flag=''; continue; fi",
    '    case "$at $word" in',
    `      ${values.map(({ pattern }) => pattern).join("|")}) flag=$word; continue ;;`,
    "    esac",
    '    case "${at:+$at }$word" in',
    `      ${pathPatterns(tree)}) at="\${at:+$at }$word" ;;`,
    "    esac",
    "  done",
    "  if [[ -z $flag && $words[CURRENT] == --*=* ]]; then",
    "    flag=${words[CURRENT]%%=*}",
    "    compset -P '*='",
    "  fi",
    "  if [[ -n $flag ]]; then",
    '    case "$at $flag" in',
    ...values
      .filter(({ choices }) => choices.length > 0)
      .map(({ pattern, choices }) => `      ${pattern}) choices=(${choices.join(" ")}) ;;`),
    "    esac",
    "    if (( $#choices )); then _describe -t values value choices; else _files; fi",
    "    return",
    "  fi",
    '  case "$at" in',
    ...nodes.map(({ path, commands, options, argument }) => {
      const offered = [
        `commands=(${commands.map((command) => described(command.name, command.description)).join(" ")})`,
        `options=(${flagWords(options)})`,
        ...(argument === undefined ? [] : [argument.length === 0 ? "files=1" : `choices=(${argument.join(" ")})`]),
      ];
      return `    '${path}') ${offered.join("; ")} ;;`;
    }),
    "  esac",
    `  options+=(${flagWords(global)})`,
    "  if [[ $words[CURRENT] == -* ]]; then _describe -o -t options option options; return; fi",
    "  (( $#commands )) && _describe -t commands command commands",
    "  (( $#choices )) && _describe -t values value choices",
    "  [[ -n $files ]] && _files",
    "  (( $#commands + $#choices )) || [[ -n $files ]] || _describe -o -t options option options",
    "}",
    `compdef _${name} ${name}`,
  ];
}

function flagWords(flags: readonly Flag[]): string {
  return flags.map(({ long, description }) => described(long, description)).join(" ");
}

function described(word: string, description: string): string {
  return `'${`${word}:${description}`.replaceAll("'", `'\\''`)}'`;
}
