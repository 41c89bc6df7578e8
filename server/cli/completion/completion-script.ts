/**
 * Completion scripts, made from the very tree of commands that the program runs: a new command or option is completed
 * without being listed a second time.
 */
import type { Command } from "commander";
import { bashScript } from "./bash-script";
import { commandTree } from "./command-tree";
import { fishScript } from "./fish-script";
import { zshScript } from "./zsh-script";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** The script of one shell, for `program` and everything below it. */
export function completionScript(program: Command, shell: Shell): string {
  return SCRIPTS[shell](commandTree(program)).join("\n");
}
