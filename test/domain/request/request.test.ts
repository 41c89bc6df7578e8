import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { requestToManifest } from "@/server/domain/request/request-manifest";
import type { ParsedRecord } from "@/server/domain/request/request-record";
import { parseRequestRecord, parseScoreRecord } from "@/server/domain/request/request-record";
import examples from "@/test/fixtures/worked-examples.json";

const RECEIVED = Date.UTC(2026, 3, 10, 12);

function record<T>(parsed: ParsedRecord<T>): T {
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.record;
}
const complaints = (parsed: ParsedRecord<unknown>): string[] =>
  parsed.ok ? [] : parsed.issues.map(({ pointer, message }) => `${pointer} ${message}`);

describe("request record", () => {
  it("needs an id alone, and fills in the rest", () => {
    expect(record(parseRequestRecord({ requestId: "req_1" }, RECEIVED))).toEqual({
      requestId: "req_1",
      timeMs: RECEIVED,
      track: "control",
      status: "ok",
      segments: {},
      scores: {},
      measures: {},
      attributes: {},
      features: [],
      flags: [],
    });
  });

  it("is read whole, with unknown keys passed over", () => {
    const input = {
      requestId: "req_8a2",
      application: "deploy-assistant",
      releaseId: "f91be2a454",
      time: "2026-04-10T14:00:00.250+02:00",
      track: "shadow",
      shadowOf: "req_8a1",
      traceId: "0af7",
      subject: "tenant-42",
      region: "us-west",
      tenant: "acme",
      segments: { tenant_tier: "enterprise", beta: true },
      status: "error",
      errorType: "timeout",
      refused: false,
      toxic: false,
      policyViolation: true,
      taskCompleted: false,
      ttftMs: 910.5,
      durationMs: 2400,
      inputTokens: 600,
      outputTokens: 190,
      reasoningTokens: 0,
      costUsd: 0.0046,
      scores: { groundedness: 0.79 },
      features: [{ view: "releases", name: "queue_time", value: 4, timestamp: "2026-04-10T09:00:00Z" }],
      featureFingerprint: "ce667443",
      measures: { retrieved_chunks: 8 },
      attributes: { "gateway.name": "edge-1" },
      input: [{ role: "user", content: "hi" }],
      output: "hello",
      somethingNew: 12,
      other: { deep: [] },
    };
    const { time: _time, features: _features, somethingNew: _new, other: _other, ...same } = input;
    expect(record(parseRequestRecord(input, 0))).toEqual({
      ...same,
      timeMs: RECEIVED + 250,
      segments: { tenant_tier: "enterprise", beta: "true" },
      features: [{ view: "releases", name: "queue_time", value: 4, timestampMs: Date.UTC(2026, 3, 10, 9) }],
      input: '[{"role":"user","content":"hi"}]',
      flags: [],
    });
  });

  it("takes null for absent, milliseconds for time, and an error's type for an error", () => {
    const read = record(
      parseRequestRecord({ requestId: "r", region: null, ttftMs: null, time: RECEIVED, errorType: "timeout" }, 0),
    );
    expect(read).toMatchObject({ timeMs: RECEIVED, status: "error" });
    expect(read).not.toHaveProperty("region");
    expect(read).not.toHaveProperty("ttftMs");
  });

  it("never lets a key of the JSON text stand in for a member, however many nulls are beside it", () => {
    const input: unknown = JSON.parse('{"__proto__":{"requestId":"r"},"region":null}');
    expect(complaints(parseRequestRecord(input, 0))).toEqual([expect.stringContaining("/requestId ")]);
  });

  it.each([null, 0, "1970-01-01T00:00:00Z", undefined])("takes the feature timestamp %s for none", (timestamp) => {
    const features = [{ view: "releases", name: "queue_time", value: null, timestamp }];
    expect(record(parseRequestRecord({ requestId: "r", features }, 0)).features).toEqual([
      { view: "releases", name: "queue_time", value: null },
    ]);
  });

  it("flags a first token after the end, and keeps the record", () => {
    expect(record(parseRequestRecord({ requestId: "r", ttftMs: 20, durationMs: 10 }, 0)).flags).toEqual([
      "ttft_exceeds_duration",
    ]);
    expect(record(parseRequestRecord({ requestId: "r", ttftMs: 10, durationMs: 10 }, 0)).flags).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    ["no object", 4, " must be an object"],
    ["no id", {}, "/requestId is needed: a text"],
    ["a long id", { requestId: "x".repeat(129) }, "/requestId must have at most 128 characters"],
    [
      "a bad application",
      { requestId: "r", application: "No Slug" },
      "/application must be a slug like deploy-assistant: [a-z0-9][a-z0-9._-]{0,62}",
    ],
    ["an unknown track", { requestId: "r", track: "beta" }, "/track must be one of control, canary, shadow"],
    [
      "a local time",
      { requestId: "r", time: "2026-04-10 12:00" },
      "/time must be RFC 3339, e.g. 2026-04-10T12:00:00.000Z",
    ],
    [
      "seconds",
      { requestId: "r", time: 1_775_822_400 },
      "/time is not between the years 2000 and 2100: a number is epoch milliseconds, 13 digits today",
    ],
    ["a negative duration", { requestId: "r", durationMs: -1 }, "/durationMs must not be negative"],
    ["half a token", { requestId: "r", inputTokens: 1.5 }, "/inputTokens must be a whole number"],
    ["a text as measure", { requestId: "r", measures: { chunks: "8" } }, "/measures/chunks must be a number"],
    ["a long text", { requestId: "r", region: "x".repeat(513) }, "/region at most 512 characters"],
    [
      "a nested attribute",
      { requestId: "r", attributes: { a: {} } },
      "/attributes/a must be a text, a number or true or false",
    ],
    [
      "65 attributes",
      { requestId: "r", attributes: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`a${i}`, 1])) },
      "/attributes at most 64 names",
    ],
    [
      "201 features",
      { requestId: "r", features: Array.from({ length: 201 }, () => ({ view: "v", name: "n", value: 1 })) },
      "/features at most 200 features",
    ],
    [
      "a feature without view",
      { requestId: "r", features: [{ name: "n", value: 1 }] },
      "/features/0/view is needed: a text",
    ],
    ["too long an input", { requestId: "r", input: "ü".repeat(131_073) }, "/input at most 256 KiB"],
  ])("refuses %s", (_, input, complaint) => {
    expect(complaints(parseRequestRecord(input, 0))).toEqual([complaint]);
  });

  it("takes an input of exactly 256 KiB", () => {
    expect(parseRequestRecord({ requestId: "r", input: "ü".repeat(131_072) }, 0).ok).toBe(true);
  });

  it("never throws, and never lets a number through that is not finite", () => {
    const junk = fc.anything({ withNullPrototype: true, maxDepth: 3 });
    fc.assert(
      fc.property(
        fc.record({ requestId: fc.string(), durationMs: junk, measures: junk, attributes: junk, time: junk }),
        (input) => {
          const parsed = parseRequestRecord(input, RECEIVED);
          const numbers = parsed.ok
            ? [parsed.record.timeMs, parsed.record.durationMs ?? 0, ...Object.values(parsed.record.measures)]
            : [];
          expect(numbers.every((value) => Number.isFinite(value))).toBe(true);
        },
      ),
    );
  });
});

