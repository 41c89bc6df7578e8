/** One span of each common emitter, as its code writes it, and the request it becomes. */
import { describe, expect, test } from "vitest";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { mapOne, type Attributes } from "./mapper-support";

/** Attributes of a span that is a request and tells nothing else. */
const CHAT: Attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" };

describe("emitters", () => {
  test.each<[string, Attributes, Record<string, unknown>]>([
    [
      "GenAI conventions up to 1.36",
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.response.model": "gpt-4o-2024-08-06",
        "gen_ai.response.id": "chatcmpl-1",
        "gen_ai.usage.prompt_tokens": 100,
        "gen_ai.usage.completion_tokens": 20,
      },
      { requestId: "chatcmpl-1", responseId: "chatcmpl-1", inputTokens: 100, outputTokens: 20 },
    ],
    [
      "GenAI conventions 1.37 to 1.41",
      {
        "gen_ai.operation.name": "generate_content",
        "gen_ai.provider.name": "gcp.gemini",
        "gen_ai.request.model": "gemini-3-flash",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 20,
        "gen_ai.usage.cache_read.input_tokens": 64,
        "gen_ai.usage.reasoning.output_tokens": 7,
        "gen_ai.request.stream": true,
        "gen_ai.response.time_to_first_chunk": 0.412,
      },
      { inputTokens: 100, outputTokens: 20, reasoningTokens: 7, ttftUs: 412_000, ttftSide: "client" },
    ],
    [
      "OpenInference",
      {
        "openinference.span.kind": "LLM",
        "llm.model_name": "gpt-4o",
        "llm.token_count.prompt": 100,
        "llm.token_count.completion": 20,
        "llm.token_count.completion_details.reasoning": 7,
        "llm.cost.total": 0.0012,
        "session.id": "s-1",
        "user.id": "u-1",
        metadata: '{"release_id":"698df6d7ad","region":"eu","tenant":"acme"}',
      },
      {
        releaseId: "698df6d7ad",
        releaseSource: "explicit",
        region: "eu",
        tenant: "acme",
        inputTokens: 100,
        reasoningTokens: 7,
        costNanoUsd: 1_200_000,
        subject: subjectHash("u-1"),
      },
    ],
    [
      "OpenLLMetry",
      {
        "llm.request.type": "chat",
        "gen_ai.system": "Anthropic",
        "gen_ai.request.model": "claude",
        "gen_ai.usage.reasoning_tokens": 7,
        "llm.usage.prompt_tokens": 100,
        "llm.usage.completion_tokens": 20,
        "traceloop.association.properties.user_id": "u-1",
        "traceloop.association.properties.customer_id": "acme",
        "traceloop.association.properties.release_id": "698df6d7ad",
      },
      { releaseId: "698df6d7ad", tenant: "acme", subject: subjectHash("u-1"), inputTokens: 100, reasoningTokens: 7 },
    ],
    [
      "LiteLLM 2",
      {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "fast",
        "litellm.provider.model": "gpt-5-mini",
        "litellm.call_id": "7f9c2ba4-e88f-427d-b1f4-9a3d5c0e6a11",
        "litellm.cost.total": 0.00042,
        "litellm.team.id": "team-7",
        "litellm.metadata.release_id": "698df6d7ad",
        "litellm.metadata.lane": "canary",
        "gen_ai.response.time_to_first_chunk": 0.25,
      },
      {
        requestId: "7f9c2ba4-e88f-427d-b1f4-9a3d5c0e6a11",
        releaseId: "698df6d7ad",
        track: "canary",
        tenant: "team-7",
        costNanoUsd: 420_000,
        ttftUs: 250_000,
      },
    ],
    [
      "LiteLLM 1, metadata as Python writes it",
      {
        "gen_ai.request.model": "gpt-4o",
        "llm.is_streaming": "True",
        "gen_ai.cost.total_cost": 0.002,
        "gen_ai.response.finish_reasons": '["stop"]',
        "metadata.requester_metadata":
          "{'release_id': '698df6d7ad', 'is_silent_experiment': True, 'tags': ['a', {'b': 1}], 'region': 'eu', 'x': None}",
      },
      { releaseId: "698df6d7ad", track: "shadow", region: "eu", costNanoUsd: 2_000_000 },
    ],
    [
      "vLLM",
      {
        "gen_ai.response.model": "llama",
        "gen_ai.request.id": "cmpl-9",
        "gen_ai.usage.prompt_tokens": 100,
        "gen_ai.latency.time_to_first_token": 0.08,
        "gen_ai.latency.e2e": 1.5,
      },
      { requestId: "cmpl-9", ttftUs: 80_000, ttftSide: "server", inputTokens: 100 },
    ],
    [
      "OpenLIT",
      { ...CHAT, "gen_ai.server.time_to_first_token": 0.2, "gen_ai.usage.cost": 0.01 },
      { ttftUs: 200_000, ttftSide: "server", costNanoUsd: 10_000_000 },
    ],
    [
      "the Vercel AI SDK",
      {
        "ai.operationId": "ai.streamText.doStream",
        "ai.model.id": "gpt-4o",
        "ai.response.model": "gpt-4o-2024",
        "ai.response.id": "chatcmpl-2",
        "ai.response.msToFirstChunk": 312.5,
        "ai.usage.promptTokens": 100,
        "ai.usage.completionTokens": 20,
        "ai.telemetry.metadata.userId": "u-1",
        "ai.telemetry.metadata.release_id": "698df6d7ad",
      },
      {
        requestId: "chatcmpl-2",
        ttftUs: 312_500,
        inputTokens: 100,
        releaseId: "698df6d7ad",
        subject: subjectHash("u-1"),
      },
    ],
    [
      "Langfuse",
      {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": "gpt-4o",
        "langfuse.user.id": "u-1",
        "langfuse.observation.completion_start_time": '"2026-04-10T12:00:00.300Z"',
        "langfuse.trace.metadata.release_id": "698df6d7ad",
      },
      { ttftUs: 300_000, ttftSide: "client", releaseId: "698df6d7ad", subject: subjectHash("u-1") },
    ],
  ])("%s", (_, attributes, expected) => {
    expect(mapOne(attributes)).toMatchObject(expected);
  });
});

test("what LiteLLM says of a person is kept as a hash alone", () => {
  const person = {
    "metadata.user_api_key_end_user_id": "customer-9",
    "metadata.user_api_key_user_id": "u-1",
    "metadata.user_api_key_user_email": "ada@example.org",
  };
  const request = mapOne({ ...CHAT, ...person });
  expect(request.subject).toEqual(subjectHash("customer-9"));
  for (const text of Object.values(person)) expect(JSON.stringify(request)).not.toContain(text);
});
