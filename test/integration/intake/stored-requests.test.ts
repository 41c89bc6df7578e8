/** What the telemetry store guarantees of requests: every field comes back, each counts once, scores find them. */
import { describe, expect, test } from "vitest";
import { linkBase, linkHash } from "@/server/store/sqlite/hash48";
import { packId } from "@/server/store/sqlite/packed-id";
import { MOST_WAITING } from "@/server/store/sqlite/score-writer";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { factsAt, newRequest, newScore, NOW_MS, store } from "./storage-support";

const APP = { application: "deploy-assistant" } as const;
const TRACE = Buffer.from("5b8efff798038103d269b633813fc60c", "hex");
const SPAN = Buffer.from("eee19b7ec3c1b174", "hex");

describe("a request", () => {
  test("comes back with every field as it was written", () => {
    const { reader, write } = store();
    const full = newRequest({
      requestId: "chatcmpl-9x",
      releaseSource: "alias",
      track: "canary",
      traceId: TRACE,
      spanId: SPAN,
      responseId: "resp_68b1f0c2a9d04f7e",
      subject: subjectHash("tenant-42:conversation-9"),
      region: "us-west",
      tenant: "acme",
      segments: { plan: "enterprise" },
      status: "error",
      errorType: "timeout",
      refused: false,
      toxic: true,
      policyViolation: false,
      taskCompleted: false,
      ttftUs: 412_345,
      ttftSide: "server",
      durationUs: 1_800_001,
      inputTokens: 512,
      outputTokens: 0,
      reasoningTokens: 7,
      costNanoUsd: 1_234_567,
      scores: [{ name: "groundedness", value: 0.87, judge: "judge@3", timeMs: NOW_MS }],
      features: [{ view: "releases", name: "failures_7d", value: 5, timestampMs: NOW_MS - 1000 }],
      featureFingerprint: "ce667443",
      measures: { queue_ms: 12.5 },
      attributes: { "server.port": 443, deep: { a: [1, null, "ü"] }, long: "x".repeat(300), flag: true },
      input: "hello",
      output: "wörld",
      sources: '{"ttftMs":"gen_ai.server.time_to_first_token"}',
      flags: ["time to first token exceeds the duration"],
    });
    expect(write([full])).toEqual(["accepted"]);
    expect(reader.findRequest({ requestId: "chatcmpl-9x" })).toEqual({
      ...APP,
      requestId: "chatcmpl-9x",
      releaseId: "698df6d7ad",
      releaseSource: "alias",
      timeMs: NOW_MS - 2_000,
      receivedMs: NOW_MS,
      track: "canary",
      shadowOf: null,
      traceId: "5b8efff798038103d269b633813fc60c",
      spanId: "eee19b7ec3c1b174",
      responseId: "resp_68b1f0c2a9d04f7e",
      subjectHash: "776818c111dc3ecb",
      region: "us-west",
      tenant: "acme",
      segments: { plan: "enterprise" },
      status: "error",
      errorType: "timeout",
      refused: false,
      toxic: true,
      policyViolation: false,
      taskCompleted: false,
      ttftMs: 412.345,
      ttftSide: "server",
      durationMs: 1_800.001,
      inputTokens: 512,
      outputTokens: 0,
      reasoningTokens: 7,
      costUsd: 0.001234567,
      scores: [{ name: "groundedness", value: 0.87, judge: "judge@3", timeMs: NOW_MS }],
      features: [{ view: "releases", name: "failures_7d", value: 5, timestampMs: NOW_MS - 1000 }],
      featureFingerprint: "ce667443",
      measures: { queue_ms: 12.5 },
      attributes: { "server.port": 443, deep: { a: [1, null, "ü"] }, long: "x".repeat(300), flag: true },
      input: "hello",
      output: "wörld",
      sources: { ttftMs: "gen_ai.server.time_to_first_token" },
      flags: ["time to first token exceeds the duration"],
    });
  });

  test("without facts comes back with nulls, never zeros", () => {
    const { reader, write } = store();
    write([newRequest({ releaseId: null, releaseSource: "unknown" })]);
    const found = reader.findRequest({ requestId: "req_1" });
    expect(found).toMatchObject({ releaseId: null, ttftMs: null, costUsd: null, refused: null, scores: [], flags: [] });
  });

  test.each(["0123456789abcdef", "7f9c2ba4-e88f-427d-b1f4-9a3d5c0e6a11", "req_8a2", "0".repeat(16), "A".repeat(128)])(
    "is found by its id %s",
    (requestId) => {
      const { reader, write } = store();
      write([newRequest({ requestId })]);
      expect(reader.findRequest({ requestId })?.requestId).toBe(requestId);
    },
  );

  test("whose id is its trace and span is found by both forms and by its trace", () => {
    const { reader, write } = store();
    write([newRequest({ requestId: null, traceId: TRACE, spanId: SPAN })]);
    const requestId = "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174";
    expect(reader.findRequest({ requestId })?.requestId).toBe(requestId);
    expect(reader.listRequests({ traceId: TRACE.toString("hex").toUpperCase() }, { limit: 5 }).items).toHaveLength(1);
    expect(write([newRequest({ requestId })])).toEqual(["duplicate"]);
  });
});

