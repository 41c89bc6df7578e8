/** Forms of a body that the doctor reads, and how it refuses what is none: in words, never by failing. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DomainError } from "@/server/domain/errors";
import type { DoctorReport } from "@/server/telemetry/doctor/doctor-report";
import { CHAT, fieldOf, look, only } from "./doctor-support";
import { exportOf, SERVICE, START_MS } from "./mapper-support";

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

/** `read`, or the code of the refusal. @throws whatever is no refusal. */
function endOf(body: unknown): string {
  try {
    look(body);
    return "read";
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
}

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
        expect(["read", "invalid_input"]).toContain(endOf(Buffer.from(bytes)));
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
        expect(["read", "invalid_input", "too_large"]).toContain(endOf(value));
      }),
      { numRuns: 1_000 },
    );
  });
});
