/** The tolerant mapper: which key feeds which field, what is a request at all, what follows from its fields. */
import { describe, expect, test } from "vitest";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { mapAll, mapOne, SERVICE, sourcesOf, START_MS, type Attributes } from "./mapper-support";

/** Attributes of a span that is a request and tells nothing else. */
const CHAT: Attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" };

/** Field, key, value sent, field of the request, value expected. */
type Row = [field: string, key: string, sent: string | number | boolean, member: string, expected: unknown];

describe("keys", () => {
  const text = (field: string, member: string, keys: string[]): Row[] =>
    keys.map((key) => [field, key, "x-1", member, "x-1"]);
  const count = (field: string, member: string, keys: string[]): Row[] => keys.map((key) => [field, key, 7, member, 7]);

  test.each<Row>([
    ...text("releaseId", "releaseId", [
      "llm.release.id",
      "switchback.release.id",
      "release.id",
      "release_id",
      "metadata.release_id",
      "metadata.releaseId",
      "langfuse.observation.metadata.release.id",
      "langsmith.metadata.release_id",
    ]),
    ...text("requestId", "requestId", [
      "switchback.request.id",
      "litellm.call_id",
      "gen_ai.request.id",
      "http.request.header.x-request-id",
      "metadata.request_id",
    ]),
    ...text("responseId", "responseId", ["gen_ai.response.id", "ai.response.id", "llm.response.id"]),
    ...text("region", "region", ["cloud.region", "metadata.region"]),
    ...text("errorType", "errorType", ["error.type", "exception.type", "litellm.provider.error.code"]),
    ...count("inputTokens", "inputTokens", [
      "gen_ai.usage.input_tokens",
      "gen_ai.usage.prompt_tokens",
      "llm.token_count.prompt",
      "llm.usage.prompt_tokens",
      "ai.usage.inputTokens",
      "ai.usage.promptTokens",
    ]),
    ...count("outputTokens", "outputTokens", [
      "gen_ai.usage.output_tokens",
      "gen_ai.usage.completion_tokens",
      "llm.token_count.completion",
      "llm.usage.completion_tokens",
      "ai.usage.outputTokens",
      "ai.usage.completionTokens",
    ]),
    ...count("reasoningTokens", "reasoningTokens", [
      "gen_ai.usage.reasoning.output_tokens",
      "gen_ai.usage.reasoning_tokens",
      "llm.usage.reasoning_tokens",
      "llm.token_count.completion_details.reasoning",
      "ai.usage.reasoningTokens",
    ]),
    ...["litellm.cost.total", "gen_ai.usage.cost", "gen_ai.cost.total_cost", "llm.cost.total"].map((key): Row => [
      "costUsd",
      key,
      0.5,
      "costNanoUsd",
      5e8,
    ]),
    ...["llm.release.track", "llm.release.lane", "switchback.track", "feature_flag.variant", "metadata.arm"].map(
      (key): Row => ["track", key, "canary", "track", "canary"],
    ),
    ...[
      "user.id",
      "langfuse.user.id",
      "enduser.id",
      "gen_ai.user",
      "gen_ai.request.user",
      "llm.user",
      "litellm.end_user.id",
    ].map((key): Row => ["subject", key, "u", "subject", subjectHash("u")]),
    ["ttftMs", "time_to_first_token_ms", 150, "ttftUs", 150_000],
    ["ttftMs", "ttft_ms", 150, "ttftUs", 150_000],
    ["ttftMs", "ai.stream.msToFirstChunk", 150, "ttftUs", 150_000],
    ["toxic", "switchback.toxic", true, "toxic", true],
    ["refused", "switchback.refused", "False", "refused", false],
    ["policyViolation", "switchback.policy_violation", "true", "policyViolation", true],
    ["taskCompleted", "metadata.task_completed", "True", "taskCompleted", true],
    ["shadowOf", "switchback.shadow_of", "req_1", "shadowOf", "req_1"],
    ["featureFingerprint", "switchback.feature_fingerprint", "ce667443", "featureFingerprint", "ce667443"],
  ])("%s is read from %s, and that is recorded", (field, key, sent, member, expected) => {
    const request = mapOne({ ...CHAT, [key]: sent });
    expect(Reflect.get(request, member)).toEqual(expected);
    expect(sourcesOf(request)[field]).toBe(key);
  });

  test("of the span win over the resource's, and those over metadata", () => {
    const resource = { ...SERVICE, "release.id": "resource", "cloud.region": "resource" };
    const request = mapOne({ ...CHAT, "metadata.release_id": "metadata", "cloud.region": "span" }, {}, resource);
    expect(request).toMatchObject({ releaseId: "resource", region: "span" });
    expect(sourcesOf(request)).toMatchObject({ releaseId: "release.id", application: "service.name" });
  });

  test("without a value do not win", () => {
    expect(mapOne({ ...CHAT, "llm.release.id": "", "release.id": "later" }).releaseId).toBe("later");
  });

  test("that the table does not know stay attributes; text and people's ids do not", () => {
    const request = mapOne({
      ...CHAT,
      "server.port": 443,
      "gen_ai.prompt.name": "deploy",
      "gen_ai.input.messages": "private",
      "gen_ai.prompt.0.content": "private",
      "llm.input_messages.0.message.content": "private",
      "user.id": "private",
      "gen_ai.conversation.id": "conversation-9",
      "gen_ai.usage.input_tokens": 5,
    });
    expect(request.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "m",
      "gen_ai.prompt.name": "deploy",
      "server.port": 443,
      "gen_ai.conversation.id": "conversation-9",
    });
    expect(JSON.stringify(request)).not.toContain("private");
    expect(sourcesOf(request)).toMatchObject({ promptName: "gen_ai.prompt.name", modelServed: "gen_ai.request.model" });
  });

  test("that the table does not know are not kept where their name, or the value, is that of a text or a secret", () => {
    const request = mapOne({
      ...CHAT,
      "mlflow.spanInputs": "private",
      "braintrust.output_json": "private",
      "vendor.userQuestion": "private",
      "llm.chat.messages": ["private"],
      "http.request.header.authorization": "private",
      "http.request.header.x-tenant": "private",
      "litellm.api_key": "private",
      "vendor.note": `private${"x".repeat(600)}`,
      "vendor.lines": "private\nprivate",
      "litellm.api_key.hash": "88dc28",
      "vendor.prompt_version": "4",
      "vendor.input_audio": 12,
      "exception.message": "deadline exceeded",
    });
    expect(JSON.stringify(request)).not.toContain("private");
    expect(request.attributes).toEqual({
      "gen_ai.operation.name": "chat",
      "gen_ai.request.model": "m",
      "litellm.api_key.hash": "88dc28",
      "vendor.prompt_version": "4",
      "vendor.input_audio": 12,
      "exception.message": "deadline exceeded",
    });
    expect(request.flags).toEqual(["attributes_too_long"]);
  });

  test("of a conversation stand in for a missing user, and are then only a hash", () => {
    const request = mapOne({ ...CHAT, "gen_ai.conversation.id": "conversation-9" });
    expect(request.subject).toEqual(subjectHash("conversation-9"));
    expect(JSON.stringify(request.attributes)).not.toContain("conversation-9");
  });

  test("of our own name spaces become segments, measures, scores and features", () => {
    const request = mapOne({
      ...CHAT,
      "switchback.segment.plan": "enterprise",
      "switchback.measure.queue_ms": 12.5,
      "switchback.score.quality": 0.8,
      "switchback.feature.releases.failures_7d": 5,
    });
    expect(request).toMatchObject({
      segments: { plan: "enterprise" },
      measures: { queue_ms: 12.5 },
      scores: [{ name: "quality", value: 0.8 }],
      features: [{ view: "releases", name: "failures_7d", value: 5, timestampMs: null }],
    });
  });
});

