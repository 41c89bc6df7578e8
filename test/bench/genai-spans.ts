/** GenAI spans as gateways send them, about 25 attributes each, in OTLP protobuf and JSON; reproducible from a seed. */
import { PbfWriter } from "pbf";

export type SpanAttribute = [key: string, value: string | number | boolean];

/** One span before encoding. */
export interface BenchSpan {
  traceId: Buffer;
  spanId: Buffer;
  startNs: bigint;
  durationNs: bigint;
  isError: boolean;
  attributes: SpanAttribute[];
}

export const RESOURCE: SpanAttribute[] = [
  ["service.name", "deploy-assistant"],
  ["service.version", "2.4.1"],
  ["service.instance.id", "gateway-7f9c2ba4e88f"],
  ["deployment.environment.name", "production"],
  ["cloud.region", "us-west"],
  ["telemetry.sdk.name", "opentelemetry"],
];

const RELEASES = ["698df6d7ad", "f91be2a454"] as const;
const REGIONS = ["us-west", "us-east", "eu-central", "ap-south"] as const;
const MODELS = ["gpt-5-mini", "claude-haiku-4-5", "gemini-3-flash"] as const;

/** A small generator of pseudo-random numbers in [0, 1): the same seed gives the same spans. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Spans that start within the second before `nowMs`. */
export function benchSpans(count: number, nowMs: number, random: () => number): BenchSpan[] {
  return Array.from({ length: count }, () => benchSpan(nowMs, random));
}

function benchSpan(nowMs: number, random: () => number): BenchSpan {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const isCanary = random() < 0.1;
  const durationMs = 400 * Math.exp(random() * 2);
  const model = pick(MODELS);
  const isError = random() < 0.01;
  return {
    traceId: bytes(16, random),
    spanId: bytes(8, random),
    startNs: BigInt(Math.floor(nowMs - durationMs - random() * 1000)) * 1_000_000n + BigInt(Math.floor(random() * 1e6)),
    durationNs: BigInt(Math.floor(durationMs * 1e6)),
    isError,
    attributes: [
      ["gen_ai.operation.name", "chat"],
      ["gen_ai.provider.name", pick(["openai", "anthropic", "gcp.gemini"])],
      ["gen_ai.request.model", model],
      ["gen_ai.response.model", `${model}-2026-03-01`],
      ["gen_ai.response.id", `chatcmpl-${base62(29, random)}`],
      ["gen_ai.request.temperature", 0.2],
      ["gen_ai.request.max_tokens", 1024],
      ["gen_ai.request.top_p", 0.95],
      ["gen_ai.request.stream", true],
      ["gen_ai.response.finish_reasons", "stop"],
      ["gen_ai.usage.input_tokens", Math.floor(200 + random() * 2000)],
      ["gen_ai.usage.output_tokens", Math.floor(20 + random() * 500)],
      ["gen_ai.usage.cache_read.input_tokens", 128],
      ["gen_ai.response.time_to_first_chunk", Math.round(durationMs * 0.3 * 1000) / 1e6],
      ["gen_ai.prompt.name", "deploy"],
      ["gen_ai.prompt.version", "2.4.1"],
      ["server.address", "api.openai.com"],
      ["server.port", 443],
      ["switchback.release.id", RELEASES[isCanary ? 1 : 0]],
      ["switchback.track", isCanary ? "canary" : "control"],
      ["cloud.region", pick(REGIONS)],
      ["switchback.tenant", `tenant-${Math.floor(random() * 10)}`],
      ["user.id", `user-${Math.floor(random() * 50_000)}`],
      ["litellm.cost.total", Math.round(random() * 4000) / 1e6],
      ...(isError ? [["error.type", "timeout"] as SpanAttribute] : []),
    ],
  };
}

function bytes(length: number, random: () => number): Buffer {
  return Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function base62(length: number, random: () => number): string {
  return Array.from({ length }, () => BASE62[Math.floor(random() * 62)]).join("");
}

/** An ExportTraceServiceRequest. */
export function encodeProtobuf(spans: readonly BenchSpan[]): Buffer {
  const writer = new PbfWriter();
  writer.writeMessage(
    1,
    (_: unknown, resourceSpans: PbfWriter) => {
      resourceSpans.writeMessage(1, (_resource: unknown, pbf: PbfWriter) => writeAttributes(pbf, 1, RESOURCE), null);
      resourceSpans.writeMessage(
        2,
        (_scope: unknown, pbf: PbfWriter) => {
          for (const span of spans) pbf.writeMessage(2, writeSpan, span);
        },
        null,
      );
    },
    null,
  );
  return Buffer.from(writer.finish());
}

function writeSpan(span: BenchSpan, pbf: PbfWriter): void {
  pbf.writeBytesField(1, span.traceId);
  pbf.writeBytesField(2, span.spanId);
  pbf.writeStringField(5, "chat");
  pbf.writeVarintField(6, 3);
  writeFixed64(pbf, 7, span.startNs);
  writeFixed64(pbf, 8, span.startNs + span.durationNs);
  writeAttributes(pbf, 9, span.attributes);
  if (span.isError) pbf.writeMessage(15, (_: unknown, status: PbfWriter) => status.writeVarintField(3, 2), null);
}

function writeFixed64(pbf: PbfWriter, field: number, value: bigint): void {
  // Tag and eight bytes, low word first: pbf's own method takes a double, which loses nanoseconds.
  pbf.writeVarint(field * 8 + 1);
  pbf.writeFixed32(Number(value & 0xffffffffn));
  pbf.writeFixed32(Number(value >> 32n));
}

function writeAttributes(pbf: PbfWriter, field: number, attributes: readonly SpanAttribute[]): void {
  for (const attribute of attributes) pbf.writeMessage(field, writeAttribute, attribute);
}

function writeAttribute([key, value]: SpanAttribute, pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeMessage(2, writeValue, value);
}

function writeValue(value: string | number | boolean, pbf: PbfWriter): void {
  if (typeof value === "string") pbf.writeStringField(1, value);
  else if (typeof value === "boolean") pbf.writeBooleanField(2, value);
  else if (Number.isInteger(value)) pbf.writeVarintField(3, value);
  else pbf.writeDoubleField(4, value);
}

/** The same as OTLP JSON. */
export function encodeJson(spans: readonly BenchSpan[]): Buffer {
  const attribute = ([key, value]: SpanAttribute) => ({
    key,
    value:
      typeof value === "string"
        ? { stringValue: value }
        : typeof value === "boolean"
          ? { boolValue: value }
          : Number.isInteger(value)
            ? { intValue: String(value) }
            : { doubleValue: value },
  });
  return Buffer.from(
    JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes: RESOURCE.map(attribute) },
          scopeSpans: [
            {
              spans: spans.map((span) => ({
                traceId: span.traceId.toString("hex"),
                spanId: span.spanId.toString("hex"),
                name: "chat",
                kind: 3,
                startTimeUnixNano: String(span.startNs),
                endTimeUnixNano: String(span.startNs + span.durationNs),
                attributes: span.attributes.map(attribute),
                status: span.isError ? { code: 2 } : {},
              })),
            },
          ],
        },
      ],
    }),
  );
}
