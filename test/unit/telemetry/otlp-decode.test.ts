/** The decoders against exports from an independent writer, against each other, and against hostile bytes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeJsonLogs, decodeJsonTraces } from "@/server/telemetry/otlp/decode-json";
import { decodeLogs, decodeTraces } from "@/server/telemetry/otlp/decode-protobuf";
import type { Attributes, Instant, ResourceSpans } from "@/server/telemetry/otlp/span";
import { OtlpDecodeError } from "@/server/telemetry/otlp/span";
import { oracleSpanNames, plain, randomExports, toJson, toProtobuf } from "./otlp-arbitraries";

/** Bodies per fuzz test; `FUZZ_BODIES=100000` for a long run. */
const BODIES = Number(process.env["FUZZ_BODIES"] ?? 3_000);

function asPlain(groups: readonly ResourceSpans[]): unknown {
  return groups.map(({ resource, spans }) => ({
    resource: pairs(resource),
    spans: spans.map((span) => ({
      traceId: span.traceId.toString("hex"),
      spanId: span.spanId.toString("hex"),
      parentSpanId: span.parentSpanId.toString("hex"),
      name: span.name,
      kind: span.kind,
      start: nanoseconds(span.start),
      end: nanoseconds(span.end),
      statusCode: span.statusCode,
      attributes: pairs(span.attributes),
      events: span.events.map((event) => ({
        name: event.name,
        time: nanoseconds(event.time),
        attributes: pairs(event.attributes),
      })),
      links: span.links.map((link) => ({ traceId: link.traceId.toString("hex"), spanId: link.spanId.toString("hex") })),
    })),
  }));
}

function pairs({ keys, values }: Attributes): unknown {
  return keys.map((key, index) => [key, values[index]]);
}

function nanoseconds({ ms, ns }: Instant): bigint {
  return BigInt(ms) * 1_000_000n + BigInt(ns);
}

describe("an export", () => {
  test("in protobuf is decoded to the nanosecond and the last attribute", () => {
    fc.assert(
      fc.property(randomExports, (groups) => {
        expect(asPlain(decodeTraces(toProtobuf(groups)))).toEqual(plain(groups));
      }),
      { numRuns: 300 },
    );
  });

  test.each(["camel", "snake"] as const)("in JSON with %s-case keys is decoded to the same", (style) => {
    fc.assert(
      fc.property(randomExports, (groups) => {
        expect(asPlain(decodeJsonTraces(toJson(groups, style)))).toEqual(plain(groups));
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    ["the largest integer", 9_223_372_036_854_775_807n, "9223372036854775807"],
    ["the smallest integer", -9_223_372_036_854_775_808n, "-9223372036854775808"],
    ["minus one", -1n, -1],
    ["2^53 − 1", 9_007_199_254_740_991n, 9_007_199_254_740_991],
    ["2^53", 9_007_199_254_740_992n, "9007199254740992"],
  ])("holds %s without rounding", (_, integer, expected) => {
    const value = Buffer.from([0x18, ...varint(BigInt.asUintN(64, integer))]);
    const pair = message(1, Buffer.concat([message(1, Buffer.from("k")), message(2, value)]));
    const [group] = decodeTraces(message(1, message(1, pair)));
    expect(group?.resource.values).toEqual([expected]);
  });

  test("may have its ids as arrays of bytes, and its enums by name", () => {
    const span = {
      traceId: Array(16).fill(7),
      spanId: [1, 2, 3, 4, 5, 6, 7, 8],
      kind: "SPAN_KIND_CLIENT",
      status: { code: "STATUS_CODE_ERROR" },
    };
    const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }));
    const [found] = decodeJsonTraces(body)[0]?.spans ?? [];
    expect(found?.traceId.toString("hex")).toBe("07".repeat(16));
    expect([found?.kind, found?.statusCode]).toEqual([3, 2]);
  });
});

