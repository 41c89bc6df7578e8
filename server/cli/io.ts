/** What a command reads from and writes to: the terminal, or a test. Commands touch nothing else of the process. */
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { readConfig, type Config } from "@/server/config";

export interface Io {
  /** Answers: for people, or for programs with `--json`. */
  readonly out: (text: string) => void;
  /** Everything else that people should see. */
  readonly err: (text: string) => void;
  readonly stdin: Readable;
  /** @throws Error naming each wrong setting. */
  readonly config: () => Config;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** The process's own streams, environment and clock. */
export function processIo(): Io {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    stdin: process.stdin,
    config: () => readConfig(),
    nowMs: Date.now,
    pause: async (ms) => {
      await delay(ms);
    },
  };
}