describe("a request that is known by its response's id", () => {
  const own = newRequest({ requestId: "chatcmpl-7", responseId: "chatcmpl-7" });

  test("is found by either, and gets the scores of either", () => {
    const { writer, reader, write } = store();
    write([own]);
    expect(reader.findRequest({ requestId: "chatcmpl-7" })?.responseId).toBe("chatcmpl-7");
    expect(reader.listRequests({ responseId: "chatcmpl-7" }, { limit: 5 }).items).toHaveLength(1);
    const score = newScore({ targetKind: "response", target: "chatcmpl-7" });
    writer.write({ requests: [], scores: [score] }, factsAt(NOW_MS));
    expect(reader.findRequest({ requestId: "chatcmpl-7" })?.scores).toHaveLength(1);
  });

  test("gets the scores that waited for its response", () => {
    const { writer, reader, write } = store();
    const score = newScore({ targetKind: "response", target: "chatcmpl-7" });
    writer.write({ requests: [], scores: [score] }, factsAt(NOW_MS));
    write([own]);
    expect(reader.findRequest({ requestId: "chatcmpl-7" })?.scores).toHaveLength(1);
  });
});

describe("a second record of the same id", () => {
  test.each([
    ["the same time", 0],
    ["another time within ten minutes", 30_000],
    ["a time hours away", 5 * 3_600_000],
  ])("with %s counts once", (_, shiftMs) => {
    const { reader, write } = store();
    expect(write([newRequest()])).toEqual(["accepted"]);
    expect(write([newRequest({ timeMs: newRequest().timeMs + shiftMs })])).toEqual(["duplicate"]);
    expect(reader.listRequests(APP, { limit: 10 }).items).toHaveLength(1);
    expect(reader.aggregate({ ...APP, measure: "requests", fromMs: 0, toMs: NOW_MS * 2 }).count).toBe(1);
  });

  test("in the same batch counts once", () => {
    const { write } = store();
    expect(write([newRequest(), newRequest()])).toEqual(["accepted", "duplicate"]);
  });

  test("of another application is another request", () => {
    const { reader, write } = store();
    const other = newRequest({ application: "other" });
    expect(write([newRequest(), other, other])).toEqual(["accepted", "accepted", "duplicate"]);
    expect(reader.findRequest({ requestId: "req_1", application: "other" })?.application).toBe("other");
  });

  test("is recognised after a restart", () => {
    const { database, write } = store();
    write([newRequest()]);
    const again = new TelemetryWriter(database);
    const late = newRequest({ timeMs: NOW_MS + 3_600_000 });
    expect(again.write({ requests: [late], scores: [] }, factsAt(NOW_MS)).requests).toEqual(["duplicate"]);
  });
});

/** A response and a subject whose links fall on the same row. */
function collidingLinks(): { responseId: string; subject: Buffer } {
  const responses = new Map<number, string>();
  for (let i = 0; i < 4_000; i++) responses.set(linkBase(0, linkHash("response", packId(`r-${i}`))), `r-${i}`);
  for (let i = 0; ; i++) {
    const subject = subjectHash(`subject-${i}`);
    const responseId = responses.get(linkBase(0, linkHash("subject", subject)));
    if (responseId !== undefined) return { responseId, subject };
  }
}

test("a request is found by its response and its subject, even where both are found in one place", () => {
  const { reader, write } = store();
  const { responseId, subject } = collidingLinks();
  expect(write([newRequest({ responseId, subject })])).toEqual(["accepted"]);
  expect(reader.listRequests({ responseId }, { limit: 5 }).items).toHaveLength(1);
  const others = reader.listRequests({ subject: "somebody else" }, { limit: 5 }).items;
  expect(others).toEqual([]);
});

