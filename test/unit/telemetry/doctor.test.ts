/** The intake doctor: says of any span what the intake would make of it and why, field by field. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DoctorRecord } from "@/server/telemetry/doctor/doctor-report";
import { FIELD_WORDS, type FieldKind } from "@/server/telemetry/doctor/field-words";
import { FIELD_KEYS, FIELDS, METADATA_PREFIXES, type Field } from "@/server/telemetry/mapper/field-keys";
import { mapTraces } from "@/server/telemetry/mapper/map-traces";
import { decodeJsonTraces } from "@/server/telemetry/otlp/decode-json";
import { CHAT, fieldOf, look, lookAt, NOW_MS, only } from "./doctor-support";
import { exportOf, NOTHING_KNOWN, SERVICE, type Attributes, type TestSpan } from "./mapper-support";
import { randomExports, toJson, toProtobuf } from "./otlp-arbitraries";

const GOOD: Readonly<Partial<Record<FieldKind, string | number | boolean>>> = {
  truth: true,
  tokens: 7,
  milliseconds: 0.5,
  usd: 0.01,
  track: "canary",
};

/** A value that reads well in the field. */
function good(field: Field): string | number | boolean {
  return GOOD[FIELD_WORDS[field].kind] ?? "x-1";
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

  test("in protobuf whose first bytes look like JSON", () => {
    // The length of the first group is 123, which is the code of an opening brace.
    const empty = { traceId: new Uint8Array(16), spanId: new Uint8Array(8), parentSpanId: new Uint8Array() };
    const span = { ...empty, name: "", kind: 0, startNs: 0n, durationNs: 0n, statusCode: 0 };
    const bodies = Array.from({ length: 120 }, (_, length) =>
      toProtobuf([
        { resource: [["k", "x".repeat(length)]], spans: [{ ...span, attributes: [], events: [], links: [] }] },
      ]),
    ).filter((body) => body.subarray(0, 2).toString() === "\n{");
    expect(bodies).toHaveLength(1);
    for (const body of bodies) expect(look(body, { maxBytes: 1e8 }).records).toHaveLength(1);
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

test("a first token that cannot be is named with its key, not called missing, and not said to count", () => {
  const record = lookAt({ ...CHAT, "gen_ai.response.time_to_first_chunk": 412 });
  expect(record.problems[0]?.key).toBe("gen_ai.response.time_to_first_chunk");
  expect(record.missing.map(({ field }) => field)).not.toContain("ttftMs");
  expect(fieldOf(record, "ttftMs")?.note).toBe("not counted: it cannot be");
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
