/** The intake doctor: says of any body what the intake would make of it, field by field, and never throws at a reader. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { examine, type DoctorContext } from "@/server/telemetry/doctor/examine";
import type { DoctorRecord, DoctorReport } from "@/server/telemetry/doctor/doctor-report";
import { FIELD_WORDS } from "@/server/telemetry/doctor/field-words";
import { FIELD_KEYS, FIELDS, METADATA_PREFIXES, type Field } from "@/server/telemetry/mapper/field-keys";
import { mapTraces } from "@/server/telemetry/mapper/map-traces";
import { decodeJsonTraces } from "@/server/telemetry/otlp/decode-json";
import { exportOf, NOTHING_KNOWN, SERVICE, START_MS, type Attributes, type TestSpan } from "./mapper-support";
import { randomExports, toJson, toProtobuf } from "./otlp-arbitraries";

const CHAT: Attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o" };
const NOW_MS = START_MS + 60_000;

function look(body: unknown, over: Partial<DoctorContext> = {}): DoctorReport {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return examine(bytes, { facts: NOTHING_KNOWN, nowMs: NOW_MS, maxBytes: 1024 * 1024, ...over });
}

function lookAt(attributes: Attributes, over: Partial<TestSpan> = {}, resource: Attributes = SERVICE): DoctorRecord {
  return only(look(exportOf([{ attributes, ...over }], resource)));
}

function only({ records }: DoctorReport): DoctorRecord {
  const [record] = records;
  if (record === undefined || records.length !== 1) throw new Error(`${records.length} records`);
  return record;
}

function fieldOf(record: DoctorRecord, field: string) {
  return record.fields.find((one) => one.field === field);
}

/** A value that reads well in the field. */
function good(field: Field): string | number | boolean {
  switch (FIELD_WORDS[field].kind) {
    case "truth":
      return true;
    case "tokens":
      return 7;
    case "milliseconds":
      return 0.5;
    case "usd":
      return 0.01;
    case "track":
      return "canary";
    default:
      return "x-1";
  }
}

const SPAN_KEYS = FIELDS.flatMap((field) =>
  FIELD_KEYS[field].span.map((key) => [field, key.split("*")[0] ?? ""] as const),
);
const RESOURCE_KEYS = FIELDS.flatMap((field) => (FIELD_KEYS[field].resource ?? []).map((key) => [field, key] as const));
const METADATA_KEYS = FIELDS.flatMap((field) =>
  (FIELD_KEYS[field].metadata ?? []).map((name) => [field, name] as const),
);

describe("every key of the table is named with the field it fed and its convention", () => {
  test.each(SPAN_KEYS)("%s from %s", (field, key) => {
    const record = lookAt({ [key]: good(field) }, {}, {});
    expect(fieldOf(record, field)).toMatchObject({ key, place: "span" });
    expect(fieldOf(record, field)?.convention).not.toBeNull();
    expect(record.unused.map((one) => one.key)).not.toContain(key);
  });

  test.each(RESOURCE_KEYS)("%s from the resource's %s", (field, key) => {
    const record = lookAt({}, {}, { [key]: good(field) });
    expect(fieldOf(record, field)).toMatchObject({ key, place: "resource" });
    expect(fieldOf(record, field)?.convention).not.toBeNull();
  });

  test.each(METADATA_KEYS)("%s from metadata %s", (field, name) => {
    for (const prefix of METADATA_PREFIXES) {
      const key = `${prefix}${name}`;
      // Some of these have a place of their own in the table.
      const expected = SPAN_KEYS.some(([, known]) => known === key) ? "span" : "metadata";
      const found = lookAt({ [key]: good(field) }, {}, {}).fields.find((one) => one.key === key);
      expect(found?.place, key).toBe(expected);
    }
    const blob = lookAt({ metadata: JSON.stringify({ [name]: good(field) }) }, {}, {});
    expect(fieldOf(blob, field)).toMatchObject({ key: `metadata.${name}`, place: "metadata" });
  });
});

