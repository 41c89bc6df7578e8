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
  reader.add(target, readResourceSpans, () => ({ resource: emptyAttributes(), spans: [] }));
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
  reader.add(target, readSpan, emptySpan);
};

const readSpan: ReadField<Span> = (reader, field, span) => {
  switch (field) {
    case 1:
      span.traceId = reader.bytes() ?? span.traceId;
      break;
    case 2:
      span.spanId = reader.bytes() ?? span.spanId;
      break;
    case 4:
      span.parentSpanId = reader.bytes() ?? span.parentSpanId;
      break;
    case 5:
      span.name = reader.text() ?? span.name;
      break;
    case 6:
      span.kind = reader.uint32() ?? span.kind;
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
      reader.add(span.events, readEvent, () => ({ name: "", time: { ms: 0, ns: 0 }, attributes: emptyAttributes() }));
      break;
    case 13:
      reader.add(span.links, readLink, () => ({ traceId: NO_ID, spanId: NO_ID }));
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
  else if (field === 2) event.name = reader.text() ?? event.name;
  else if (field === 3) readKeyValue(reader, event.attributes);
  else reader.skip();
};

const readLink: ReadField<{ traceId: Buffer; spanId: Buffer }> = (reader, field, link) => {
  if (field === 1) link.traceId = reader.bytes() ?? link.traceId;
  else if (field === 2) link.spanId = reader.bytes() ?? link.spanId;
  else reader.skip();
};

const readStatus: ReadField<Span> = (reader, field, span) => {
  if (field === 3) span.statusCode = reader.uint32() ?? span.statusCode;
  else reader.skip();
};

const readLogs: ReadField<ResourceLogs[]> = (reader, field, target) => {
  if (field !== 1) return reader.skip();
  reader.add(target, readResourceLogs, () => ({ resource: emptyAttributes(), records: [] }));
};

const readResourceLogs: ReadField<ResourceLogs> = (reader, field, target) => {
  if (field === 1) reader.message(readResource, target.resource);
  else if (field === 2 || field === 1000) reader.message(readScopeLogs, target.records);
  else reader.skip();
};

const readScopeLogs: ReadField<LogRecord[]> = (reader, field, target) => {
  if (field !== 2) return reader.skip();
  reader.add(target, readLogRecord, emptyLogRecord);
};

function emptyLogRecord(): LogRecord {
  return { traceId: NO_ID, spanId: NO_ID, time: { ms: 0, ns: 0 }, eventName: "", attributes: emptyAttributes() };
}

const readLogRecord: ReadField<LogRecord> = (reader, field, record) => {
  switch (field) {
    case 1:
      record.time = reader.instant() ?? record.time;
      break;
    case 6:
      readKeyValue(reader, record.attributes);
      break;
    case 9:
      record.traceId = reader.bytes() ?? record.traceId;
      break;
    case 10:
      record.spanId = reader.bytes() ?? record.spanId;
      break;
    case 11: {
      const observed = reader.instant();
      if (record.time.ms === 0 && observed !== undefined) record.time = observed;
      break;
    }
    case 12:
      record.eventName = reader.text() ?? record.eventName;
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
  if (field === 1) pair.key = reader.text() ?? pair.key;
  else if (field === 2) reader.message(readAnyValue, pair);
  else reader.skip();
};

const readAnyValue: ReadField<Pair> = (reader, field, pair) => {
  switch (field) {
    case 1:
      pair.value = reader.text() ?? pair.value;
      break;
    case 2:
      pair.value = reader.boolean() ?? pair.value;
      break;
    case 3:
      pair.value = reader.int64() ?? pair.value;
      break;
    case 4:
      pair.value = finite(reader.double()) ?? pair.value;
      break;
    case 5:
    case 6:
      readNested(reader, field, pair);
      break;
    case 7:
      pair.value = reader.bytes()?.toString("base64") ?? pair.value;
      break;
    default:
      reader.skip();
  }
};

function readNested(reader: ProtobufReader, field: 5 | 6, pair: Pair): void {
  if (reader.wire !== BYTES) return reader.skip();
  pair.value =
    field === 5
      ? reader.message<Nested<AttributeValue>>(readArray, nested(pair)).members
      : Object.fromEntries(reader.message<Nested<[string, AttributeValue]>>(readMap, nested(pair)).members);
}

interface Nested<T> {
  members: T[];
  depth: number;
}

function nested<T>({ depth }: Pair): Nested<T> {
  if (depth >= DEEPEST) throw new OtlpDecodeError(`attribute values are nested more than ${DEEPEST} levels deep`);
  return { members: [], depth: depth + 1 };
}

const readArray: ReadField<Nested<AttributeValue>> = (reader, field, { members, depth }) => {
  if (field !== 1 || reader.wire !== BYTES) return reader.skip();
  members.push(reader.message<Pair>(readAnyValue, { key: "", value: null, depth }).value);
};

const readMap: ReadField<Nested<[string, AttributeValue]>> = (reader, field, { members, depth }) => {
  if (field !== 1 || reader.wire !== BYTES) return reader.skip();
  const { key, value } = reader.message<Pair>(readPair, { key: "", value: null, depth });
  members.push([key, value]);
};

/** JSON, where attributes may end up, has no word for NaN and infinities. */
function finite(value: number | undefined): number | string | undefined {
  if (value === undefined) return undefined;
  return Number.isFinite(value) ? value : String(value);
}

function emptyAttributes(): Attributes {
  return { keys: [], values: [] };
}
