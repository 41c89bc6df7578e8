/** Reads what people hand to a command: files, or standard input for `-`. */
import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { parse } from "yaml";
import { UsageError } from "./exit-code";
import type { Io } from "./io";

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

/** The text in pieces that may end anywhere. @throws UsageError when the file cannot be read. */
export async function* readChunks(io: Io, path: string): AsyncGenerator<string> {
  const stream: Readable = path === "-" ? io.stdin : createReadStream(path, { highWaterMark: CHUNK_BYTES });
  stream.setEncoding("utf8");
  try {
    for await (const chunk of stream) yield String(chunk);
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The text line by line, without the line ends; the last line may lack one. */
export async function* readLines(io: Io, path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of readChunks(io, path)) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** The whole text. @throws UsageError when the file cannot be read. */
export async function readText(io: Io, path: string): Promise<string> {
  const chunks: string[] = [];
  for await (const chunk of readChunks(io, path)) chunks.push(chunk);
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
