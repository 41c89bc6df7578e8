/**
 * How far long work is: one line on the terminal, rewritten in place and gone when anything is printed. It is shown only to
 * somebody who looks: where errors go to a terminal, and never with `--json`.
 */
import { countDigits } from "@/server/domain/words/count-words";
import type { Io } from "./io";

/** How long a line stands at least, so that it can be read and costs nothing. */
const STANDS_MS = 100;
const SECOND_MS = 1_000;
/** To the beginning of the line, and away with what is on it. */
const ERASE = "\r\u001B[K";

export interface Progress {
  /** Shows what is being done and how far it is: at once when `what` is new, else when the line has stood for a moment. */
  say(what: string, howFar?: string): void;
  /** Shows `what`, with the seconds waited so far, until `work` is over. */
  during<T>(what: string, work: Promise<T>): Promise<T>;
  /** Takes the line away. */
  clear(): void;
}

const SILENT: Progress = { say: () => undefined, during: (_, work) => work, clear: () => undefined };

/** The progress of a run, and what its other words go through, so that they stand on lines of their own. */
export function createProgress(io: Io, { json }: { json: boolean }): { io: Io; progress: Progress } {
  if (json || io.errColumns() === undefined) return { io, progress: SILENT };
  const line = new ProgressLine(io);
  const printing = (print: Io["out"]) => (text: string) => {
    line.clear();
    print(text);
  };
  return { io: { ...io, out: printing(io.out), err: printing(io.err) }, progress: line };
}

class ProgressLine implements Progress {
  readonly #io: Io;
  #what: string | undefined;
  #shown = false;
  #shownMs = 0;

  constructor(io: Io) {
    this.#io = io;
  }

  say(what: string, howFar?: string): void {
    const nowMs = this.#io.nowMs();
    if (what === this.#what && nowMs >= this.#shownMs && nowMs < this.#shownMs + STANDS_MS) return;
    this.#what = what;
    this.#shown = true;
    this.#shownMs = nowMs;
    const text = howFar === undefined ? `${what} …` : `${what}: ${howFar}`;
    // A line that reaches the edge would wrap, and what has wrapped cannot be rewritten.
    this.#io.err(ERASE + text.slice(0, Math.max(0, (this.#io.errColumns() ?? 0) - 1)));
  }

  async during<T>(what: string, work: Promise<T>): Promise<T> {
    const startedMs = this.#io.nowMs();
    this.say(what);
    const stop = this.#io.every(SECOND_MS, () => this.say(what, secondsWords(this.#io.nowMs() - startedMs)));
    try {
      return await work;
    } finally {
      stop();
    }
  }

  clear(): void {
    if (this.#shown) this.#io.err(ERASE);
    this.#shown = false;
  }
}

/** `12 s`, or `12 of 60 s`: time waited, in whole seconds. */
export function secondsWords(ms: number, ofSeconds?: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND_MS));
  return ofSeconds === undefined ? `${seconds} s` : `${seconds} of ${ofSeconds} s`;
}

/** `1 204 audit entries`. */
export function entriesWords(entries: number): string {
  return `${countDigits(entries)} audit entr${entries === 1 ? "y" : "ies"}`;
}

const BYTE_UNITS = [
  { unit: "GB", bytes: 1e9 },
  { unit: "MB", bytes: 1e6 },
  { unit: "kB", bytes: 1e3 },
] as const;

/** `3.4 of 10.2 MB`, or `3.4 MB` where the whole is not known; as many decimals at any time, so that it stands still. */
export function bytesWords(bytes: number, ofBytes?: number): string {
  const size = BYTE_UNITS.find((one) => (ofBytes ?? bytes) >= one.bytes);
  const inUnit = (value: number): string => (size === undefined ? String(value) : (value / size.bytes).toFixed(1));
  return `${inUnit(bytes)}${ofBytes === undefined ? "" : ` of ${inUnit(ofBytes)}`} ${size?.unit ?? "bytes"}`;
}
