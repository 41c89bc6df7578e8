/** Exports that real client libraries have sent, see `test/fixtures/emitters/README.md`, and the requests they become. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { examine } from "@/server/telemetry/doctor/examine";
import { mapTraces, type MappedExport } from "@/server/telemetry/mapper/map-traces";
import { decodeJsonTraces } from "@/server/telemetry/otlp/decode-json";
import { decodeTraces } from "@/server/telemetry/otlp/decode-protobuf";
import { NOTHING_KNOWN, sourcesOf } from "./mapper-support";

const RECORDED_MS = Date.parse("2026-11-24T14:30:00.000Z");

function mapRecorded(file: string): MappedExport {
  const body = readFileSync(`test/fixtures/emitters/${file}`);
  const groups = file.endsWith(".json") ? decodeJsonTraces(body) : decodeTraces(body);
  return mapTraces(groups, { facts: NOTHING_KNOWN, nowMs: RECORDED_MS });
}

/** What all of them were asked and answered; see there. */
const CALL = {
  application: "deploy-assistant",
  track: "control",
  status: "ok",
  inputTokens: 21,
  outputTokens: 9,
  responseId: "chatcmpl-Bq7xPz",
};

const RECORDED: [string, { request: object; sources: Record<string, string>; spans: number }][] = [
  [
    "opentelemetry-python.pb",
    {
      spans: 1,
      request: { ...CALL, releaseId: "698df6d7ad", requestId: "chatcmpl-Bq7xPz" },
      sources: {
        releaseId: "switchback.release.id",
        provider: "gen_ai.system",
        modelRequested: "gen_ai.request.model",
        modelServed: "gen_ai.response.model",
        inputTokens: "gen_ai.usage.input_tokens",
        outputTokens: "gen_ai.usage.output_tokens",
        responseId: "gen_ai.response.id",
      },
    },
  ],
  [
    "openllmetry-python.pb",
    {
      spans: 1,
      request: { ...CALL, releaseId: "698df6d7ad", subject: subjectHash("user-7"), ttftSide: "client" },
      sources: {
        provider: "gen_ai.provider.name",
        streaming: "gen_ai.is_streaming",
        subject: "gen_ai.user",
        cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
        finishReason: "gen_ai.response.finish_reasons",
      },
    },
  ],
  [
    "openllmetry-js.pb",
    {
      spans: 1,
      request: { ...CALL, releaseId: null, ttftUs: null },
      sources: { provider: "gen_ai.provider.name", operation: "gen_ai.operation.name", appVersion: "service.version" },
    },
  ],
  [
    "litellm.pb",
    {
      // The second one holds what was sent on to the provider: no request of its own.
      spans: 2,
      request: { ...CALL, requestId: "5a1f7051-9aa6-40b3-b3e9-77a33769e77e", costNanoUsd: 132_500 },
      sources: {
        requestId: "litellm.call_id",
        costUsd: "gen_ai.cost.total_cost",
        modelServed: "gen_ai.response.model",
        streaming: "llm.is_streaming",
        subject: "llm.user",
      },
    },
  ],
  [
    "openlit.pb",
    {
      // The other one is the HTTP call that the chat makes.
      spans: 2,
      request: {
        ...CALL,
        releaseId: "698df6d7ad",
        requestId: "chatcmpl-Bq7xPz",
        subject: subjectHash("user-7"),
        costNanoUsd: 142_500,
        ttftUs: 6_572,
        // It is measured by the client, but sent as the server's: that is what it says.
        ttftSide: "server",
      },
      sources: {
        releaseId: "switchback.release.id",
        environment: "deployment.environment",
        provider: "gen_ai.provider.name",
        modelServed: "gen_ai.response.model",
        serverTtftMs: "gen_ai.server.time_to_first_token",
        costUsd: "gen_ai.usage.cost",
        cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
        cacheWriteTokens: "gen_ai.usage.cache_creation.input_tokens",
        streaming: "gen_ai.request.stream",
        subject: "gen_ai.request.user",
        finishReason: "gen_ai.response.finish_reasons",
      },
    },
  ],
  [
    "vercel-ai-sdk.pb",
    {
      // The agent and its step around the call.
      spans: 3,
      request: { ...CALL, ttftUs: 123_916, ttftSide: "client" },
      sources: {
        ttftMs: "gen_ai.client.operation.time_to_first_chunk",
        cacheReadTokens: "gen_ai.usage.cache_read.input_tokens",
        finishReason: "gen_ai.response.finish_reasons",
      },
    },
  ],
  [
    "langfuse.json",
    {
      spans: 1,
      request: {
        ...CALL,
        responseId: null,
        releaseId: "698df6d7ad",
        subject: subjectHash("user-7"),
        costNanoUsd: 2_100_000,
        ttftSide: "client",
      },
      sources: {
        releaseId: "langfuse.trace.metadata.release_id",
        releaseLabel: "langfuse.release",
        environment: "langfuse.environment",
        promptName: "langfuse.observation.prompt.name",
        promptVersion: "langfuse.observation.prompt.version",
        modelServed: "langfuse.observation.model.name",
        completionStart: "langfuse.observation.completion_start_time",
        inputTokens: "langfuse.observation.usage_details.input",
        outputTokens: "langfuse.observation.usage_details.output",
        costUsd: "langfuse.observation.cost_details.total",
        session: "session.id",
        subject: "user.id",
      },
    },
  ],
];

test("what OpenLIT logs beside its spans is told to be logs, of which none is a score", () => {
  const body = readFileSync("test/fixtures/emitters/openlit-logs.pb");
  expect(examine(body, { facts: NOTHING_KNOWN, nowMs: RECORDED_MS, maxBytes: 1e6 })).toMatchObject({
    form: "OTLP logs, protobuf",
    counts: { passed_over: 1 },
    records: [{ title: "gen_ai.client.inference.operation.details" }],
  });
});

test.each(RECORDED.map(([file]) => file))("the doctor can read every value that a field takes from %s", (file) => {
  const body = readFileSync(`test/fixtures/emitters/${file}`);
  const { records } = examine(body, { facts: NOTHING_KNOWN, nowMs: RECORDED_MS, maxBytes: 1e6 });
  // Without a key it is about the whole record: one of LiteLLM's attributes is too long to be kept.
  expect(records.flatMap(({ problems }) => problems).filter(({ key }) => key !== null)).toEqual([]);
});

describe.each(RECORDED)("%s", (file, expected) => {
  test("is one request, field by field", () => {
    const { requests, spans, refused } = mapRecorded(file);
    expect([spans, [...refused]]).toEqual([expected.spans, []]);
    expect(requests).toMatchObject([expected.request]);
    const [request] = requests;
    if (request === undefined) throw new Error("no request");
    expect(sourcesOf(request)).toMatchObject(expected.sources);
    expect(request.ttftUs ?? 0).toBeLessThan(request.durationUs ?? 0);
  });

  test("leaves neither what was asked and answered nor whom it was for in what is stored", () => {
    const stored = JSON.stringify(mapRecorded(file).requests);
    for (const text of ["When do we deploy", "Deploy at noon", "user-7"]) expect(stored).not.toContain(text);
  });
});
