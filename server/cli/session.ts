/** One run of the program: its options, its way to the server, its printing and its exit code. */
import type { Command } from "commander";
import type { Config } from "@/server/config";
import { createClient, type Client } from "./client";
import { EXIT, type ExitCode } from "./exit-code";
import type { Io } from "./io";
import { createProgress, type Progress } from "./progress";

/** Options every command has, from whichever depth it runs at. */
interface GlobalOptions {
  readonly json: boolean;
  readonly url: string;
  readonly token?: string;
  readonly dataDir: string;
}

/** What a command works with. */
export interface Run {
  readonly io: Io;
  readonly json: boolean;
  readonly dataDir: string;
  readonly server: Client;
  /** Says how far long work is. */
  readonly progress: Progress;
  /** Prints `value` as one line of JSON with `--json`, else the readable lines. */
  readonly print: (value: unknown, lines: () => readonly string[]) => void;
}

/** What a command does with its positional arguments and its own options; without an exit code it is done. */
export type Action<Args extends readonly unknown[], Flags> = (
  run: Run,
  given: { readonly args: Args; readonly flags: Flags },
) => Promise<ExitCode | void> | ExitCode | void;

export class Session {
  readonly #io: Io;
  readonly #config: Config;
  /** How the command ended. */
  exitCode: ExitCode = EXIT.done;

  constructor(io: Io, config: Config) {
    this.#io = io;
    this.#config = config;
  }

  /** The handler that commander calls, always with the command itself as its last argument. */
  action<Args extends readonly unknown[], Flags extends object>(
    action: Action<Args, Flags>,
  ): (...given: unknown[]) => Promise<void> {
    return async (...given) => {
      const command = given.at(-1) as Command;
      // Commander has checked that what the command declares is there.
      const args = command.processedArgs as unknown as Args;
      const run = this.#run(command);
      try {
        this.exitCode = (await action(run, { args, flags: command.opts<Flags>() })) ?? EXIT.done;
      } finally {
        run.progress.clear();
      }
    };
  }

  #run(command: Command): Run {
    const { json, url, token, dataDir } = command.optsWithGlobals<GlobalOptions>();
    const { io, progress } = createProgress(this.#io, { json });
    return {
      io,
      progress,
      json,
      dataDir,
      server: createClient({ url, token: token ?? this.#config.cliToken }),
      print: (value, lines) => io.out(json ? `${JSON.stringify(value)}\n` : `${lines().join("\n")}\n`),
    };
  }
}
