/** Printing for people and for programs: every command prints one JSON document with `--json`, readable lines without. */
import type { Command } from "commander";
import type { ClientSettings } from "./client";

/** Options every command has. */
export interface GlobalOptions {
  json: boolean;
  url: string;
  token?: string;
  dataDir: string;
}

/** The options of the whole program, from whichever depth a command runs at. */
export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>();
}

/** How the command reaches the server. */
export function clientSettings(options: GlobalOptions): ClientSettings {
  return { url: options.url, token: options.token };
}

/** Writes `value` as one line of JSON with `--json`, else the readable lines. */
export function print(options: GlobalOptions, value: unknown, lines: () => readonly string[]): void {
  process.stdout.write(options.json ? `${JSON.stringify(value)}\n` : `${lines().join("\n")}\n`);
}
