/**
 * The program's commands as a completion script needs them. All scripts read the words typed so far in the same way: an
 * option's value is skipped, a word that goes on to a command does so, anything else is an argument. Names and choices are
 * the program's own words, so nothing in them needs quoting; descriptions do.
 */
import type { Command, Option } from "commander";

export interface CommandTree {
  /** What is typed to run the program. */
  readonly name: string;
  /** The program itself first. */
  readonly nodes: readonly CommandNode[];
  /** What every command takes. */
  readonly global: readonly Flag[];
}

/** One command with what may follow it. */
interface CommandNode {
  /** `gitops plan`; empty for the program itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly Flag[];
  /** What its first argument may be; empty for a file or anything, undefined for a command without arguments. */
  readonly argument: readonly string[] | undefined;
}

export interface Flag {
  readonly long: string;
  /** `-o`, where it has one. */
  readonly short: string | undefined;
  readonly description: string;
  /** What its value may be; empty for a file or anything, undefined for an option without a value. */
  readonly value: readonly string[] | undefined;
}

const HELP: Flag = { long: "--help", short: "-h", description: "show what there is", value: undefined };

/** The commands below `program`, in the order of its help. */
export function commandTree(program: Command): CommandTree {
  const walk = (command: Command, path: string): CommandNode[] => [
    {
      path,
      commands: command.commands.map((child) => ({ name: child.name(), description: child.description() })),
      options: command === program ? [] : flagsOf(command),
      argument: command.registeredArguments.map(({ argChoices }) => argChoices ?? [])[0],
    },
    ...command.commands.flatMap((child) => walk(child, `${path} ${child.name()}`.trim())),
  ];
  return { name: program.name(), nodes: walk(program, ""), global: [...flagsOf(program), HELP] };
}

function flagsOf(command: Command): Flag[] {
  return command.options.flatMap((option: Option) => {
    const { long, short, description, required, optional, argChoices } = option;
    const value = required || optional ? (argChoices ?? []) : undefined;
    return long === undefined || long === null ? [] : [{ long, short: short ?? undefined, description, value }];
  });
}

/** `gitops plan` and its like, for a shell's `case`. */
export function pathPatterns({ nodes }: CommandTree): string {
  return nodes
    .filter(({ path }) => path !== "")
    .map(({ path }) => `'${path}'`)
    .join("|");
}

/** A command's path and an option of it that a value follows, for a shell's `case`; each with the values that there are. */
export function valuePatterns({ nodes, global }: CommandTree): { pattern: string; choices: readonly string[] }[] {
  const patternsOf = (flags: readonly Flag[], before: string) =>
    flags.flatMap(({ long, short, value }) => {
      const written = [long, ...(short === undefined ? [] : [short])];
      const pattern = written.map((flag) => `${before}' ${flag}'`).join("|");
      return value === undefined ? [] : [{ pattern, choices: value }];
    });
  return [...nodes.flatMap(({ path, options }) => patternsOf(options, `'${path}'`)), ...patternsOf(global, "*")];
}
