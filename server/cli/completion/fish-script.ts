/** Completion for fish, with what every command and option is for. */
import { pathPatterns, valuePatterns, type CommandTree, type Flag } from "./command-tree";

/** The lines of the script. */
export function fishScript(tree: CommandTree): string[] {
  const { name, nodes, global } = tree;
  const at = `__fish_${name}_at`;
  return [
    // Fish remembers the answer for each path while it completes one line.
    `function ${at}`,
    "  set -l at ''",
    "  set -l flag ''",
    "  for word in (commandline -opc)[2..-1]",
    '    if test -n "$flag"',
    "      set flag ''",
    "      continue",
    "    end",
    '    switch "$at $word"',
    `      case ${words(valuePatterns(tree).map(({ pattern }) => pattern))}`,
    '        set flag "$word"',
    "        continue",
    "    end",
    '    switch (string trim -- "$at $word")',
    `      case ${words([pathPatterns(tree)])}`,
    '        set at (string trim -- "$at $word")',
    "    end",
    "  end",
    '  test "$at" = "$argv"',
    "end",
    ...nodes.flatMap(({ path, commands, options, argument }) => {
      const prefix = `complete -c ${name} -n '${`${at} ${path}`.trim()}'`;
      return [
        ...(argument?.length === 0 ? [] : [`${prefix} -f`]),
        ...commands.map((command) => `${prefix} -a ${command.name} -d ${fishQuoted(command.description)}`),
        ...(argument ?? []).map((word) => `${prefix} -a ${word}`),
        ...options.map((flag) => optionLine(prefix, flag)),
      ];
    }),
    ...global.map((flag) => optionLine(`complete -c ${name}`, flag)),
  ];
}

function optionLine(prefix: string, { long, short, description, value }: Flag): string {
  const names = `-l ${long.slice("--".length)}${short === undefined ? "" : ` -s ${short.slice("-".length)}`}`;
  const takes = value === undefined ? "" : value.length > 0 ? ` -x -a '${value.join(" ")}'` : " -r -F";
  return `${prefix} ${names} -d ${fishQuoted(description)}${takes}`;
}

/** Patterns of a `case` as fish takes them: words, not alternatives, and a star inside the quotes. */
function words(patterns: readonly string[]): string {
  return patterns.join("|").replaceAll("|", " ").replaceAll("*'", "'*").replaceAll("''", "");
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