describe("the gate", () => {
  test.each<[string, Attributes]>([
    ["an agent", { "gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m" }],
    ["a tool", { "gen_ai.operation.name": "execute_tool", "gen_ai.request.model": "m" }],
    ["a retrieval", { "openinference.span.kind": "RETRIEVER", "llm.model_name": "m" }],
    ["a chain", { "openinference.span.kind": "CHAIN", "llm.model_name": "m" }],
    ["a workflow", { "traceloop.span.kind": "workflow", "gen_ai.request.model": "m" }],
    ["the outer span of the Vercel SDK", { "ai.operationId": "ai.streamText", "ai.model.id": "m" }],
    ["a span without a model", { "gen_ai.operation.name": "chat" }],
    ["any other span", { "http.request.method": "GET" }],
  ])("passes over %s", (_, attributes) => {
    expect(mapAll([{ attributes }])).toMatchObject({ requests: [], refused: new Map() });
  });

  test("counts a client inside a framework, or a server inside a client, once", () => {
    const outer = "aaaaaaaaaaaaaaaa";
    const http = "bbbbbbbbbbbbbbbb";
    const { requests } = mapAll([
      { attributes: CHAT, spanId: "cccccccccccccccc", parentSpanId: http },
      { attributes: { "http.request.method": "POST" }, spanId: http, parentSpanId: outer },
      { attributes: CHAT, spanId: outer },
      { attributes: CHAT, spanId: "dddddddddddddddd", parentSpanId: "eeeeeeeeeeeeeeee" },
    ]);
    expect(requests.map((request) => (request.spanId as Buffer).toString("hex"))).toEqual([outer, "dddddddddddddddd"]);
  });

  test.each<[string, Parameters<typeof mapAll>[0][0], Attributes, string]>([
    ["without an application", { attributes: CHAT }, {}, "no application"],
    ["of an unnamed service", { attributes: CHAT }, { "service.name": "unknown_service:node" }, "no application"],
    ["with a broken id", { attributes: CHAT, traceId: "abcd" }, SERVICE, "trace or span id"],
    ["whose trace id is all zeros", { attributes: CHAT, traceId: "0".repeat(32) }, SERVICE, "all zeros"],
    ["whose span id is all zeros", { attributes: CHAT, spanId: "0".repeat(16) }, SERVICE, "all zeros"],
    ["without a time", { attributes: CHAT, startMs: 0 }, SERVICE, "start time"],
    ["from the far future", { attributes: CHAT, startMs: START_MS + 3 * 86_400_000 }, SERVICE, "ahead"],
  ])("refuses a request %s, with the reason", (_, span, resource, reason) => {
    const { requests, refused } = mapAll([span], resource);
    expect(requests).toEqual([]);
    expect([...refused.keys()][0]).toContain(reason);
  });

  test("takes a service's name as the application", () => {
    expect(mapOne(CHAT, {}, { "service.name": "Deploy Assistant (eu)" }).application).toBe("deploy-assistant-eu-");
  });
});