describe("score record", () => {
  it("is read", () => {
    expect(
      record(parseScoreRecord({ requestId: "r", name: "groundedness", value: 0.8, judge: null }, RECEIVED)),
    ).toEqual({
      requestId: "r",
      name: "groundedness",
      value: 0.8,
      timeMs: RECEIVED,
    });
  });

  it.each<[unknown, string]>([
    [{ name: "g", value: 1 }, "/requestId is needed: a text"],
    [{ requestId: "r", name: "", value: 1 }, "/name a name is needed"],
    [{ requestId: "r", name: "g", value: "high" }, "/value must be a number"],
  ])("refuses %j", (input, complaint) => {
    expect(complaints(parseScoreRecord(input, 0))).toEqual([complaint]);
  });
});

describe("request to manifest", () => {
  it.each(examples.requestToManifest.cases)("gives the worked example", ({ manifests, request, output }) => {
    const known = new Map(
      Object.entries(manifests).map(([id, { git_commit: gitCommit, ...components }]) => [
        id,
        { components, gitCommit },
      ]),
    );
    const served = requestToManifest(
      { requestId: request.request_id, releaseId: request.release_id, region: request.region },
      known,
    );
    expect({
      prompt: served?.components["prompt"],
      feature_view: served?.components["feature_view"],
      git_commit: served?.gitCommit,
      region: served?.region,
    }).toEqual(output);
  });

  it("knows nothing of an unknown release", () => {
    expect(requestToManifest({ requestId: "r", releaseId: "f91be2a454" }, new Map())).toBeUndefined();
    expect(requestToManifest({ requestId: "r" }, new Map())).toBeUndefined();
  });
});
