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
  /** Where both streams are one terminal: the lines left on it, and every text that its last line ever held. */
  screen: { lines: readonly string[]; held: readonly string[] };
}

/** What the command finds around it; nothing of the test's own process. */
export interface Surroundings {
  stdin?: string | Iterable<string>;
  environment?: Record<string, string>;
  nowMs?: number | (() => number);
  /** Makes the streams a terminal of so many columns. */
  columns?: number;
  /** Told of every pause instead of pausing. */
  onPause?: (ms: number) => void;
}

export async function runCommand(args: readonly string[], around: Surroundings = {}): Promise<Ran> {
  const { stdin = "", environment = {}, nowMs = NOON, columns, onPause } = around;
  let out = "";
  let err = "";
  const screen = new Screen();
  const code = await runCli(args, {
    out: (text) => {
      out += text;
      screen.write(text);
    },
    err: (text) => {
      err += text;
      screen.write(text);
    },
    errColumns: () => columns,
    stdin: Readable.from(typeof stdin === "string" ? [stdin] : stdin),
    config: () => readConfig({ NODE_ENV: "test", ...environment }),
    nowMs: typeof nowMs === "number" ? () => nowMs : nowMs,
    pause: (ms) => {
      onPause?.(ms);
      return Promise.resolve();
    },
    // A first second has gone by as soon as somebody waits.
    every: (_, work) => {
      work();
      return () => undefined;
    },
  });
  const json = (): unknown[] =>
    out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as unknown);
  return { code, out, err, json, screen };
}

/** As much of a terminal as the command line uses: line feeds, and the sequence that empties the last line. */
class Screen {
  readonly lines = [""];
  readonly held: string[] = [];

  write(text: string): void {
    for (const [line, words] of text.split("\n").entries()) {
      if (line > 0) this.lines.push("");
      for (const [erased, part] of words.split("\r\u001B[K").entries()) {
        const last = this.lines.pop() ?? "";
        const now = (erased > 0 ? "" : last) + part;
        this.lines.push(now);
        if (part !== "") this.held.push(now);
      }
    }
  }
}