describe("time to first token", () => {
  test("comes from a span event where nothing else tells it", () => {
    const events = [{ name: "First Token Stream Event", afterMs: 321 }];
    expect(mapOne(CHAT, { events })).toMatchObject({ ttftUs: 321_000, ttftSide: "client" });
  });

  test("of the gateway wins over the server's", () => {
    const both = { "gen_ai.response.time_to_first_chunk": 0.4, "gen_ai.server.time_to_first_token": 0.1 };
    expect(mapOne({ ...CHAT, ...both })).toMatchObject({ ttftUs: 400_000, ttftSide: "client" });
  });

  test.each([
    ["longer than the request", 2_500, "ttft_exceeds_duration"],
    ["negative", -1, "ttft_impossible"],
  ])("that is %s is left out, and said so", (_, ttftMs, flag) => {
    expect(mapOne({ ...CHAT, ttft_ms: ttftMs })).toMatchObject({ ttftUs: null, ttftSide: null, flags: [flag] });
  });

  test("that equals the duration of a stream is suspicious", () => {
    const request = mapOne({ ...CHAT, ttft_ms: 1_999, "llm.is_streaming": "True" });
    expect(request).toMatchObject({ ttftUs: 1_999_000, flags: ["ttft_equals_duration"] });
  });
});