/** Whatever the bytes are: a result, or an error that says the body is wrong. Never anything else. */
function survives(decode: (body: Buffer) => unknown, body: Buffer): boolean {
  try {
    decode(body);
    return true;
  } catch (error) {
    if (!(error instanceof OtlpDecodeError)) throw error;
    return false;
  }
}

describe("hostile bytes", () => {
  const damaged = fc
    .tuple(randomExports, fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 8 }), fc.nat())
    .map(([groups, changes, cut]) => {
      const body = toProtobuf(groups);
      for (const [at, byte] of changes) if (body.length > 0) body[at % body.length] = byte;
      return cut % 3 === 0 ? body.subarray(0, cut % (body.length + 1)) : body;
    });

  test("that were an export are decoded or refused, as a library does", () => {
    let decoded = 0;
    fc.assert(
      fc.property(damaged, (body) => {
        survives(decodeLogs, body);
        if (!survives(decodeTraces, body)) return;
        decoded += 1;
        // What was accepted is protobuf to the library too, with the same spans.
        const names = decodeTraces(body).flatMap((group) => group.spans.map((span) => span.name));
        expect(oracleSpanNames(body)).toEqual(names);
      }),
      { numRuns: BODIES, endOnFailure: true },
    );
    expect(decoded).toBeGreaterThan(BODIES / 20);
  });

  test("of any kind are decoded or refused", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const decode of [decodeTraces, decodeLogs, decodeJsonTraces, decodeJsonLogs]) {
          expect(survives(decode, Buffer.from(bytes))).toBeTypeOf("boolean");
        }
      }),
      { numRuns: BODIES, endOnFailure: true },
    );
  });

  test("that are JSON of another shape are decoded or refused", () => {
    const shape = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.jsonValue({ maxDepth: 1 }),
        fc.array(tie("any"), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            "resourceSpans",
            "resource",
            "scopeSpans",
            "spans",
            "attributes",
            "key",
            "value",
            "arrayValue",
            "kvlistValue",
            "values",
            "traceId",
            "events",
            "links",
            "status",
            "__proto__",
            "constructor",
            "resourceLogs",
            "scopeLogs",
            "logRecords",
          ),
          tie("any"),
          { maxKeys: 4 },
        ),
      ),
    })).any;
    fc.assert(
      fc.property(shape, (value) => {
        const body = Buffer.from(JSON.stringify(value) ?? "null");
        expect(survives(decodeJsonTraces, body)).toBeTypeOf("boolean");
        expect(survives(decodeJsonLogs, body)).toBeTypeOf("boolean");
      }),
      { numRuns: BODIES, endOnFailure: true },
    );
  });

  test.each([
    ["a length beyond the body", Buffer.from([0x0a, 0x7f, 0x00])],
    ["a length beyond its message", message(1, Buffer.from([0x0a, 0x20]))],
    ["a varint without end", Buffer.alloc(40, 0xff)],
    ["a group", Buffer.from([0x0b])],
    ["field number 0", Buffer.from([0x02, 0x00])],
    ["the end in a fixed number", message(1, message(2, message(2, Buffer.from([0x39, 1, 2]))))],
  ])("with %s are refused", (_, body) => {
    expect(() => decodeTraces(body)).toThrow(OtlpDecodeError);
  });

  test("nested a thousand deep are refused, not recursed into", () => {
    let value: Buffer = Buffer.alloc(0);
    for (let i = 0; i < 1_000; i++) value = message(5, message(1, value));
    const pair = message(1, Buffer.concat([message(1, Buffer.from("k")), message(2, value)]));
    expect(() => decodeTraces(message(1, message(1, pair)))).toThrow(/nested/);
    const json = `${'{"arrayValue":{"values":['.repeat(1_000)}${"]}}".repeat(1_000)}`;
    const body = `{"resourceSpans":[{"resource":{"attributes":[{"key":"k","value":${json}}]}}]}`;
    expect(() => decodeJsonTraces(Buffer.from(body))).toThrow(/nested/);
  });
});

function message(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([...varint(BigInt(field * 8 + 2)), ...varint(BigInt(content.length))]), content]);
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}
