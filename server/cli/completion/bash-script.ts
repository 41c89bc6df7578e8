/** Completion for bash, from version 3.2 on. Where the script offers nothing, bash offers files. */
import { pathPatterns, valuePatterns, type CommandTree } from "./command-tree";

/** The lines of the script. */
export function bashScript(tree: CommandTree): string[] {
  const { name, nodes, global } = tree;
  const values = valuePatterns(tree);
  return [
    `_${name}() {`,
    "  local at='' flag='' last='' word words='' choices='' current=\"${COMP_WORDS[COMP_CWORD]}\"",
    "  COMPREPLY=()",
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    // Bash takes --flag=value for three words.
    '    if [ "$word" = \'=\' ]; then flag="$last"; continue; fi',
    '    last="$word"',
    "    if [ -n \"$flag\" ]; then flag=''; continue; fi",
    '    case "$at $word" in',
    `      ${values.map(({ pattern }) => pattern).join("|")}) flag="$word"; continue ;;`,
    "    esac",
    '    case "${at:+$at }$word" in',
    `      ${pathPatterns(tree)}) at="\${at:+$at }$word" ;;`,
    "    esac",
    "  done",
    "  if [ \"$current\" = '=' ]; then flag=\"$last\"; current=''; fi",
    '  if [ -n "$flag" ]; then',
    '    case "$at $flag" in',
    ...values
      .filter(({ choices }) => choices.length > 0)
      .map(({ pattern, choices }) => `      ${pattern}) choices='${choices.join(" ")}' ;;`),
    "    esac",
    '    COMPREPLY=($(compgen -W "$choices" -- "$current"))',
    "    return",
    "  fi",
    '  case "$at" in',
    ...nodes.map(({ path, commands, options, argument = [] }) => {
      const words = [...commands.map((command) => command.name), ...argument, ...options.map(({ long }) => long)];
      return `    '${path}') words='${words.join(" ")}' ;;`;
    }),
    "  esac",
    // An argument is a file until it looks like an option.
    '  case "$at|$current" in',
    `    *'|-'*) words="$words ${global.map(({ long }) => long).join(" ")}" ;;`,
    `    ${nodes
      .filter(({ argument }) => argument?.length === 0)
      .map(({ path }) => `'${path}|'*`)
      .join("|")}) return ;;`,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    `complete -o default -F _${name} ${name}`,
  ];
}