describe("a failed transaction", () => {
  test("leaves nothing behind, and the same batch succeeds afterwards", () => {
    const { database, writer, reader } = store();
    const requests = [newRequest(), newRequest({ requestId: "req_2", region: "eu", attributes: { a: "b" } })];
    database.$client.exec("CREATE TRIGGER refuse BEFORE INSERT ON rollups_1h BEGIN SELECT raise(ABORT, 'no'); END");
    expect(() => writer.write({ requests, scores: [] }, factsAt(NOW_MS))).toThrow("no");
    expect(reader.listRequests(APP, { limit: 10 }).items).toEqual([]);
    database.$client.exec("DROP TRIGGER refuse");
    expect(writer.write({ requests, scores: [] }, factsAt(NOW_MS)).requests).toEqual(["accepted", "accepted"]);
    expect(reader.listRequests(APP, { limit: 10 }).items.map((item) => item.attributes)).toEqual([{ a: "b" }, {}]);
    expect(reader.aggregate({ ...APP, measure: "requests", fromMs: 0, toMs: NOW_MS * 2 }).count).toBe(2);
  });
});

describe("scores", () => {
  const late = { ...APP, measure: "score:groundedness", fromMs: 0, toMs: NOW_MS * 2 };

  test("join a request that is there, and count in its window", () => {
    const { writer, reader, write } = store();
    write([newRequest()]);
    const result = writer.write({ requests: [], scores: [newScore(), newScore()] }, factsAt(NOW_MS + 1000));
    expect(result.scores).toEqual(["accepted", "duplicate"]);
    expect(reader.findRequest({ requestId: "req_1" })?.scores).toMatchObject([{ value: 0.8, judge: "judge@3" }]);
    expect(reader.aggregate(late)).toMatchObject({ count: 1, sum: 800_000 });
  });

  test.each([
    ["request", newScore()],
    ["response", newScore({ targetKind: "response", target: "chatcmpl-1" })],
    ["span", newScore({ targetKind: "span", target: "5b8efff798038103d269b633813fc60c-eee19b7ec3c1b174" })],
  ])("that name a %s wait for it and are joined when it arrives", (_, score) => {
    const { writer, reader, write } = store();
    expect(writer.write({ requests: [], scores: [score, score] }, factsAt(NOW_MS)).scores).toEqual([
      "accepted",
      "duplicate",
    ]);
    expect(writer.waitingScores).toBe(1);
    write([newRequest({ responseId: "chatcmpl-1", traceId: TRACE, spanId: SPAN })]);
    expect(writer.waitingScores).toBe(0);
    expect(reader.findRequest({ requestId: "req_1" })?.scores).toHaveLength(1);
    expect(reader.aggregate(late).count).toBe(1);
  });

  test("survive a restart while they wait", () => {
    const { database, writer, reader } = store();
    writer.write({ requests: [], scores: [newScore()] }, factsAt(NOW_MS));
    const again = new TelemetryWriter(database);
    again.write({ requests: [newRequest()], scores: [] }, factsAt(NOW_MS));
    expect(reader.findRequest({ requestId: "req_1" })?.scores).toHaveLength(1);
  });

  test("that nobody's request comes for are refused when too many wait, and taken again when some are dropped", () => {
    const { database } = store();
    database.$client
      .prepare(
        `INSERT INTO pending_scores (hash, target_kind, target, name, value, time_ms, received_ms)
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         SELECT i, 'request', 'never-' || i, 'groundedness', 0.5, 0, 0 FROM n`,
      )
      .run(MOST_WAITING);
    const writer = new TelemetryWriter(database);
    expect(writer.waitingScores).toBe(MOST_WAITING);
    const write = () => writer.write({ requests: [], scores: [newScore()] }, factsAt(NOW_MS)).scores;
    expect(write()).toEqual(["no_room"]);
    expect(writer.sweep(NOW_MS, () => ({ rawDays: 30, rollupMonths: 12 }))).toBe(true);
    expect(write()).toEqual(["accepted"]);
    expect(writer.waitingScores).toBe(1);
  });

  test("find a request that is too old to be in memory, in steps", () => {
    const { writer, reader, write } = store();
    const old = newRequest({ timeMs: NOW_MS - 30 * 86_400_000 });
    write([old]);
    // A second writer that has not seen the request in its memory stands for a long time and many requests.
    writer.write({ requests: [], scores: [newScore({ target: "unknown" })] }, factsAt(NOW_MS));
    for (let step = 0; writer.hasUnsearched && step < 10; step++) writer.searchOlder(factsAt(NOW_MS));
    expect(writer.hasUnsearched).toBe(false);
    expect(writer.waitingScores).toBe(1);
    expect(reader.findRequest({ requestId: "req_1" })?.scores).toEqual([]);
  });
});
