/**
 * Reads a request's body, decompressed, within a limit that holds before and after decompression: a bomb costs no more
 * memory than the limit. Says why in words when it cannot.
 */
import type { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip, gunzipSync, inflate, inflateRaw } from "node:zlib";

/** Compressed bodies up to this size are unpacked in place; larger ones on another thread, beside the commit. */
const SMALL_BODY = 4 * 1024;

/** Bodies unpacked at a time: each may grow to the limit before it is refused. */
const MOST_UNPACKING = 4;

/** The body cannot be read. */
export class BodyError extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: BodyError["status"], message: string) {
    super(message);
    this.name = "BodyError";
    this.status = status;
  }
}

/** @throws BodyError; also when the client goes away in the middle. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = `the body exceeds ${maxBytes} bytes: send smaller batches`;
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > maxBytes) throw new BodyError(413, tooLarge);
  const raw = await collect(request, maxBytes, tooLarge);
  const encoding = (request.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  try {
    return await decompress(raw, encoding, maxBytes);
  } catch (error) {
    if (error instanceof BodyError) throw error;
    if (isTooLarge(error)) throw new BodyError(413, tooLarge);
    throw new BodyError(400, `the body is not ${encoding}`);
  }
}

async function collect(request: IncomingMessage, maxBytes: number, tooLarge: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    // Not closed on the way out: a client that sends everything before it reads must still get the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) break;
      chunks.push(chunk);
    }
  } catch {
    throw new BodyError(400, "the body ended early");
  }
  if (size > maxBytes) throw new BodyError(413, tooLarge);
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, size);
}

async function decompress(raw: Buffer, encoding: string, maxOutputLength: number): Promise<Buffer> {
  switch (encoding) {
    case "identity":
    case "":
      return raw;
    case "gzip":
    case "x-gzip":
      if (raw.length <= SMALL_BODY) return gunzipSync(raw, { maxOutputLength });
      return unpacking.run(async () => gunzipLater(raw, { maxOutputLength }));
    case "deflate":
      return unpacking.run(async () => inflateEither(raw, maxOutputLength));
    default:
      throw new BodyError(415, `content-encoding ${encoding} is not supported: use gzip, deflate or none`);
  }
}

/** Lets a few tasks run at a time, the others in order after them. */
class Slots {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      // The slot goes straight to the next task.
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

const unpacking = new Slots(MOST_UNPACKING);
const gunzipLater = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);
const inflateLater = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);
const inflateRawLater = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

/** "deflate" means zlib's format; some clients send it without the header. */
async function inflateEither(raw: Buffer, maxOutputLength: number): Promise<Buffer> {
  try {
    return await inflateLater(raw, { maxOutputLength });
  } catch (error) {
    if (isTooLarge(error)) throw error;
    return inflateRawLater(raw, { maxOutputLength });
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}
