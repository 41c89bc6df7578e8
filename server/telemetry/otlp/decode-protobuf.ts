/** OTLP export requests out of protobuf: opentelemetry-proto 1.x, the fields the mapper reads. */
import type { ProtobufReader, ReadField } from "./protobuf-reader";
import { BYTES, ProtobufReader as Reader } from "./protobuf-reader";
import type { Attributes, AttributeValue, LogRecord, ResourceLogs, ResourceSpans, Span, SpanEvent } from "./span";
import { emptySpan, NO_ID, OtlpDecodeError } from "./span";

/** Values nested deeper than this are refused: nothing writes them, and reading them takes stack. */
const DEEPEST = 32;

/** @throws OtlpDecodeError for bytes that are not an ExportTraceServiceRequest. */
export function decodeTraces(body: Buffer): ResourceSpans[] {
  return new Reader(body).fields<ResourceSpans[]>(readTraces, []);
}

/** @throws OtlpDecodeError for bytes that are not an ExportLogsServiceRequest. */
export function decodeLogs(body: Buffer): ResourceLogs[] {
  return new Reader(body).fields<ResourceLogs[]>(readLogs, []);
}

const readTraces: ReadField<ResourceSpans[]> = (reader, field, target) => {
  if (field !== 1) return reader.skip();
  target.push(reader.message(readResourceSpans, { resource: emptyAttributes(), spans: [] }));
};

const readResourceSpans: ReadField<ResourceSpans> = (reader, field, target) => {
  if (field === 1) reader.message(readResource, target.resource);
  // 1000: what scopes were called before OTLP 0.15.
  else if (field === 2 || field === 1000) reader.message(readScopeSpans, target.spans);
  else reader.skip();
};

const readResource: ReadField<Attributes> = (reader, field, target) => {
  if (field === 1) readKeyValue(reader, target);
  else reader.skip();
};

const readScopeSpans: ReadField<Span[]> = (reader, field, target) => {
  if (field !== 2) return reader.skip();
  target.push(reader.message(readSpan, emptySpan()));
};

const readSpan: ReadField<Span> = (reader, field, span) => {
  switch (field) {
    case 1:
      span.traceId = reader.bytes() ?? NO_ID;
      break;
    case 2:
      span.spanId = reader.bytes() ?? NO_ID;
      break;
    case 4:
      span.parentSpanId = reader.bytes() ?? NO_ID;
      break;
    case 5:
      span.name = reader.text() ?? "";
      break;
    case 6:
      span.kind = reader.uint32() ?? 0;
      break;
    case 7:
      span.start = reader.instant() ?? span.start;
      break;
    case 8:
      span.end = reader.instant() ?? span.end;
      break;
    case 9:
      readKeyValue(reader, span.attributes);
      break;
    case 11:
      span.events.push(reader.message(readEvent, { name: "", time: { ms: 0, ns: 0 }, attributes: emptyAttributes() }));
      break;
    case 13:
      span.links.push(reader.message(readLink, { traceId: NO_ID, spanId: NO_ID }));
      break;
    case 15:
      reader.message(readStatus, span);
      break;
    default:
      reader.skip();
  }
};

const readEvent: ReadField<SpanEvent> = (reader, field, event) => {
  if (field === 1) event.time = reader.instant() ?? event.time;
  else if (field === 2) event.name = reader.text() ?? "";
  else if (field === 3) readKeyValue(reader, event.attributes);
  else reader.skip();
};

const readLink: ReadField<{ traceId: Buffer; spanId: Buffer }> = (reader, field, link) => {
  if (field === 1) link.traceId = reader.bytes() ?? NO_ID;
  else if (field === 2) link.spanId = reader.bytes() ?? NO_ID;
  else reader.skip();
};

const readStatus: ReadField<Span> = (reader, field, span) => {
  if (field === 3) span.statusCode = reader.uint32() ?? 0;
  else reader.skip();
};

const readLogs: ReadField<ResourceLogs[]> = (reader, field, target) => {
  if (field !== 1) return reader.skip();
  target.push(reader.message(readResourceLogs, { resource: emptyAttributes(), records: [] }));
};

