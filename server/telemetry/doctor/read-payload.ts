/**
 * What a pasted body is: an OTLP export (protobuf or JSON), a span or several, our own requests or scores, one document or
 * one a line, gzip or not. More forms than the intake takes; the remarks say where it would not.
 */
import { gunzipSync } from "node:zlib";
import { DomainError, invalidInput } from "@/server/domain/errors";
import { decodeJsonLogs, decodeJsonTraces } from "@/server/telemetry/otlp/decode-json";
import { decodeLogs, decodeTraces } from "@/server/telemetry/otlp/decode-protobuf";
import { OtlpDecodeError, type ResourceLogs, type ResourceSpans } from "@/server/telemetry/otlp/span";
import { fromConsole, isConsoleSpan, isObject, pairsOf } from "./console-span";

type Json = Readonly<Record<string, unknown>>;

/** A body as the intake's own readers take it. */
export type Payload = { form: string; remarks: string[] } & (
  | { kind: "traces"; groups: ResourceSpans[] }
  | { kind: "logs"; groups: ResourceLogs[] }
  | { kind: "requests" | "scores"; body: Buffer; contentType: string; records: readonly unknown[] }
);

const GZIP = Buffer.from([0x1f, 0x8b]);
/** Tab, line feed and carriage return. */
const WHITE_SPACE = new Set([0x09, 0x0a, 0x0d]);
const BARE_SPAN = "A span without its resource: what the exporter sends has service.name and the like beside it.";
const CONSOLE =
  "Printed by an SDK’s console exporter: the intake takes what its OTLP exporter sends of the same spans.";

/**
 * Reads a body of at most `maxBytes`, also after decompression.
 *
 * @throws DomainError `invalid_input` or `too_large`, with what would be read.
 */
export function readPayload(bytes: Buffer, { maxBytes, application }: PayloadLimits): Payload {
  const body = bytes.subarray(0, 2).equals(GZIP) ? unpack(bytes, maxBytes) : bytes;
  if (body.length > maxBytes) throw tooLarge(maxBytes);
  try {
    return looksLikeText(body) ? readJson(body.toString("utf8"), application) : readProtobuf(body);
  } catch (error) {
    if (error instanceof OtlpDecodeError) throw unreadable(error.message);
    throw error;
  }
}

export interface PayloadLimits {
  maxBytes: number;
  /** Whose a span is that comes without its resource. */
  application: string | undefined;
}

function tooLarge(maxBytes: number): DomainError {
  return new DomainError("too_large", `the body exceeds ${maxBytes} bytes: a few records are enough to look at`);
}

function unpack(bytes: Buffer, maxOutputLength: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") {
      throw tooLarge(maxOutputLength);
    }
    throw unreadable("it begins like gzip and is none");
  }
}

function unreadable(why: string): DomainError {
  const forms = "OTLP traces or logs (JSON or protobuf), spans, or requests and scores (JSON or one a line)";
  return invalidInput(`the body cannot be read: ${why}. What is read: ${forms}`, [{ pointer: "/body", message: why }]);
}

/**
 * An export in protobuf may begin with a line feed and a bracket too: its first length is then that of the bracket's
 * code. JSON holds no control character but white space, and no export with anything in it is without one.
 */
function looksLikeText(body: Buffer): boolean {
  if (body.some((byte) => byte < 0x20 && !WHITE_SPACE.has(byte))) return false;
  const first = body
    .toString("utf8", 0, 64)
    .replace(/^\uFEFF/, "")
    .trimStart()[0];
  return first === "{" || first === "[";
}

function readProtobuf(body: Buffer): Payload {
  if (body.length === 0) throw unreadable("it is empty");
  const groups = decodeTraces(body);
  const spans = groups.flatMap((group) => group.spans);
  // The two exports have the same outer shape: where a span has its trace id, a log record has its time.
  if (spans.length > 0 && !spans.some(({ traceId }) => traceId.length > 0)) {
    const logs = decodeLogs(body);
    if (logs.some(({ records }) => records.some(({ time }) => time.ms > 0))) {
      return { kind: "logs", form: "OTLP logs, protobuf", remarks: [], groups: logs };
    }
  }
  if (spans.length > 0) return { kind: "traces", form: "OTLP traces, protobuf", remarks: [], groups };
  throw unreadable("it is neither JSON nor an OTLP export in protobuf that holds anything");
}

