/** What a command reads from and writes to: the terminal, or a test. Commands touch nothing else of the process. */
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { processEnvironment, readConfig, type Config } from "@/server/config";

export interface Io {
  /** Answers: for people, or for programs with `--json`. */
  readonly out: (text: string) => void;
  /** Everything else that people should see. */
  readonly err: (text: string) => void;
  /** Columns of the terminal that `err` goes to; undefined where it goes elsewhere, or a line cannot be rewritten. */
  readonly errColumns: () => number | undefined;
  readonly stdin: Readable;
  /** @throws Error naming each wrong setting. */
  readonly config: () => Config;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Calls `work` again and again; ends when the function that it returns is called. */
  readonly every: (ms: number, work: () => void) => () => void;
}

/** Of a terminal that does not say how wide it is. */
const UNTOLD_COLUMNS = 80;

/** The process's own streams, environment and clock. */
export function processIo(): Io {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    errColumns: () => {
      const rewrites = process.stderr.isTTY && processEnvironment()["TERM"] !== "dumb";
      return rewrites ? process.stderr.columns || UNTOLD_COLUMNS : undefined;
    },
    stdin: process.stdin,
    config: () => readConfig(),
    nowMs: Date.now,
    pause: async (ms) => {
      await delay(ms);
    },
    every: (ms, work) => {
      const timer = setInterval(work, ms);
      return () => clearInterval(timer);
    },
  };
}
