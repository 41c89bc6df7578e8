/** Reads what people hand to a command: files, or standard input for `-`, and times to wait. */
import { createReadStream, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { InvalidArgumentError } from "commander";
import { parse } from "yaml";
import { UsageError } from "./exit-code";
import type { Io } from "./io";
import { bytesWords } from "./progress";

/** Pieces of a big file: large enough to be quick, small enough not to be felt. */
const CHUNK_BYTES = 1 << 20;

/** All bytes of a file or of standard input. @throws UsageError when it cannot be read. */
export async function readBytes(io: Io, path: string): Promise<Buffer> {
  const stream: Readable = path === "-" ? io.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream)
      chunks.push(chunk instanceof Uint8Array ? Buffer.from(chunk) : Buffer.from(String(chunk)));
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  return Buffer.concat(chunks);
}

/** A text in pieces that may end anywhere, to be read once. Reading throws a UsageError when the file cannot be read. */
export class TextInput implements AsyncIterable<string> {
  readonly #io: Io;
  readonly #path: string;
  #bytes = 0;
  #ofBytes: number | undefined;

  constructor(io: Io, path: string) {
    this.#io = io;
    this.#path = path;
  }

  /** `3.4 of 10.2 MB`: what has been read so far. */
  howFar(): string {
    return bytesWords(this.#bytes, this.#ofBytes);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    const path = this.#path;
    const stream: Readable = path === "-" ? this.#io.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
    stream.setEncoding("utf8");
    try {
      if (path !== "-") this.#ofBytes = fileSize(path);
      for await (const chunk of stream) {
        const text = String(chunk);
        this.#bytes += Buffer.byteLength(text);
        yield text;
      }
    } catch (error) {
      throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Undefined for what has no size, such as a pipe, and for what is not there. */
function fileSize(path: string): number | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats?.isFile() === true ? stats.size : undefined;
}

/** The text line by line, without the line ends; the last line may lack one. */
export async function* readLines(input: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of input) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** The whole text. @throws UsageError when the file cannot be read. */
export async function readText(io: Io, path: string): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of new TextInput(io, path)) chunks.push(chunk);
  return chunks.join("");
}

/** A YAML or JSON document. @throws UsageError naming the place that does not parse. */
async function readDocument(io: Io, path: string): Promise<unknown> {
  const text = await readText(io, path);
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new UsageError(`${path} is neither YAML nor JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A document that is a map. @throws UsageError for anything else; `what` says what it should hold. */
export async function readMap(io: Io, path: string, what: string): Promise<Record<string, unknown>> {
  const document = await readDocument(io, path);
  if (typeof document === "object" && document !== null && !Array.isArray(document)) {
    return document as Record<string, unknown>;
  }
  throw new UsageError(`${path} must be a map: ${what}`);
}

/** The value of `--wait`. @throws InvalidArgumentError */
export function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0) throw new InvalidArgumentError("Write a number of seconds, e.g. 60.");
  return seconds;
}
