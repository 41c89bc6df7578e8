/** Runs the whole command line in this process, on streams, settings and a clock that the test holds. */
import { Readable } from "node:stream";
import { runCli } from "@/server/cli/program";
import { readConfig } from "@/server/config";

/** 2026-04-12T12:00:00Z. */
export const NOON = Date.UTC(2026, 3, 12, 12);

export interface Ran {
  code: number;
  out: string;
  err: string;
  /** The lines of `out`, each parsed as JSON. */
  json: () => unknown[];
}

/** What the command finds around it; nothing of the test's own process. */
export interface Surroundings {
  stdin?: string | Iterable<string>;
  environment?: Record<string, string>;
  nowMs?: number;
  /** Told of every pause instead of pausing. */
  onPause?: (ms: number) => void;
}

export async function runCommand(args: readonly string[], around: Surroundings = {}): Promise<Ran> {
  const { stdin = "", environment = {}, nowMs = NOON, onPause } = around;
  let out = "";
  let err = "";
  const code = await runCli(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    stdin: Readable.from(typeof stdin === "string" ? [stdin] : stdin),
    config: () => readConfig({ NODE_ENV: "test", ...environment }),
    nowMs: () => nowMs,
    pause: (ms) => {
      onPause?.(ms);
      return Promise.resolve();
    },
  });
  const json = (): unknown[] =>
    out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  return { code, out, err, json };
}
