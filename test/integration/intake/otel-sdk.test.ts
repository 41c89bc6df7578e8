/** The real OpenTelemetry SDK's exporters as clients: what they send is understood, and what they get they understand. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { OTLPTraceExporter as JsonExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { NodeTracerProvider, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-node";
import { INGEST_TOKEN, runIntake, type RunningIntake } from "./intake-support";
import { NOW_MS } from "./storage-support";

let intake: RunningIntake;
beforeAll(async () => {
  intake = await runIntake();
});
afterAll(async () => {
  await intake.stop();
});

const headers = { authorization: `Bearer ${INGEST_TOKEN}` };
type Compression = NonNullable<NonNullable<ConstructorParameters<typeof ProtobufExporter>[0]>["compression"]>;
/** The SDK's enum, which is not exported where it is used. */
const COMPRESSIONS = ["none", "gzip"] as Compression[];
const EXPORTERS: [string, (url: string, compression: Compression) => SpanExporter][] = [
  ["protobuf", (url, compression) => new ProtobufExporter({ url, headers, compression })],
  ["JSON", (url, compression) => new JsonExporter({ url, headers, compression })],
];

describe.each(EXPORTERS)("the SDK's %s exporter", (_, exporterOf) => {
  test.each(COMPRESSIONS)("with compression %s delivers a chat span as a request", async (compression) => {
    const exporter = exporterOf(`${intake.url}/v1/traces`, compression);
    const results: { code: number; error?: Error }[] = [];
    const observed: SpanExporter = {
      export: (spans, done) => exporter.export(spans, (result) => (results.push(result), done(result))),
      shutdown: async () => exporter.shutdown(),
    };
    const provider = new NodeTracerProvider({
      resource: resourceFromAttributes({
        "service.name": "Deploy Assistant",
        "service.version": "2.4.1",
        "cloud.region": "us-west",
      }),
      spanProcessors: [new SimpleSpanProcessor(observed)],
    });
    const tracer = provider.getTracer("gateway");
    const startTime = NOW_MS - 3_000;
    const agent = tracer.startSpan("invoke_agent", {
      startTime,
      attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "gpt" },
    });
    const chat = tracer.startSpan("chat gpt-5-mini", {
      kind: SpanKind.CLIENT,
      startTime,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-5-mini",
        "gen_ai.response.model": "gpt-5-mini-2026-03-01",
        "gen_ai.usage.input_tokens": 512,
        "gen_ai.usage.output_tokens": 88,
        "gen_ai.response.time_to_first_chunk": 0.412,
        "switchback.release.id": "698df6d7ad",
        "switchback.track": "canary",
        "user.id": "tenant-42:conversation-9",
        "gen_ai.input.messages": "secret text",
      },
    });
    chat.setStatus({ code: SpanStatusCode.ERROR });
    chat.addEvent(
      "gen_ai.evaluation.result",
      { "gen_ai.evaluation.name": "Groundedness", "gen_ai.evaluation.score.value": 0.9 },
      NOW_MS,
    );
    chat.end(startTime + 1_800);
    agent.end(startTime + 2_000);
    await provider.forceFlush();
    await provider.shutdown();
    expect(results.map((result) => result.error)).toEqual([undefined, undefined]);
    const { traceId, spanId } = chat.spanContext();
    const found = intake.reader.findRequest({ requestId: `${traceId}-${spanId}` });
    expect(found).toMatchObject({
      application: "deploy-assistant",
      releaseId: "698df6d7ad",
      releaseSource: "explicit",
      track: "canary",
      region: "us-west",
      timeMs: startTime,
      durationMs: 1_800,
      ttftMs: 412,
      ttftSide: "client",
      inputTokens: 512,
      outputTokens: 88,
      status: "error",
      subjectHash: "776818c111dc3ecb",
      scores: [{ name: "groundedness", value: 0.9 }],
    });
    expect(found?.attributes).toMatchObject({
      "gen_ai.response.model": "gpt-5-mini-2026-03-01",
      "service.version": "2.4.1",
    });
    expect(JSON.stringify(found)).not.toContain("secret text");
    expect(JSON.stringify(found)).not.toContain("tenant-42");
    expect(intake.reader.findRequest({ requestId: `${traceId}-${agent.spanContext().spanId}` })).toBeUndefined();
  });
});
