/** What the telemetry store guarantees: every field comes back, each request counts once, rollups equal a recount. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { metricValue } from "@/server/domain/window/aggregate";
import { parseMetric } from "@/server/domain/metric/metric";
import type { NewRequest } from "@/server/store/sqlite/new-request";
import { SqliteTelemetryReader } from "@/server/store/sqlite/sqlite-telemetry-reader";
import { subjectHash } from "@/server/store/sqlite/subject-hash";
import { TelemetryWriter } from "@/server/store/sqlite/telemetry-writer";
import { factsAt, freshTelemetry, newRequest, newScore, NOW_MS } from "./storage-support";

function store(nowMs = NOW_MS) {
  const database = freshTelemetry();
  const writer = new TelemetryWriter(database);
  const reader = new SqliteTelemetryReader(database, () => nowMs + 60_000);
  const write = (requests: NewRequest[], atMs = nowMs) =>
    writer.write({ requests, scores: [] }, factsAt(atMs)).requests;
  return { database, writer, reader, write };
}

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

describe("rollups", () => {
  const request = fc.record({
    offsetMs: fc.integer({ min: 0, max: 2 * 3_600_000 }),
    releaseId: fc.constantFrom("698df6d7ad", "f91be2a454", null),
    track: fc.constantFrom("control" as const, "canary" as const),
    region: fc.constantFrom("us-west", "eu", null),
    status: fc.constantFrom("ok" as const, "error" as const),
    ttftUs: fc.option(fc.integer({ min: 0, max: 5_000_000 })),
    toxic: fc.option(fc.boolean()),
    score: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  });

  test("equal a recount of the rows, for every range, however the requests are batched", () => {
    fc.assert(
      fc.property(
        fc.array(request, { maxLength: 40 }),
        fc.integer({ min: 1, max: 10 }),
        fc.integer({ min: 0, max: 700 }),
        fc.integer({ min: 1, max: 700 }),
        (drafts, batch, from, length) => {
          const { reader, write } = store();
          const base = Date.parse("2026-04-10T10:00:00Z");
          const requests = drafts.map(({ offsetMs, score, ...rest }, index) =>
            newRequest({
              ...rest,
              requestId: `req_${index}`,
              timeMs: base + offsetMs,
              ttftSide: rest.ttftUs === null ? null : "client",
              releaseSource: rest.releaseId === null ? "unknown" : "explicit",
              scores: score === null ? [] : [{ name: "quality", value: score, judge: null, timeMs: base }],
            }),
          );
          for (let at = 0; at < requests.length; at += batch) write(requests.slice(at, at + batch));
          const range = { fromMs: base + from * 10_000, toMs: base + (from + length) * 10_000 };
          const inRange = requests.filter((r) => r.timeMs >= range.fromMs && r.timeMs < range.toMs);
          const total = reader.aggregate({ ...APP, measure: "ttft_ms", ...range });
          const values = inRange.map((r) => r.ttftUs).filter((value) => value !== null);
          expect(total.count).toBe(values.length);
          expect(total.sum).toBe(values.reduce((a, b) => a + b, 0));
          expect(total.histogram?.count ?? 0).toBe(values.length);
          const west = inRange.filter((r) => r.region === "us-west" && r.track === "canary");
          const segment = { key: "region", value: "us-west" };
          const errors = reader.aggregate({ ...APP, track: "canary", segment, measure: "event:error", ...range });
          expect([errors.count, errors.events]).toEqual([west.length, west.filter((r) => r.status === "error").length]);
          const toxic = reader.aggregate({ ...APP, measure: "event:toxicity", ...range });
          expect(toxic.count).toBe(inRange.filter((r) => r.toxic !== null).length);
          const steps = reader.series({ ...APP, measure: "requests", ...range, stepMs: 60_000 });
          expect(steps.reduce((sum, step) => sum + step.aggregate.count, 0)).toBeGreaterThanOrEqual(inRange.length);
          const traffic = reader.traffic({ ...APP, ...range });
          expect(traffic.reduce((sum, entry) => sum + entry.count, 0)).toBe(inRange.length);
          expect(reader.unattributedShare({ ...APP, ...range })).toBe(
            inRange.length === 0 ? null : inRange.filter((r) => r.releaseId === null).length / inRange.length,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("give a p95 within 1 % of the exact one", () => {
    const { reader, write } = store();
    const values = Array.from({ length: 2_000 }, (_, i) => Math.round(300_000 * Math.exp(Math.sin(i * 12.9898) * 1.2)));
    write(values.map((ttftUs, i) => newRequest({ requestId: `r${i}`, ttftUs, ttftSide: "client" })));
    const metric = parseMetric("p95_ttft_ms");
    const aggregate = reader.aggregate({ ...APP, measure: "ttft_ms", fromMs: 0, toMs: NOW_MS * 2 });
    const exact = values.toSorted((a, b) => a - b)[Math.floor(0.95 * 1999)] ?? 0;
    const value = metric === undefined ? 0 : (metricValue(metric, aggregate) ?? 0);
    expect(Math.abs(value - exact / 1000) / (exact / 1000)).toBeLessThan(0.01);
  });

  test("never mix a server's time to first token with the client's", () => {
    const { reader, write } = store();
    write([
      newRequest({ ttftUs: 100_000, ttftSide: "client" }),
      newRequest({ requestId: "req_2", ttftUs: 900_000, ttftSide: "server" }),
    ]);
    const range = { fromMs: 0, toMs: NOW_MS * 2 };
    expect(reader.aggregate({ ...APP, measure: "ttft_ms", ...range }).max).toBe(100_000);
    expect(reader.aggregate({ ...APP, measure: "server_ttft_ms", ...range }).min).toBe(900_000);
    expect(reader.measures({ ...APP, ...range })).toEqual(["event:error", "server_ttft_ms", "ttft_ms"]);
  });

  test("count segment values beyond the bound as other values", () => {
    const { writer, reader, write } = store();
    write(Array.from({ length: 300 }, (_, i) => newRequest({ requestId: `r${i}`, tenant: `tenant-${i}` })));
    const values = reader.segmentValues({ ...APP, key: "tenant", fromMs: 0, toMs: NOW_MS * 2, limit: 500 });
    expect(values[0]).toEqual({ value: "__other__", count: 100 });
    expect(values).toHaveLength(201);
    expect(writer.overflows).toBe(100);
  });
});

describe("evidence", () => {
  const query = { ...APP, releaseIds: ["698df6d7ad"], segmentKeys: [], fromMs: 0, toMs: NOW_MS * 2 };
  const bucketMs = Math.floor(NOW_MS / 10_000) * 10_000;

  test("is bucketed by arrival and counts limits exactly", () => {
    const { writer, reader } = store();
    const limits = new Map([["ttft_ms", [{ limit: 850_000, side: "above" as const }]]]);
    const requests = [849_999, 850_000, 850_001, 2_000_000].map((ttftUs, i) =>
      newRequest({
        requestId: `r${i}`,
        timeMs: NOW_MS - 3_600_000,
        ttftUs,
        ttftSide: "client",
        subject: subjectHash(`subject ${i % 2}`),
      }),
    );
    writer.write({ requests: requests.slice(0, 2), scores: [] }, factsAt(NOW_MS, { limits }));
    writer.write({ requests: requests.slice(2), scores: [] }, factsAt(NOW_MS + 2_000, { limits }));
    const rows = reader.evidenceBuckets({ ...query, measures: ["ttft_ms"] });
    expect(rows).toMatchObject([
      {
        startMs: bucketMs,
        measure: "ttft_ms",
        aggregate: { count: 4 },
        exceedances: [{ limit: 850_000, side: "above", count: 2 }],
        badSubjects: 2,
      },
    ]);
  });

  test("is shown only when its bucket is closed", () => {
    const database = freshTelemetry();
    const writer = new TelemetryWriter(database);
    writer.write({ requests: [newRequest()], scores: [] }, factsAt(NOW_MS));
    const rows = (clockMs: number) =>
      new SqliteTelemetryReader(database, () => clockMs).evidenceBuckets({ ...query, measures: ["event:error"] });
    expect(rows(bucketMs + 24_999)).toEqual([]);
    expect(rows(bucketMs + 25_000)).toHaveLength(1);
  });

  test("of a late score matures with its request, ten minutes after it", () => {
    const { writer, reader, write } = store(NOW_MS + 700_000);
    write([newRequest(), newRequest({ requestId: "req_2" })], NOW_MS);
    writer.write({ requests: [], scores: [newScore()] }, factsAt(NOW_MS + 5_000));
    writer.write({ requests: [], scores: [newScore({ target: "req_2" })] }, factsAt(NOW_MS + 700_000));
    const rows = reader.evidenceBuckets({ ...query, measures: ["score:groundedness"] });
    expect(rows).toMatchObject([{ aggregate: { count: 1 } }]);
    expect(rows[0]?.startMs).toBe(Math.floor((newRequest().timeMs + 600_000) / 10_000) * 10_000);
  });
});

describe("lists", () => {
  test("page newest first without gaps or repeats while requests arrive", () => {
    const { reader, write } = store();
    const times = Array.from({ length: 25 }, (_, i) => NOW_MS - (i % 7) * 1000);
    write(times.map((timeMs, i) => newRequest({ requestId: `r${i}`, timeMs })));
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = reader.listRequests(APP, { limit: 4, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...page.items.map((item) => item.requestId));
      write([newRequest({ requestId: `new${seen.length}`, timeMs: NOW_MS + seen.length })]);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(seen.toSorted()).toEqual(times.map((_, i) => `r${i}`).toSorted());
  });

  test("filter by every field", () => {
    const { reader, write } = store();
    write([
      newRequest({ requestId: "a", region: "eu", status: "error", subject: subjectHash("s"), responseId: "resp-a" }),
      newRequest({ requestId: "b", track: "canary", releaseId: "f91be2a454", segments: { plan: "free" } }),
      newRequest({
        requestId: "c",
        application: "other",
        scores: [{ name: "quality", value: 0.4, judge: null, timeMs: NOW_MS }],
      }),
    ]);
    const ids = (filter: Parameters<typeof reader.listRequests>[0]) =>
      reader.listRequests(filter, { limit: 10 }).items.map((item) => item.requestId);
    expect(ids({})).toEqual(["c", "b", "a"]);
    expect(ids({ segment: { key: "region", value: "eu" } })).toEqual(["a"]);
    expect(ids({ segment: { key: "plan", value: "free" } })).toEqual(["b"]);
    expect(ids({ status: "error" })).toEqual(["a"]);
    expect(ids({ track: "canary" })).toEqual(["b"]);
    expect(ids({ releaseId: "f91be2a454" })).toEqual(["b"]);
    expect(ids({ subject: "s" })).toEqual(["a"]);
    expect(ids({ responseId: "resp-a" })).toEqual(["a"]);
    expect(ids({ score: { name: "quality", max: 0.5 } })).toEqual(["c"]);
    expect(ids({ score: { name: "quality", min: 0.5 } })).toEqual([]);
    expect(ids({ application: "deploy-assistant", fromMs: NOW_MS })).toEqual([]);
    expect(ids({ releaseId: "never-seen" })).toEqual([]);
  });

  test("find both sides of a shadowed request", () => {
    const { reader, write } = store();
    write([newRequest({ requestId: "a" }), newRequest({ requestId: "b", track: "shadow", shadowOf: "a" })]);
    const a = reader.findRequest({ requestId: "a" });
    const b = reader.findRequest({ requestId: "b" });
    if (a === undefined || b === undefined) throw new Error("both requests were written");
    expect(reader.findCounterpart(a)?.requestId).toBe("b");
    expect(reader.findCounterpart(b)?.requestId).toBe("a");
  });
});
