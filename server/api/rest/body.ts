/** Reads a request's body: bounded, in a known media type, decoded or refused with the remedy. */
import type { IncomingMessage } from "node:http";
import { parse as parseYaml, YAMLError } from "yaml";
import { invalidInput } from "@/server/domain/errors";
import { EdgeError } from "@/server/api/problem";

/** Largest body of the JSON API, bytes: an evaluation report fits, a dump does not. */
export const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * The raw bytes, at most `limitBytes`.
 *
 * @throws EdgeError `too_large` before or while reading. What still comes in is then dropped as it comes: were the
 *   connection closed on it, a client that sends everything before it reads would see that instead of the answer.
 */
export async function readBytes(request: IncomingMessage, limitBytes = BODY_LIMIT_BYTES): Promise<Buffer> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limitBytes) throw tooLarge(limitBytes);
  const chunks: Buffer[] = [];
  let size = 0;
  // Without an encoding set, a request yields buffers.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) break;
    chunks.push(chunk);
  }
  if (size > limitBytes) {
    request.resume();
    throw tooLarge(limitBytes);
  }
  return Buffer.concat(chunks);
}

function tooLarge(limitBytes: number): EdgeError {
  return new EdgeError("too_large", `a body may have at most ${limitBytes} bytes`);
}

/**
 * Decodes a body as JSON or YAML by its media type; an empty one is an empty object.
 *
 * @throws EdgeError `unsupported_media_type`, DomainError `invalid_input` with the parser's position.
 */
export function decodeBody(bytes: Buffer, request: IncomingMessage): unknown {
  if (bytes.length === 0) return {};
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new EdgeError("unsupported_media_type", `content-encoding ${encoding} is not supported here: send it plain`);
  }
  const mediaType = (request.headers["content-type"] ?? "application/json").split(";")[0]?.trim().toLowerCase() ?? "";
  const text = decodeText(bytes);
  if (mediaType === "application/json" || mediaType.endsWith("+json")) return decodeJson(text);
  if (/^(application|text)\/(x-)?yaml$/.test(mediaType)) return decodeYaml(text);
  throw new EdgeError(
    "unsupported_media_type",
    `content-type ${mediaType} is not supported: send application/json or application/yaml`,
  );
}

function decodeText(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw invalidInput("the body is not valid UTF-8", [{ pointer: "", message: "not valid UTF-8" }]);
  }
}

function decodeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw undecodable("JSON", error);
  }
}

function decodeYaml(text: string): unknown {
  try {
    return parseYaml(text, { maxAliasCount: 50 }) as unknown;
  } catch (error) {
    if (error instanceof YAMLError || error instanceof ReferenceError) throw undecodable("YAML", error);
    throw error;
  }
}

function undecodable(format: string, error: unknown): Error {
  const message = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unreadable";
  return invalidInput(`the body is not valid ${format}: ${message}`, [{ pointer: "", message }]);
}
