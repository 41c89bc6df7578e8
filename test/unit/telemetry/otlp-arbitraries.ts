/** Exports out of random parts, written in both encodings by a writer of its own, and an oracle that reads protobuf. */
import fc from "fast-check";
import { PbfReader, PbfWriter } from "pbf";

type RandomValue = string | number | boolean | RandomValue[] | { map: [string, RandomValue][] };

export interface RandomSpan {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId: Uint8Array;
  name: string;
  kind: number;
  startNs: bigint;
  durationNs: bigint;
  statusCode: number;
  attributes: [string, RandomValue][];
  events: { name: string; afterNs: bigint; attributes: [string, RandomValue][] }[];
  links: { traceId: Uint8Array; spanId: Uint8Array }[];
}

export interface RandomExport {
  resource: [string, RandomValue][];
  spans: RandomSpan[];
}

const id = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const word = fc.string({ unit: "grapheme", maxLength: 12 });
const scalar = fc.oneof(
  word,
  fc.boolean(),
  fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
);
const { value: randomValue } = fc.letrec<{ value: RandomValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", maxDepth: 4 },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.record({ map: fc.uniqueArray(fc.tuple(word, tie("value")), { maxLength: 3, selector: ([key]) => key }) }),
  ),
}));
const attributes = fc.array(fc.tuple(word, randomValue), { maxLength: 6 });

const randomSpan: fc.Arbitrary<RandomSpan> = fc.record({
  traceId: id(16),
  spanId: id(8),
  parentSpanId: fc.oneof(fc.constant(new Uint8Array()), id(8)),
  name: word,
  kind: fc.integer({ min: 0, max: 5 }),
  startNs: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
  durationNs: fc.bigInt({ min: 0n, max: 10_000_000_000n }),
  statusCode: fc.integer({ min: 0, max: 2 }),
  attributes,
  events: fc.array(fc.record({ name: word, afterNs: fc.bigInt({ min: 0n, max: 10n ** 9n }), attributes }), {
    maxLength: 2,
  }),
  links: fc.array(fc.record({ traceId: id(16), spanId: id(8) }), { maxLength: 2 }),
});

export const randomExports = fc.array(
  fc.record({ resource: attributes, spans: fc.array(randomSpan, { maxLength: 4 }) }),
  {
    maxLength: 3,
  },
);

/** ExportTraceServiceRequest in protobuf. */
export function toProtobuf(groups: readonly RandomExport[]): Buffer {
  const writer = new PbfWriter();
  for (const group of groups) writer.writeMessage(1, writeGroup, group);
  return Buffer.from(writer.finish());
}

function writeGroup({ resource, spans }: RandomExport, pbf: PbfWriter): void {
  pbf.writeMessage(1, writePairs, { field: 1, pairs: resource });
  pbf.writeMessage(
    2,
    (all: readonly RandomSpan[], scope: PbfWriter) => {
      for (const span of all) scope.writeMessage(2, writeSpan, span);
    },
    spans,
  );
}

function writeSpan(span: RandomSpan, pbf: PbfWriter): void {
  pbf.writeBytesField(1, span.traceId);
  pbf.writeBytesField(2, span.spanId);
  writeText(pbf, 3, "state");
  pbf.writeBytesField(4, span.parentSpanId);
  writeText(pbf, 5, span.name);
  pbf.writeVarintField(6, span.kind);
  writeFixed64(pbf, 7, span.startNs);
  writeFixed64(pbf, 8, span.startNs + span.durationNs);
  writePairs({ field: 9, pairs: span.attributes }, pbf);
  pbf.writeVarintField(10, 3);
  for (const event of span.events) {
    pbf.writeMessage(
      11,
      (_: unknown, out: PbfWriter) => {
        writeFixed64(out, 1, span.startNs + event.afterNs);
        writeText(out, 2, event.name);
        writePairs({ field: 3, pairs: event.attributes }, out);
      },
      null,
    );
  }
  for (const link of span.links) {
    pbf.writeMessage(
      13,
      (_: unknown, out: PbfWriter) => {
        out.writeBytesField(1, link.traceId);
        out.writeBytesField(2, link.spanId);
      },
      null,
    );
  }
  pbf.writeMessage(15, (code: number, out: PbfWriter) => out.writeVarintField(3, code), span.statusCode);
  pbf.writeFixed32Field(16, 257);
}

/** Text through Node: the library's own writer gets some characters beyond U+FFFF wrong. */
function writeText(pbf: PbfWriter, field: number, text: string): void {
  pbf.writeBytesField(field, Buffer.from(text));
}

function writeFixed64(pbf: PbfWriter, field: number, value: bigint): void {
  pbf.writeVarint(field * 8 + 1);
  pbf.writeFixed32(Number(BigInt.asUintN(32, value)));
  pbf.writeFixed32(Number(BigInt.asUintN(32, value >> 32n)));
}

function writePairs(
  { field, pairs }: { field: number; pairs: readonly [string, RandomValue][] },
  pbf: PbfWriter,
): void {
  for (const pair of pairs) pbf.writeMessage(field, writePair, pair);
}

