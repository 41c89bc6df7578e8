/**
 * OTLP export requests out of JSON. Tolerant where real exporters differ: snake_case keys, ids in upper case or as arrays
 * of bytes, numbers as text; what cannot be read is left empty, and the mapper says what is missing.
 */
import { instantOf } from "./protobuf-reader";
import type { Attributes, AttributeValue, Instant, LogRecord, ResourceLogs, ResourceSpans, Span } from "./span";
import { NO_ID, OtlpDecodeError } from "./span";

type Json = Readonly<Record<string, unknown>>;

const DEEPEST = 32;

/** @throws OtlpDecodeError for a body that is not JSON, or not an object. */
export function decodeJsonTraces(body: Buffer): ResourceSpans[] {
  return objects(member(parse(body), "resourceSpans", "resource_spans")).map((group) => ({
    resource: attributesOf(object(group["resource"])),
    spans: scopesOf(group, "scopeSpans", "scope_spans").flatMap((scope) => objects(scope["spans"]).map(spanOf)),
  }));
}

/** @throws OtlpDecodeError for a body that is not JSON, or not an object. */
export function decodeJsonLogs(body: Buffer): ResourceLogs[] {
  return objects(member(parse(body), "resourceLogs", "resource_logs")).map((group) => ({
    resource: attributesOf(object(group["resource"])),
    records: scopesOf(group, "scopeLogs", "scope_logs").flatMap((scope) =>
      objects(member(scope, "logRecords", "log_records")).map(recordOf),
    ),
  }));
}

function parse(body: Buffer): Json {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new OtlpDecodeError(`the body is not JSON: ${error.message}`);
    throw error;
  }
  if (!isObject(parsed)) throw new OtlpDecodeError("the body must be a JSON object");
  return parsed;
}

function scopesOf(group: Json, camel: string, snake: string): Json[] {
  return objects(member(group, camel, snake) ?? member(group, "instrumentationLibrarySpans", ""));
}

function spanOf(span: Json): Span {
  return {
    traceId: idOf(member(span, "traceId", "trace_id")),
    spanId: idOf(member(span, "spanId", "span_id")),
    parentSpanId: idOf(member(span, "parentSpanId", "parent_span_id")),
    name: textOf(span["name"]),
    kind: enumOf(span["kind"], SPAN_KINDS),
    start: instant(member(span, "startTimeUnixNano", "start_time_unix_nano")),
    end: instant(member(span, "endTimeUnixNano", "end_time_unix_nano")),
    attributes: attributesOf(span),
    events: objects(span["events"]).map((event) => ({
      name: textOf(event["name"]),
      time: instant(member(event, "timeUnixNano", "time_unix_nano")),
      attributes: attributesOf(event),
    })),
    links: objects(span["links"]).map((link) => ({
      traceId: idOf(member(link, "traceId", "trace_id")),
      spanId: idOf(member(link, "spanId", "span_id")),
    })),
    statusCode: enumOf(object(span["status"])["code"], STATUS_CODES),
  };
}

function recordOf(record: Json): LogRecord {
  const time = instant(member(record, "timeUnixNano", "time_unix_nano"));
  return {
    traceId: idOf(member(record, "traceId", "trace_id")),
    spanId: idOf(member(record, "spanId", "span_id")),
    time: time.ms === 0 ? instant(member(record, "observedTimeUnixNano", "observed_time_unix_nano")) : time,
    eventName: textOf(member(record, "eventName", "event_name")),
    attributes: attributesOf(record),
  };
}

function attributesOf(holder: Json): Attributes {
  const attributes: Attributes = { keys: [], values: [] };
  for (const pair of objects(holder["attributes"])) {
    attributes.keys.push(textOf(pair["key"]));
    attributes.values.push(valueOf(pair["value"], 0));
  }
  return attributes;
}

function valueOf(value: unknown, depth: number): AttributeValue {
  if (!isObject(value)) return null;
  if (depth > DEEPEST) throw new OtlpDecodeError(`attribute values are nested more than ${DEEPEST} levels deep`);
  for (const key in value) {
    const held = value[key];
    const read = READERS.get(key);
    if (read !== undefined) return read(held, depth);
  }
  return null;
}

type ReadValue = (held: unknown, depth: number) => AttributeValue;

const READERS: ReadonlyMap<string, ReadValue> = new Map<string, ReadValue>([
  ["stringValue", textOf],
  ["string_value", textOf],
  ["boolValue", truthOf],
  ["bool_value", truthOf],
  ["intValue", integerOf],
  ["int_value", integerOf],
  ["doubleValue", doubleOf],
  ["double_value", doubleOf],
  ["bytesValue", textOf],
  ["bytes_value", textOf],
  ["arrayValue", arrayOf],
  ["array_value", arrayOf],
  ["kvlistValue", mapOf],
  ["kvlist_value", mapOf],
]);

function arrayOf(held: unknown, depth: number): AttributeValue {
  return objects(object(held)["values"]).map((value) => valueOf(value, depth + 1));
}

function mapOf(held: unknown, depth: number): AttributeValue {
  return Object.fromEntries(
    objects(object(held)["values"]).map((pair) => [textOf(pair["key"]), valueOf(pair["value"], depth + 1)]),
  );
}

function truthOf(held: unknown): boolean {
  return held === true || held === "true";
}

/** int64 is text in JSON; it stays text where a number could not hold it. */
function integerOf(held: unknown): number | string | null {
  if (typeof held === "number") return held;
  if (typeof held !== "string" || !/^[+-]?\d{1,20}$/.test(held)) return null;
  const number = Number(held);
  return Number.isSafeInteger(number) ? number : held;
}

function doubleOf(held: unknown): number | string | null {
  if (typeof held === "number") return held;
  if (typeof held !== "string") return null;
  const number = Number(held);
  return Number.isFinite(number) ? number : held;
}

const SPAN_KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const STATUS_CODES = ["UNSET", "OK", "ERROR"];

/** Enums are numbers; some exporters write their names. */
function enumOf(held: unknown, names: readonly string[]): number {
  if (typeof held === "number") return held;
  return typeof held === "string"
    ? Math.max(
        0,
        names.findIndex((name) => held.endsWith(name)),
      )
    : 0;
}

/** Hex of either case, or an array of bytes; empty when it is neither. */
function idOf(held: unknown): Buffer {
  if (typeof held === "string") return /^(?:[0-9a-f]{2})+$/i.test(held) ? Buffer.from(held, "hex") : NO_ID;
  return Array.isArray(held) && held.every(isByte) ? Buffer.from(held) : NO_ID;
}

function isByte(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255;
}

/** Nanoseconds as text or number. The last six digits are split off, so that nothing is rounded. */
function instant(held: unknown): Instant {
  if (typeof held === "string" && /^\d{1,20}$/.test(held)) {
    return { ms: Number(held.slice(0, -6)), ns: Number(held.slice(-6)) };
  }
  if (typeof held !== "number" || !(held >= 0 && held < 2 ** 64)) return { ms: 0, ns: 0 };
  return instantOf(Math.floor(held / 2 ** 32), held % 2 ** 32);
}

function member(holder: Json, camel: string, snake: string): unknown {
  return holder[camel] ?? holder[snake];
}

function textOf(held: unknown): string {
  return typeof held === "string" ? held : "";
}

function object(held: unknown): Json {
  return isObject(held) ? held : {};
}

function objects(held: unknown): Json[] {
  return Array.isArray(held) ? held.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