test.each<[string, Attributes]>([
  [
    "GenAI conventions up to 1.36",
    { "gen_ai.system": "openai", "gen_ai.usage.prompt_tokens": 1, "gen_ai.usage.completion_tokens": 1, ...CHAT },
  ],
  ["GenAI conventions 1.37 to 1.41", { "gen_ai.provider.name": "openai", "gen_ai.request.stream": true, ...CHAT }],
  ["GenAI conventions after 1.41", { "gen_ai.prompt.version": "3", ...CHAT }],
  ["OpenInference", { "openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 1 }],
  ["OpenLLMetry", { "llm.request.type": "chat", "gen_ai.request.model": "m", "llm.usage.prompt_tokens": 1 }],
  ["LiteLLM 2", { "litellm.call_id": "c", "litellm.cost.total": 0.1, ...CHAT }],
  ["LiteLLM 1", { "metadata.requester_metadata": "{'release_id': 'aaaaaaaaaa'}", ...CHAT }],
  ["vLLM and SGLang", { "gen_ai.request.id": "r", "gen_ai.latency.time_to_first_token": 0.1, ...CHAT }],
  ["OpenLIT", { "gen_ai.usage.cost": 0.1, ...CHAT }],
  ["Vercel AI SDK", { "ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "m" }],
  ["Langfuse", { "langfuse.observation.type": "generation", "langfuse.observation.model.name": "m" }],
])("%s is recognised", (convention, attributes) => {
  expect(lookAt(attributes)).toMatchObject({ outcome: "request", conventions: expect.arrayContaining([convention]) });
});

describe("what a span becomes", () => {
  test.each<[string, Attributes, Attributes, DoctorRecord["outcome"], RegExp]>([
    ["a request", CHAT, SERVICE, "request", /^It asks for chat, model gpt-4o: one request of deploy-assistant\.$/],
    [
      "a tool",
      { ...CHAT, "gen_ai.operation.name": "execute_tool" },
      SERVICE,
      "passed_over",
      /“execute_tool” asks no model/,
    ],
    ["an agent", { "openinference.span.kind": "AGENT", "llm.model_name": "m" }, SERVICE, "passed_over", /“AGENT”/],
    [
      "a wrapper",
      { "ai.operationId": "ai.streamText", "ai.model.id": "m" },
      SERVICE,
      "passed_over",
      /repeats the inner span/,
    ],
    ["no model", { "http.route": "/" }, SERVICE, "passed_over", /names no model/],
    ["no application", CHAT, {}, "refused", /^No application: set the resource attribute service\.name/],
  ])("%s", (_, attributes, resource, outcome, why) => {
    expect(lookAt(attributes, {}, resource)).toMatchObject({ outcome, why: expect.stringMatching(why) });
  });

  test("a request inside another is passed over, and the outer one counts", () => {
    const outer = { attributes: CHAT, name: "outer", spanId: "aaaaaaaaaaaaaaaa" };
    const inner = { attributes: CHAT, name: "inner", spanId: "bbbbbbbbbbbbbbbb", parentSpanId: outer.spanId };
    const { records, counts } = look(exportOf([inner, outer]));
    expect(counts).toEqual({ request: 1, score: 0, passed_over: 1, refused: 0 });
    expect(records.map(({ title, outcome }) => [title, outcome])).toEqual([
      ["inner", "passed_over"],
      ["outer", "request"],
    ]);
    expect(records[0]?.why).toContain("inside another");
  });

  test("a carrier of annotations is a score, and one without a number says so", () => {
    const link = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "bbbbbbbbbbbbbbbb" };
    const scored = { "annotations.0.annotation.name": "groundedness", "annotations.0.annotation.score": 0.9 };
    expect(lookAt(scored, { links: [link] })).toMatchObject({ outcome: "score" });
    const unscored = lookAt({ "annotations.0.annotation.name": "groundedness" }, { links: [link] });
    expect(unscored).toMatchObject({ outcome: "passed_over" });
    expect(unscored.problems[0]?.problem).toMatch(/groundedness has no number/);
  });

  test("is what the intake makes of it, whatever is nested in what", () => {
    const TOOL = { ...CHAT, "gen_ai.operation.name": "execute_tool" };
    const spans = fc.array(
      fc.record({
        attributes: fc.constantFrom<Attributes>(CHAT, CHAT, TOOL, {}),
        parent: fc.nat(9),
        isOld: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(spans, fc.boolean(), (random, isKnown) => {
        const id = (at: number): string => `eee19b7ec3c1b1${(at + 16).toString(16)}`;
        const body = exportOf(
          random.map(({ attributes, parent, isOld }, at) => ({
            attributes,
            spanId: id(at),
            parentSpanId: parent < at ? id(parent) : "",
            ...(isOld ? { startMs: 1 } : {}),
          })),
          isKnown ? SERVICE : {},
        );
        const groups = decodeJsonTraces(Buffer.from(JSON.stringify(body)));
        const mapped = mapTraces(groups, { facts: NOTHING_KNOWN, nowMs: NOW_MS });
        const { counts, records } = look(body);
        expect(counts.request).toBe(mapped.requests.length);
        expect(counts.refused).toBe([...mapped.refused.values()].reduce((sum, count) => sum + count, 0));
        expect(records.map(({ index }) => index)).toEqual(random.map((_, at) => at));
      }),
      { numRuns: 300 },
    );
  });

  test("in protobuf is the same as in JSON", () => {
    fc.assert(
      fc.property(randomExports, (groups) => {
        if (groups.every(({ spans }) => spans.length === 0)) return;
        const [fromProtobuf, fromJson] = [toProtobuf(groups), toJson(groups, "camel")].map((body) =>
          look(body, { maxBytes: 1e8 }),
        );
        expect(fromProtobuf?.records).toEqual(fromJson?.records);
      }),
      { numRuns: 100 },
    );
  });
});

describe("a value that cannot be used", () => {
  test.each<[string, Attributes, string, RegExp]>([
    ["tokens", { "gen_ai.usage.input_tokens": "many" }, "inputTokens", /^Input tokens: “many” is no whole number/],
    ["a fraction of a token", { "gen_ai.usage.output_tokens": 1.5 }, "outputTokens", /“1.5” is no whole number/],
    ["a negative cost", { "gen_ai.usage.cost": -1 }, "costUsd", /“-1” is no amount/],
    ["a long id", { "litellm.call_id": "x".repeat(129) }, "requestId", /129 characters are too many/],
    ["a truth", { "switchback.toxic": "maybe" }, "toxic", /neither true nor false/],
    ["a track", { "switchback.track": "blue" }, "track", /no track: counted as control/],
    ["a list for a text", { "user.id": ["a"] }, "subject", /a list or a map/],
  ])("%s: says so, and does not call it missing too", (_, attributes, field, problem) => {
    const record = lookAt({ ...CHAT, ...attributes });
    expect(record.problems.map((one) => one.problem)).toContainEqual(expect.stringMatching(problem));
    expect(record.problems[0]?.key).toBe(Object.keys(attributes)[0]);
    expect([fieldOf(record, field), record.missing.find((gap) => gap.field === field)]).toEqual([undefined, undefined]);
  });

  test.each<[string, Attributes, Partial<TestSpan>, RegExp]>([
    ["the first token after the end", { "gen_ai.response.time_to_first_chunk": 412 }, {}, /after the end/],
    ["a negative first token", { "switchback.ttft_ms": -1 }, {}, /negative/],
    ["a clock ahead", {}, { startMs: NOW_MS + 3_600_000 }, /in the future/],
    ["an end before the start", {}, { durationMs: -5 }, /ends before it begins/],
    [
      "a first token that is the last",
      { "gen_ai.request.stream": true, "switchback.ttft_ms": 2_000 },
      {},
      /first token comes with its last/,
    ],
  ])("%s", (_, attributes, span, problem) => {
    const record = lookAt({ ...CHAT, ...attributes }, span);
    expect(record.problems.map((one) => one.problem)).toContainEqual(expect.stringMatching(problem));
    expect(look(exportOf([{ attributes: { ...CHAT, ...attributes }, ...span }])).tone).toBe("review");
  });
});

describe("what is missing", () => {
  test("comes with the keys looked for, the consequence and a remedy", () => {
    const gap = lookAt(CHAT).missing.find(({ field }) => field === "releaseId");
    expect(gap?.lookedFor).toEqual(expect.arrayContaining(["llm.release.id", "switchback.release.id", "release_id"]));
    expect(gap?.consequence).toContain("no rule of any rollout sees it");
    expect(gap?.remedy).toContain("OTEL_RESOURCE_ATTRIBUTES=switchback.release.id");
  });

  test.each([
    ["alias", "698df6d7ad", /counts for 698df6d7ad, which the alias served at its time/],
    ["version", "698df6d7ad", /was found by its version/],
    ["unknown", null, /no release could be found/],
  ] as const)("a release found by %s", (source, releaseId, consequence) => {
    const facts = { ...NOTHING_KNOWN, resolveRelease: () => ({ source, releaseId }) };
    const record = only(look(exportOf([{ attributes: CHAT }]), { facts }));
    expect(record.missing[0]).toMatchObject({ field: "releaseId", consequence: expect.stringMatching(consequence) });
    expect(fieldOf(record, "release")).toMatchObject({ value: releaseId ?? "none", key: null });
  });

  test("a first token that was never streamed is told apart from one that was not measured", () => {
    const ttft = (attributes: Attributes) =>
      lookAt({ ...CHAT, ...attributes }).missing.find(({ field }) => field === "ttftMs")?.consequence;
    expect(ttft({ "gen_ai.request.stream": false })).toContain("was not streamed");
    expect(ttft({})).toContain("do not count it");
    expect(ttft({ "gen_ai.operation.name": "embeddings" })).toBeUndefined();
  });

  test("segments that the application asks for", () => {
    const facts = { ...NOTHING_KNOWN, segmentKeys: () => ["plan"] };
    const record = only(look(exportOf([{ attributes: CHAT }]), { facts }));
    expect(record.missing.at(-1)).toMatchObject({ field: "plan", lookedFor: ["switchback.segment.plan", "plan"] });
  });

  test("nothing, and the sentence says so", () => {
    const full = {
      ...CHAT,
      "switchback.release.id": "698df6d7ad",
      "gen_ai.response.id": "chatcmpl-1",
      "gen_ai.response.time_to_first_chunk": 0.4,
      "gen_ai.usage.input_tokens": 1,
      "gen_ai.usage.output_tokens": 1,
      "switchback.cost_usd": 0.001,
      "user.id": "ada",
      "switchback.region": "eu",
      "switchback.tenant": "acme",
    };
    expect(look(exportOf([{ attributes: full }]))).toMatchObject({
      tone: "ok",
      sentence: "This record would become a request, and nothing that decisions need is missing.",
    });
  });
});

test("the side that measured the first token is told", () => {
  const both = lookAt({ ...CHAT, "gen_ai.server.time_to_first_token": 0.1, "ai.response.msToFirstChunk": 300 });
  expect(fieldOf(both, "ttftMs")).toMatchObject({ value: "300 ms", note: expect.stringContaining("client") });
  expect(fieldOf(both, "serverTtftMs")).toMatchObject({
    value: "100 ms",
    note: expect.stringContaining("not counted"),
  });
  const server = lookAt({ ...CHAT, "gen_ai.server.time_to_first_token": 0.1 });
  expect(fieldOf(server, "ttft")).toMatchObject({ value: "100 ms", note: "server side" });
});

test("keys that fed nothing say why", () => {
  const record = lookAt(
    {
      ...CHAT,
      "gen_ai.usage.input_tokens": 1,
      "gen_ai.usage.prompt_tokens": 2,
      "acme.x": "1",
      "llm.prompts": "secret",
    },
    {},
    { ...SERVICE, "host.name": "h" },
  );
  expect(record.unused).toEqual([
    expect.objectContaining({
      key: "gen_ai.usage.prompt_tokens",
      why: "input tokens: gen_ai.usage.input_tokens is tried first",
    }),
    expect.objectContaining({ key: "acme.x", why: expect.stringContaining("its attribute") }),
    expect.objectContaining({ key: "llm.prompts", value: "…" }),
    expect.objectContaining({ key: "host.name", why: expect.stringContaining("of a resource nothing else is kept") }),
  ]);
});

test("an application's own key is shown as its own", () => {
  const facts = { ...NOTHING_KNOWN, telemetryKeys: () => ({ releaseId: ["acme.build"] }) };
  const span = { attributes: { ...CHAT, "acme.build": "698df6d7ad" } };
  expect(fieldOf(only(look(exportOf([span]), { facts })), "releaseId")).toMatchObject({
    key: "acme.build",
    place: "own",
  });
  const [gap] = only(look(exportOf([{ attributes: CHAT }]), { facts })).missing;
  expect(gap?.lookedFor[0]).toBe("acme.build (this application’s own)");
});

test("subjects and texts are not repeated, markup stays text", () => {
  const report = look(
    exportOf([
      { attributes: { ...CHAT, "user.id": "ada@example.org", "input.value": "secret", "cloud.region": "<b>eu</b>" } },
    ]),
  );
  expect(JSON.stringify(report)).not.toMatch(/ada@|secret/);
  expect(fieldOf(only(report), "region")?.value).toBe("<b>eu</b>");
});

const SPAN = { ...exportOf([{ attributes: CHAT }]).resourceSpans[0]?.scopeSpans[0]?.spans[0] };
const REQUEST = { requestId: "r-1", application: "deploy-assistant", ttftMs: 910, surprise: 1 };
const SCORE = { requestId: "r-1", name: "groundedness", value: 0.9 };
const PRINTED = {
  name: "chat gpt-4o",
  context: { trace_id: "0x5b8efff798038103d269b633813fc60c", span_id: "0xeee19b7ec3c1b174", trace_state: "[]" },
  parent_id: null,
  start_time: "2026-04-10T12:00:00.000000Z",
  end_time: "2026-04-10T12:00:02.500000Z",
  status: { status_code: "UNSET" },
  attributes: CHAT,
  events: [],
  links: [],
  resource: { attributes: SERVICE, schema_url: "" },
};
const EVALUATION = {
  eventName: "gen_ai.evaluation.result",
  timeUnixNano: `${START_MS}000000`,
  traceId: "5b8efff798038103d269b633813fc60c",
  spanId: "eee19b7ec3c1b174",
  attributes: [
    { key: "gen_ai.evaluation.name", value: { stringValue: "Groundedness" } },
    { key: "gen_ai.evaluation.score.value", value: { doubleValue: 0.9 } },
  ],
};
const logs = (...logRecords: object[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });

describe("forms of a body", () => {
  test.each<[string, unknown, string, Partial<DoctorReport["counts"]>]>([
    ["OTLP JSON", exportOf([{ attributes: CHAT }]), "OTLP traces, JSON", { request: 1 }],
    [
      "a list of exports",
      [exportOf([{ attributes: CHAT }]), exportOf([{ attributes: CHAT }])],
      "OTLP traces, JSON",
      { request: 2 },
    ],
    [
      "an export a line",
      [1, 2].map(() => JSON.stringify(exportOf([{ attributes: CHAT }]))).join("\n"),
      "OTLP traces, JSON, one a line",
      { request: 2 },
    ],
    ["one span", SPAN, "One span, OTLP JSON", { request: 1 }],
    ["spans", [SPAN, SPAN], "Spans, OTLP JSON", { request: 2 }],
    ["a span with a plain map of attributes", { ...SPAN, attributes: CHAT }, "One span, OTLP JSON", { request: 1 }],
    ["a span as Python prints it", PRINTED, "One span, as an SDK prints them", { request: 1 }],
    ["logs", logs(EVALUATION, { body: { stringValue: "x" } }), "OTLP logs, JSON", { score: 1, passed_over: 1 }],
    ["our requests", { requests: [REQUEST, {}] }, "Our own requests, JSON", { request: 1, refused: 1 }],
    ["one request", REQUEST, "Our own requests, JSON", { request: 1 }],
    [
      "requests, one a line",
      `${JSON.stringify(REQUEST)}\n${JSON.stringify(REQUEST)}\n{"bro\n`,
      "Our own requests, one a line",
      { request: 2, refused: 1 },
    ],
    ["our scores", { scores: [SCORE, { ...SCORE, value: "x" }] }, "Our own scores, JSON", { score: 1, refused: 1 }],
    ["one score", SCORE, "Our own scores, JSON", { score: 1 }],
    ["gzip", gzipSync(JSON.stringify(exportOf([{ attributes: CHAT }]))), "OTLP traces, JSON", { request: 1 }],
  ])("%s", (_, body, form, counts) => {
    expect(look(body, { application: "deploy-assistant" })).toMatchObject({ form, counts });
  });

  test("a printed span keeps its times, ids and resource", () => {
    const record = only(look(PRINTED));
    expect(fieldOf(record, "durationMs")?.value).toBe("2500 ms");
    expect(fieldOf(record, "id")?.value).toBe("5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174");
    expect(fieldOf(record, "application")).toMatchObject({ value: "deploy-assistant", key: "service.name" });
  });

  test("our own records say what no member is read from, and which member is wrong", () => {
    expect(only(look(REQUEST)).unused).toEqual([expect.objectContaining({ key: "/surprise" })]);
    const { records } = look({ requests: [{ ...REQUEST, ttftMs: -1 }] });
    expect(records[0]).toMatchObject({
      outcome: "refused",
      problems: [{ key: "/ttftMs", problem: "must not be negative" }],
    });
  });

  test("an evaluation that names nothing it is about is refused with the reason", () => {
    const { records } = look(logs({ ...EVALUATION, traceId: "", spanId: "" }));
    expect(records[0]).toMatchObject({ outcome: "refused", why: expect.stringContaining("names nothing it is about") });
  });

  test("only the first fifty records are explained; all are counted", () => {
    const report = look(exportOf(Array.from({ length: 80 }, () => ({ attributes: CHAT }))));
    expect([report.records.length, report.recordsLeftOut, report.counts.request]).toEqual([50, 30, 80]);
  });

  test("an export that only holds other spans says that nothing of it would be seen", () => {
    expect(look(exportOf([{ attributes: { "http.route": "/" } }]))).toMatchObject({
      tone: "review",
      sentence: expect.stringContaining("nothing of this would be seen"),
    });
  });
});

describe("a body that is none", () => {
  test.each<[string, unknown, string, RegExp]>([
    ["empty", "", "invalid_input", /it is empty/],
    ["words", "hello", "invalid_input", /cannot be read/],
    ["broken JSON", '{"resourceSpans": [', "invalid_input", /it is not JSON/],
    ["another document", { hello: 1 }, "invalid_input", /neither resourceSpans, resourceLogs, a spanId/],
    ["a list of nothing", [], "invalid_input", /it is empty/],
    ["broken gzip", Buffer.from([0x1f, 0x8b, 1, 2, 3]), "invalid_input", /begins like gzip/],
    ["too large", `{"a":"${"x".repeat(1024 * 1024)}"}`, "too_large", /exceeds 1048576 bytes/],
    ["a decompression bomb", gzipSync(Buffer.alloc(4 * 1024 * 1024)), "too_large", /exceeds 1048576 bytes/],
    ["too many records", { requests: Array.from({ length: 5_001 }, () => ({})) }, "too_large", /at most 5000 requests/],
  ])("%s", (_, body, code, message) => {
    expect(() => look(body)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  test("any bytes are read or refused in words", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          look(Buffer.from(bytes));
        } catch (error) {
          expect(error).toMatchObject({ name: "DomainError", code: "invalid_input" });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("any JSON is read or refused in words", () => {
    const members = fc.constantFrom(
      "resourceSpans",
      "spans",
      "spanId",
      "requests",
      "scores",
      "requestId",
      "context",
      "a",
    );
    const json = fc.oneof(fc.jsonValue(), fc.dictionary(members, fc.jsonValue({ maxDepth: 3 })));
    fc.assert(
      fc.property(json, (value) => {
        try {
          look(JSON.stringify(value));
        } catch (error) {
          expect(error).toMatchObject({ name: "DomainError" });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
