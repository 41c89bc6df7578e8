/** An export as decoded, whether it came as protobuf or JSON: what the mapper reads. Nothing is interpreted here yet. */

/** A value of an attribute. 64-bit integers beyond 2^53 are text; bytes are base64 text. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };

/** Parallel lists: an export has too many attributes for an object each. */
export interface Attributes {
  keys: string[];
  values: AttributeValue[];
}

/** An instant in two parts, so that differences are exact to the nanosecond. */
export interface Instant {
  /** Whole epoch milliseconds. */
  ms: number;
  /** 0–999,999. */
  ns: number;
}

export interface SpanEvent {
  name: string;
  time: Instant;
  attributes: Attributes;
}

interface SpanLink {
  traceId: Buffer;
  spanId: Buffer;
}

export interface Span {
  traceId: Buffer;
  spanId: Buffer;
  /** Empty for a root span. */
  parentSpanId: Buffer;
  name: string;
  kind: number;
  start: Instant;
  end: Instant;
  attributes: Attributes;
  events: SpanEvent[];
  links: SpanLink[];
  /** 2 is an error. */
  statusCode: number;
}

/** Spans of one resource. */
export interface ResourceSpans {
  resource: Attributes;
  spans: Span[];
}

export interface LogRecord {
  traceId: Buffer;
  spanId: Buffer;
  time: Instant;
  eventName: string;
  attributes: Attributes;
}

/** Log records of one resource. */
export interface ResourceLogs {
  resource: Attributes;
  records: LogRecord[];
}

/** The body is not what its content type says. */
export class OtlpDecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "OtlpDecodeError";
  }
}

export const NO_ID = Buffer.alloc(0);

export function emptySpan(): Span {
  return {
    traceId: NO_ID,
    spanId: NO_ID,
    parentSpanId: NO_ID,
    name: "",
    kind: 0,
    start: { ms: 0, ns: 0 },
    end: { ms: 0, ns: 0 },
    attributes: { keys: [], values: [] },
    events: [],
    links: [],
    statusCode: 0,
  };
}

/** Microseconds from `from` to `to`. */
export function microsecondsBetween(from: Instant, to: Instant): number {
  return (to.ms - from.ms) * 1000 + (to.ns - from.ns) / 1000;
}

/** The value of a key, or undefined. */
export function attribute({ keys, values }: Attributes, key: string): AttributeValue | undefined {
  const index = keys.indexOf(key);
  return index === -1 ? undefined : values[index];
}