const readResourceLogs: ReadField<ResourceLogs> = (reader, field, target) => {
  if (field === 1) reader.message(readResource, target.resource);
  else if (field === 2 || field === 1000) reader.message(readScopeLogs, target.records);
  else reader.skip();
};

const readScopeLogs: ReadField<LogRecord[]> = (reader, field, target) => {
  if (field !== 2) return reader.skip();
  const empty: LogRecord = {
    traceId: NO_ID,
    spanId: NO_ID,
    time: { ms: 0, ns: 0 },
    eventName: "",
    attributes: emptyAttributes(),
  };
  target.push(reader.message(readLogRecord, empty));
};

const readLogRecord: ReadField<LogRecord> = (reader, field, record) => {
  switch (field) {
    case 1:
      record.time = reader.instant() ?? record.time;
      break;
    case 6:
      readKeyValue(reader, record.attributes);
      break;
    case 9:
      record.traceId = reader.bytes() ?? NO_ID;
      break;
    case 10:
      record.spanId = reader.bytes() ?? NO_ID;
      break;
    case 11: {
      const observed = reader.instant();
      if (record.time.ms === 0 && observed !== undefined) record.time = observed;
      break;
    }
    case 12:
      record.eventName = reader.text() ?? "";
      break;
    default:
      reader.skip();
  }
};

interface Pair {
  key: string;
  value: AttributeValue;
  /** How deep in nested values the pair is. */
  depth: number;
}

/** Adds one attribute to `target`; in its bytes the value may come before the key. */
function readKeyValue(reader: ProtobufReader, target: Attributes): void {
  if (reader.wire !== BYTES) return reader.skip();
  const pair = reader.message<Pair>(readPair, { key: "", value: null, depth: 0 });
  target.keys.push(pair.key);
  target.values.push(pair.value);
}

const readPair: ReadField<Pair> = (reader, field, pair) => {
  if (field === 1) pair.key = reader.text() ?? "";
  else if (field === 2) reader.message(readAnyValue, pair);
  else reader.skip();
};

const readAnyValue: ReadField<Pair> = (reader, field, pair) => {
  switch (field) {
    case 1:
      pair.value = reader.text() ?? pair.value;
      break;
    case 2:
      pair.value = (reader.uint32() ?? 0) !== 0;
      break;
    case 3:
      pair.value = reader.int64() ?? pair.value;
      break;
    case 4:
      pair.value = finite(reader.double());
      break;
    case 5:
      pair.value = reader.message<Nested<AttributeValue>>(readArray, nested(pair)).members;
      break;
    case 6:
      pair.value = Object.fromEntries(reader.message<Nested<[string, AttributeValue]>>(readMap, nested(pair)).members);
      break;
    case 7:
      pair.value = reader.bytes()?.toString("base64") ?? pair.value;
      break;
    default:
      reader.skip();
  }
};

interface Nested<T> {
  members: T[];
  depth: number;
}

function nested<T>({ depth }: Pair): Nested<T> {
  if (depth >= DEEPEST) throw new OtlpDecodeError(`attribute values are nested more than ${DEEPEST} levels deep`);
  return { members: [], depth: depth + 1 };
}

const readArray: ReadField<Nested<AttributeValue>> = (reader, field, { members, depth }) => {
  if (field !== 1) return reader.skip();
  members.push(reader.message<Pair>(readAnyValue, { key: "", value: null, depth }).value);
};

const readMap: ReadField<Nested<[string, AttributeValue]>> = (reader, field, { members, depth }) => {
  if (field !== 1) return reader.skip();
  const { key, value } = reader.message<Pair>(readPair, { key: "", value: null, depth });
  members.push([key, value]);
};

/** JSON, where attributes may end up, has no word for NaN and infinities. */
function finite(value: number | undefined): number | string | null {
  if (value === undefined) return null;
  return Number.isFinite(value) ? value : String(value);
}

function emptyAttributes(): Attributes {
  return { keys: [], values: [] };
}