function readJson(text: string, application: string | undefined): Payload {
  const { items, isLines, broken } = documents(text);
  const [first] = items;
  if (first === undefined) throw unreadable(broken ?? "it is empty");
  const lines = isLines ? ", one a line" : "";
  if (items.some((item) => has(item, "resourceSpans", "resource_spans"))) {
    return { kind: "traces", form: `OTLP traces, JSON${lines}`, remarks: [], groups: items.flatMap(traces) };
  }
  if (items.some((item) => has(item, "resourceLogs", "resource_logs"))) {
    return { kind: "logs", form: `OTLP logs, JSON${lines}`, remarks: [], groups: items.flatMap(logs) };
  }
  if (items.some(isSpan)) return bareSpans(items.filter(isSpan), application);
  return ownRecords({ items, text, isLines });
}

/** The documents of a text: one, the members of a list, or one a line. */
function documents(text: string): { items: Json[]; isLines: boolean; broken?: string } {
  try {
    const parsed: unknown = JSON.parse(text);
    return { items: (Array.isArray(parsed) ? parsed : [parsed]).filter(isObject), isLines: false };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const lines = text.split("\n").filter((line) => line.trim() !== "");
    // A broken document has many lines that are none; a broken line among good ones is one of several records.
    const items = lines.flatMap(parseLine);
    if (lines.length > 1 && items.length * 2 > lines.length) return { items, isLines: true };
    throw unreadable(`it is not JSON: ${error.message}`);
  }
}

function parseLine(line: string): Json[] {
  try {
    const parsed: unknown = JSON.parse(line);
    return isObject(parsed) ? [parsed] : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

function traces(item: Json): ResourceSpans[] {
  return decodeJsonTraces(Buffer.from(JSON.stringify(item)));
}

function logs(item: Json): ResourceLogs[] {
  return decodeJsonLogs(Buffer.from(JSON.stringify(item)));
}

function isSpan(item: Json): boolean {
  return has(item, "spanId", "span_id") || isConsoleSpan(item);
}

function bareSpans(items: readonly Json[], application: string | undefined): Payload {
  const printed = items.some(isConsoleSpan);
  const resourceSpans = items.map((item) => {
    const { span, resource } = isConsoleSpan(item)
      ? fromConsole(item)
      : { span: withPairs(item), resource: { attributes: [] } };
    const known = Array.isArray(resource["attributes"]) && resource["attributes"].length > 0;
    const given = application === undefined ? {} : { "service.name": application };
    return { resource: known ? resource : { attributes: pairsOf(given) }, scopeSpans: [{ spans: [span] }] };
  });
  const form = `${items.length === 1 ? "One span" : "Spans"}, ${printed ? "as an SDK prints them" : "OTLP JSON"}`;
  return { kind: "traces", form, remarks: [printed ? CONSOLE : BARE_SPAN], groups: traces({ resourceSpans }) };
}

/** Attributes as a plain object are what people copy out of a viewer. */
function withPairs(span: Json): Json {
  return isObject(span["attributes"]) ? { ...span, attributes: pairsOf(span["attributes"]) } : span;
}

function ownRecords({ items, text, isLines }: { items: readonly Json[]; text: string; isLines: boolean }): Payload {
  const [first] = items;
  for (const kind of ["requests", "scores"] as const) {
    const list = first?.[kind];
    if (Array.isArray(list)) return listed(kind, list);
  }
  if (!items.some((item) => "requestId" in item)) {
    throw unreadable("it holds neither resourceSpans, resourceLogs, a spanId, requests, scores nor a requestId");
  }
  const kind = items.every((item) => typeof item["name"] === "string" && "value" in item) ? "scores" : "requests";
  if (!isLines) return listed(kind, items);
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return {
    kind,
    form: `Our own ${kind}, one a line`,
    remarks: [],
    body: Buffer.from(text),
    contentType: "application/x-ndjson",
    records: lines.map((line) => parseLine(line)[0]),
  };
}

function listed(kind: "requests" | "scores", records: readonly unknown[]): Payload {
  const body = Buffer.from(JSON.stringify({ [kind]: records }));
  return { kind, form: `Our own ${kind}, JSON`, remarks: [], body, contentType: "application/json", records };
}

function has(item: Json, camel: string, snake: string): boolean {
  return camel in item || snake in item;
}
