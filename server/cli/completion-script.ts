/**
 * Completion scripts, made from the very tree of commands that the program runs: a new command or option is completed
 * without being listed a second time. Names and choices are the program's own words, so nothing in them needs quoting.
 */
import type { Command } from "commander";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** One command with what may follow it. */
interface Node {
  /** `gitops plan`; empty for the program itself. */
  path: string;
  commands: readonly { name: string; description: string }[];
  options: readonly Flag[];
}

interface Flag {
  long: string;
  description: string;
  /** Whether a value follows, and which there are; empty: a file, or anything. */
  takesValue: boolean;
  choices: readonly string[];
}

/** The script of one shell, for `program` and everything below it. */
export function completionScript(program: Command, shell: Shell): string {
  const nodes = nodesOf(program);
  const name = program.name();
  if (shell === "fish") return fishScript(name, nodes);
  const bash = bashScript(name, nodes);
  return shell === "bash" ? bash : `autoload -U +X bashcompinit && bashcompinit\n${bash}`;
}

function nodesOf(program: Command): Node[] {
  const global = flagsOf(program);
  const walk = (command: Command, path: string): Node[] => {
    const commands = command.commands.map((child) => ({ name: child.name(), description: child.description() }));
    const own = command === program ? [] : flagsOf(command);
    const node = { path, commands, options: [...own, ...global] };
    return [node, ...command.commands.flatMap((child) => walk(child, `${path} ${child.name()}`.trim()))];
  };
  return walk(program, "");
}

function flagsOf(command: Command): Flag[] {
  return command.options.flatMap(({ long, description, required, optional, argChoices }) =>
    long === undefined || long === null
      ? []
      : [{ long, description, takesValue: required || optional, choices: argChoices ?? [] }],
  );
}

/** Reads the words typed so far as a command's path, then offers what may follow; files where a value is free. */
function bashScript(name: string, nodes: readonly Node[]): string {
  const words = nodes.map(({ path, commands, options }) => {
    const all = [...commands.map((command) => command.name), ...options.map(({ long }) => long), "--help"];
    return `    '${path}') words='${all.join(" ")}' ;;`;
  });
  const values = nodes.flatMap(({ path, options }) =>
    options
      .filter(({ takesValue }) => takesValue)
      .map(
        ({ long, choices }) => `    '${path} ${long}') choices='${choices.join(" ")}'; free=${choices.length === 0} ;;`,
      ),
  );
  const paths = nodes.map(({ path }) => `'${path}'`).join("|");
  return [
    `_${name}() {`,
    "  local current previous path='' word words='' choices='' free=''",
    '  current="${COMP_WORDS[COMP_CWORD]}"',
    '  previous="${COMP_WORDS[COMP_CWORD-1]}"',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "${path:+$path }$word" in',
    `      ${paths}) path="\${path:+$path }$word" ;;`,
    "    esac",
    "  done",
    '  case "$path $previous" in',
    ...values,
    "  esac",
    '  if [ "$free" = true ]; then COMPREPLY=($(compgen -f -- "$current")); return; fi',
    '  if [ -n "$choices" ]; then COMPREPLY=($(compgen -W "$choices" -- "$current")); return; fi',
    '  case "$path" in',
    ...words,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    `complete -o default -F _${name} ${name}`,
  ].join("\n");
}

function fishScript(name: string, nodes: readonly Node[]): string {
  const lines = nodes.flatMap(({ path, commands, options }) => {
    const condition = path === "" ? "__fish_use_subcommand" : `__fish_${name}_at ${path}`;
    const prefix = `complete -c ${name} -n '${condition}'`;
    return [
      ...commands.map((command) => `${prefix} -f -a ${command.name} -d ${fishQuoted(command.description)}`),
      ...options.map(({ long, description, takesValue, choices }) => {
        const value = takesValue ? (choices.length > 0 ? ` -x -a '${choices.join(" ")}'` : " -r") : "";
        return `${prefix} -l ${long.slice("--".length)} -d ${fishQuoted(description)}${value}`;
      }),
    ];
  });
  return [
    `function __fish_${name}_at`,
    "  set -l words (string match -v -- '-*' (commandline -opc))[2..-1]",
    '  test "$words[1..(count $argv)]" = "$argv"',
    "end",
    ...lines,
  ].join("\n");
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