describe("outcome and track", () => {
  test.each([
    ["a span status", {}, { error: true }, "error", null],
    ["an error type", { "error.type": "timeout" }, {}, "error", "timeout"],
    ["a server error", { "http.response.status_code": 503 }, {}, "error", "http_503"],
    ["a client error that was answered", { "http.response.status_code": 404 }, {}, "ok", null],
    [
      "an exception event",
      {},
      { events: [{ name: "exception", afterMs: 1, attributes: { "exception.type": "ValueError" } }] },
      "error",
      "ValueError",
    ],
  ])("%s", (_, attributes, over, status, errorType) => {
    expect(mapOne({ ...CHAT, ...attributes }, over)).toMatchObject({ status, errorType });
  });

  test.each([
    ["candidate", "canary"],
    ["baseline", "control"],
    ["SHADOW", "shadow"],
  ])("a feature flag's variant %s is the track %s", (variant, track) => {
    const event = {
      name: "feature_flag.evaluation",
      afterMs: 0,
      attributes: { "feature_flag.result.variant": variant },
    };
    expect(mapOne(CHAT, { events: [event] }).track).toBe(track);
  });

  test("whom a flag was evaluated for is the subject where the span names none", () => {
    const event = { name: "feature_flag.evaluation", afterMs: 0, attributes: { "feature_flag.context.id": "u-1" } };
    expect(mapOne(CHAT, { events: [event] }).subject).toEqual(subjectHash("u-1"));
    expect(mapOne({ ...CHAT, "user.id": "u-2" }, { events: [event] }).subject).toEqual(subjectHash("u-2"));
  });

  test("a clock that is ahead is remarked", () => {
    expect(mapOne(CHAT, { startMs: START_MS + 3_600_000 }).flags).toEqual(["clock_ahead"]);
  });

  test("a track that is none of the three is control, and said so", () => {
    expect(mapOne({ ...CHAT, "switchback.track": "blue" })).toMatchObject({
      track: "control",
      flags: ["track_unknown"],
    });
  });
});

describe("scores", () => {
  const evaluation = { "gen_ai.evaluation.name": "Answer Relevance", "gen_ai.evaluation.score.value": 0.7 };

  test("of evaluation events belong to their span's request", () => {
    const events = [{ name: "gen_ai.evaluation.result", afterMs: 5, attributes: evaluation }];
    expect(mapOne(CHAT, { events }).scores).toMatchObject([{ name: "answer_relevance", value: 0.7 }]);
  });

  test("of OpenInference annotations belong to their span's request; a label will do", () => {
    const request = mapOne({
      ...CHAT,
      "annotations.0.annotation.name": "hallucination",
      "annotations.0.annotation.label": "factual",
      "annotations.1.annotation.name": "quality",
      "annotations.1.annotation.score": 0.4,
      "annotations.1.annotation.annotator_kind": "LLM",
    });
    expect(request.scores).toMatchObject([
      { name: "hallucination", value: 1, judge: null },
      { name: "quality", value: 0.4, judge: "LLM" },
    ]);
  });

  test("of a carrier span belong to the one span it links to", () => {
    const carrier = { "annotations.0.annotation.name": "quality", "annotations.0.annotation.score": 0.4 };
    const link = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174" };
    const { scores, requests } = mapAll([{ attributes: carrier, links: [link] }]);
    expect(requests).toEqual([]);
    expect(scores).toMatchObject([{ targetKind: "span", target: `${link.traceId}-${link.spanId}`, value: 0.4 }]);
    expect(mapAll([{ attributes: carrier, links: [link, link] }]).scores).toEqual([]);
  });
});

test("a request without a release is resolved from what it does tell", () => {
  const hints: unknown[] = [];
  const { requests, withoutRelease } = mapAll(
    [{ attributes: { ...CHAT, "gen_ai.prompt.name": "deploy", "gen_ai.prompt.version": "2.4.1" } }],
    { ...SERVICE, "service.version": "2.4.1", "vcs.ref.head.revision": "9f3c2a1" },
    { resolveRelease: (hint) => (hints.push(hint), { releaseId: "698df6d7ad", source: "alias" }) },
  );
  expect(requests).toMatchObject([{ releaseId: "698df6d7ad", releaseSource: "alias" }]);
  expect(withoutRelease).toBe(1);
  expect(hints).toEqual([
    {
      application: "deploy-assistant",
      timeMs: START_MS,
      track: "control",
      versions: ["2.4.1", "9f3c2a1"],
      prompt: "deploy@2.4.1",
      model: "m",
    },
  ]);
});