function writePair([key, value]: [string, RandomValue], pbf: PbfWriter): void {
  writeText(pbf, 1, key);
  pbf.writeMessage(2, writeValue, value);
}

function writeValue(value: RandomValue, pbf: PbfWriter): void {
  if (typeof value === "string") writeText(pbf, 1, value);
  else if (typeof value === "boolean") pbf.writeBooleanField(2, value);
  else if (typeof value === "number") {
    if (Number.isInteger(value)) pbf.writeVarintField(3, value);
    else pbf.writeDoubleField(4, value);
  } else if (Array.isArray(value)) {
    pbf.writeMessage(
      5,
      (members: RandomValue[], out: PbfWriter) => {
        for (const member of members) out.writeMessage(1, writeValue, member);
      },
      value,
    );
  } else pbf.writeMessage(6, writePairs, { field: 1, pairs: value.map });
}

/** What a decoder should make of an export: plain data. */
export function plain(groups: readonly RandomExport[]): unknown {
  return groups.map(({ resource, spans }) => ({
    resource: plainPairs(resource),
    spans: spans.map((span) => ({
      traceId: hex(span.traceId),
      spanId: hex(span.spanId),
      parentSpanId: hex(span.parentSpanId),
      name: span.name,
      kind: span.kind,
      start: span.startNs,
      end: span.startNs + span.durationNs,
      statusCode: span.statusCode,
      attributes: plainPairs(span.attributes),
      events: span.events.map(({ name, afterNs, attributes: pairs }) => ({
        name,
        time: span.startNs + afterNs,
        attributes: plainPairs(pairs),
      })),
      links: span.links.map((link) => ({ traceId: hex(link.traceId), spanId: hex(link.spanId) })),
    })),
  }));
}

function plainPairs(pairs: readonly [string, RandomValue][]): unknown {
  return pairs.map(([key, value]) => [key, plainValue(value)]);
}

function plainValue(value: RandomValue): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  return typeof value === "object"
    ? Object.fromEntries(value.map.map(([key, held]) => [key, plainValue(held)]))
    : value;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** ExportTraceServiceRequest in JSON; `style` is how lax exporters write it. */
export function toJson(groups: readonly RandomExport[], style: "camel" | "snake"): Buffer {
  const name = (camel: string): string =>
    style === "camel" ? camel : camel.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const key = (camel: string, value: unknown) => ({ [name(camel)]: value });
  const ids = (bytes: Uint8Array): unknown => (style === "camel" ? hex(bytes) : hex(bytes).toUpperCase());
  const value = (held: RandomValue): unknown => {
    if (typeof held === "string") return key("stringValue", held);
    if (typeof held === "boolean") return key("boolValue", held);
    if (typeof held === "number") {
      return Number.isInteger(held)
        ? key("intValue", style === "camel" ? String(held) : held)
        : key("doubleValue", held);
    }
    if (Array.isArray(held)) return key("arrayValue", { values: held.map(value) });
    return key("kvlistValue", { values: pairs(held.map) });
  };
  const pairs = (all: readonly [string, RandomValue][]) => all.map(([k, v]) => ({ key: k, value: value(v) }));
  const span = (one: RandomSpan) => ({
    ...key("traceId", ids(one.traceId)),
    ...key("spanId", ids(one.spanId)),
    ...key("parentSpanId", ids(one.parentSpanId)),
    name: one.name,
    kind: one.kind,
    ...key("startTimeUnixNano", String(one.startNs)),
    ...key("endTimeUnixNano", String(one.startNs + one.durationNs)),
    attributes: pairs(one.attributes),
    events: one.events.map((event) => ({
      name: event.name,
      ...key("timeUnixNano", String(one.startNs + event.afterNs)),
      attributes: pairs(event.attributes),
    })),
    links: one.links.map((link) => ({ ...key("traceId", ids(link.traceId)), ...key("spanId", ids(link.spanId)) })),
    status: { code: one.statusCode },
    unknown: { ignored: true },
  });
  const body = key(
    "resourceSpans",
    groups.map((group) => ({
      resource: { attributes: pairs(group.resource) },
      ...key("scopeSpans", [{ scope: { name: "test" }, spans: group.spans.map(span) }]),
    })),
  );
  return Buffer.from(JSON.stringify(body));
}

/** Names of all spans by a library's reader: throws where the bytes are not protobuf. */
export function oracleSpanNames(body: Uint8Array): string[] {
  const names: string[] = [];
  new PbfReader(body).readFields((field, _, pbf) => {
    if (field === 1 && pbf.type === 2) pbf.readMessage(readOracleGroup, names);
  }, null);
  return names;
}

function readOracleGroup(field: number, names: string[], pbf: PbfReader): void {
  if ((field !== 2 && field !== 1000) || pbf.type !== 2) return;
  pbf.readMessage((inner, all: string[], scope) => {
    if (inner !== 2 || scope.type !== 2) return;
    const span = { name: "" };
    scope.readMessage((member, target: { name: string }, out) => {
      if (member === 5 && out.type === 2) target.name = Buffer.from(out.readBytes()).toString();
    }, span);
    all.push(span.name);
  }, names);
}
